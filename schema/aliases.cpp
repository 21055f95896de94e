#include "schema/aliases.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/words.h"

namespace toomai::schema {
namespace {

constexpr std::size_t kMaxTokens = 80;
constexpr std::size_t kBestGrams = 3;
constexpr double kPriorShrink = 20;  // questions until the prior counts by half

std::int64_t KeyOf(int table, int column) {
  return (static_cast<std::int64_t>(table) << 32) | static_cast<std::uint32_t>(column);
}

}  // namespace

std::vector<std::string> LearnedAliases::GramsOf(std::string_view question) {
  std::vector<std::string> words;
  for (const Token& token : Tokenize(question, kMaxTokens)) {
    if (token.kind == TokenKind::kWord || token.kind == TokenKind::kIdeograph) words.push_back(token.stem);
  }
  std::set<std::string> grams;
  for (std::size_t i = 0; i < words.size(); ++i) {
    grams.insert(words[i]);
    if (i + 1 < words.size()) grams.insert(words[i] + " " + words[i + 1]);
  }
  return {grams.begin(), grams.end()};
}

LearnedAliases::LearnedAliases(const Schema& schema, const std::vector<ApprovedUse>& uses) {
  std::map<std::pair<std::string, Element>, int> counts;
  for (const ApprovedUse& use : uses) {
    std::set<Element> elements;
    for (const std::string& name : use.elements) {
      const std::vector<std::string> parts = Split(name, '.');
      if (parts.size() < 2) continue;
      const int table = schema.FindTable(parts[0], parts[1]);
      if (table < 0) continue;
      const int column = parts.size() > 2 ? schema.tables[table].FindColumn(parts[2]) : -1;
      if (parts.size() > 2 && column < 0) continue;
      elements.insert({table, column});
    }
    if (elements.empty()) continue;
    ++questions_;
    for (const Element& element : elements) ++totals_[KeyOf(element.first, element.second)];
    for (const std::string& gram : GramsOf(use.question)) {
      ++gram_totals_[gram];
      for (const Element& element : elements) ++counts[{gram, element}];
    }
  }
  for (const auto& [key, count] : counts) grams_[key.first].push_back({key.second, count});
}

std::vector<AliasHit> LearnedAliases::Find(const std::vector<std::string>& grams) const {
  std::unordered_map<std::int64_t, std::vector<AliasHit>> found;
  for (const std::string& gram : grams) {
    auto list = grams_.find(gram);
    if (list == grams_.end()) continue;
    const double total = gram_totals_.at(gram);
    for (const Count& count : list->second) {
      // A word that comes with everything says nothing: the share is compared with the element's own.
      const double share = count.count / total;
      const double base =
          static_cast<double>(totals_.at(KeyOf(count.element.first, count.element.second))) / questions_;
      if (share <= base) continue;
      const double weight = std::min(1.0, 0.4 + count.count / 5.0) * (share - base) / (1 - base + 0.01) * count.count /
                            (count.count + 1.0);
      found[KeyOf(count.element.first, count.element.second)].push_back(
          {count.element.first, count.element.second, weight, count.count, gram});
    }
  }
  std::vector<AliasHit> hits;
  for (auto& [key, list] : found) {
    std::sort(list.begin(), list.end(), [](const AliasHit& a, const AliasHit& b) { return a.weight > b.weight; });
    AliasHit sum = list.front();
    for (std::size_t i = 1; i < std::min(kBestGrams, list.size()); ++i) sum.weight += list[i].weight;
    hits.push_back(std::move(sum));
  }
  std::sort(hits.begin(), hits.end(), [](const AliasHit& a, const AliasHit& b) {
    return a.weight != b.weight ? a.weight > b.weight : std::pair(a.table, a.column) < std::pair(b.table, b.column);
  });
  return hits;
}

double LearnedAliases::Prior(int table, int column) const {
  auto found = totals_.find(KeyOf(table, column));
  if (found == totals_.end() || questions_ == 0) return 0;
  return static_cast<double>(found->second) / questions_ * questions_ / (questions_ + kPriorShrink);
}

}  // namespace toomai::schema
