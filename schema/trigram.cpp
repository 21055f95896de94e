#include "schema/trigram.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::schema {
namespace {

constexpr std::size_t kShortest = 4;          // shorter words have too many neighbours
constexpr std::size_t kMostCandidates = 400;  // with the most pieces in common

template <typename Visit>
void ForEachPiece(std::string_view word, Visit visit) {
  const std::string padded = "^" + std::string(word) + "$";
  for (std::size_t i = 0; i + 3 <= padded.size(); ++i) {
    visit(static_cast<std::uint32_t>(static_cast<unsigned char>(padded[i])) << 16 |
          static_cast<std::uint32_t>(static_cast<unsigned char>(padded[i + 1])) << 8 |
          static_cast<std::uint32_t>(static_cast<unsigned char>(padded[i + 2])));
  }
}

}  // namespace

void TrigramIndex::Add(std::string_view word, int id) {
  if (word.size() < kShortest) return;
  const int index = static_cast<int>(words_.size());
  words_.emplace_back(std::string(word), id);
  ForEachPiece(word, [&](std::uint32_t piece) {
    auto& list = pieces_[piece];
    if (list.empty() || list.back() != index) list.push_back(index);
  });
}

std::vector<std::pair<int, std::size_t>> TrigramIndex::Near(std::string_view word, std::size_t most) const {
  std::vector<std::pair<int, std::size_t>> near;
  if (word.size() < kShortest || word.size() > 40) return near;
  const std::size_t limit = word.size() <= 5 ? 1 : 2;
  std::unordered_map<int, int> common;
  ForEachPiece(word, [&](std::uint32_t piece) {
    auto found = pieces_.find(piece);
    if (found == pieces_.end()) return;
    for (int index : found->second) ++common[index];
  });
  std::vector<std::pair<int, int>> ranked;  // pieces in common, index
  for (const auto& [index, count] : common) {
    // A slip spoils at most three pieces.
    if (count + 3 * static_cast<int>(limit) >= static_cast<int>(word.size())) ranked.emplace_back(count, index);
  }
  const std::size_t kept = std::min(ranked.size(), kMostCandidates);
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end(), std::greater<>());
  for (std::size_t i = 0; i < kept; ++i) {
    const auto& [candidate, id] = words_[static_cast<std::size_t>(ranked[i].second)];
    const std::size_t distance = EditDistance(word, candidate, limit);
    if (distance <= limit) near.emplace_back(id, distance);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (near.size() > most) near.resize(most);
  return near;
}

}  // namespace toomai::schema
