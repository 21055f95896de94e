#include "validator/suggest.h"

#include <algorithm>
#include <array>

namespace toomai::validator {
namespace {

std::string Plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == ' ') continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

// Ids, counts and the like are near everything: short names must be nearly right.
std::size_t LimitFor(std::size_t length) {
  return length <= 4 ? 1 : length <= 7 ? 2 : 3;
}

}  // namespace

std::size_t NameDistance(std::string_view a, std::string_view b, std::size_t limit) {
  constexpr std::size_t kLongest = 64;
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit || b.size() > kLongest) return limit + 1;
  std::array<std::size_t, kLongest + 1> before{}, last{}, now{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = now;
  }
  return std::min(last[b.size()], limit + 1);
}

Suggestions::Suggestions(std::string_view wanted) : wanted_(Plain(wanted)) {}

void Suggestions::Offer(std::string_view name, std::string_view shown) {
  const std::string plain = Plain(name);
  const std::size_t limit = LimitFor(wanted_.size());
  std::size_t distance = NameDistance(wanted_, plain, limit);
  // customer / customer_name: one name is the start or the end of the other.
  if (distance > limit && std::min(wanted_.size(), plain.size()) >= 4 &&
      (plain.starts_with(wanted_) || plain.ends_with(wanted_) || wanted_.starts_with(plain) ||
       wanted_.ends_with(plain))) {
    distance = limit;
  }
  if (distance > limit) return;
  std::string text(shown.empty() ? name : shown);
  for (const Candidate& known : best_) {
    if (known.shown == text) return;
  }
  const auto place = std::upper_bound(best_.begin(), best_.end(), distance,
                                      [](std::size_t d, const Candidate& c) { return d < c.distance; });
  best_.insert(place, Candidate{distance, std::move(text)});
  if (best_.size() > kMost) best_.pop_back();
}

std::vector<std::string> Suggestions::Take() {
  std::vector<std::string> names;
  for (Candidate& candidate : best_) names.push_back(std::move(candidate.shown));
  best_.clear();
  return names;
}

}  // namespace toomai::validator
