#include "schema/value_index.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace toomai::schema {
namespace {

long long Id(int table, int column) {
  return (static_cast<long long>(table) << 20) | column;
}

// The words of a span joined by spaces; marks and the spaces between ideographs do not count.
std::string Key(const std::vector<Token>& tokens, std::size_t from, std::size_t to, bool stems) {
  std::string key;
  for (std::size_t i = from; i < to; ++i) {
    if (tokens[i].kind == TokenKind::kPunctuation) continue;
    if (!key.empty()) key.push_back(' ');
    const std::size_t at = key.size();
    key += stems ? tokens[i].stem : tokens[i].norm;
    std::replace(key.begin() + static_cast<long>(at), key.end(), '_', ' ');
  }
  return key;
}

std::vector<std::uint64_t> SortedHashes(const std::vector<std::string>& values) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(values.size());
  for (const std::string& value : values) hashes.push_back(Hash64(value));
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

// How many values of each column are looked at, so that all together are kMaxIndexedValues: columns with few first,
// then the same number of each.
std::vector<std::size_t> Shares(const std::vector<ColumnValues>& values) {
  std::vector<std::size_t> order(values.size()), shares(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a].values.size() < values[b].values.size(); });
  std::size_t left = kMaxIndexedValues;
  for (std::size_t i = 0; i < order.size(); ++i) {
    shares[order[i]] = std::min(values[order[i]].values.size(), left / (order.size() - i));
    left -= shares[order[i]];
  }
  return shares;
}

}  // namespace

ValueIndex::ValueIndex(const Schema& schema, std::vector<ColumnValues> values) : values_(std::move(values)) {
  const std::vector<std::size_t> shares = Shares(values_);
  for (int s = 0; s < static_cast<int>(values_.size()); ++s) {
    const ColumnValues& source = values_[s];
    hashes_.push_back(SortedHashes(source.values));
    by_column_[Id(source.table, source.column)] = s;
    TypeClass type = schema.column(source.table, source.column).type_class;
    if (IsNumber(type) || IsMoment(type) || type == TypeClass::kBoolean) continue;
    std::size_t parts_limit = source.values.size() <= 3000 ? source.values.size() : 0;
    for (int v = 0; v < static_cast<int>(shares[s]); ++v) {
      std::string text = source.values[v];
      std::replace(text.begin(), text.end(), '_', ' ');  // 'no_show' is said "no show"
      std::vector<Token> tokens = Tokenize(text, kMaxValueTokens * 2 + 1);
      if (tokens.empty() || tokens.size() > kMaxValueTokens * 2) continue;
      std::string key = Key(tokens, 0, tokens.size(), false);
      std::size_t words = 1 + static_cast<std::size_t>(std::count(key.begin(), key.end(), ' '));
      if (key.empty() || words > kMaxValueTokens) continue;
      auto add = [&](std::unordered_map<std::string, std::vector<Entry>>& map, const std::string& k) {
        std::vector<Entry>& list = map[k];
        if (list.size() < kMaxHitsPerKey) list.push_back({s, v});
      };
      add(exact_, key);
      std::string stems = Key(tokens, 0, tokens.size(), true);
      if (stems != key || words == 1) add(stems_, stems);
      longest_ = std::max(longest_, tokens.size());
      ++first_tokens_[tokens[0].norm];
      ++first_tokens_[tokens[0].stem];
      if (static_cast<std::size_t>(v) < parts_limit && words > 1) {
        for (const Token& token : tokens) {
          if (token.norm.size() >= 3 && token.kind == TokenKind::kWord) add(parts_, token.norm);
        }
      }
    }
  }
}

void ValueIndex::Find(const std::vector<Token>& tokens, std::size_t from, std::size_t to, bool stemmed,
                      std::vector<ValueHit>* out) const {
  auto collect = [&](const std::unordered_map<std::string, std::vector<Entry>>& map, const std::string& key,
                     bool exact) {
    auto it = map.find(key);
    if (it == map.end()) return;
    for (const Entry& entry : it->second) {
      const ColumnValues& source = values_[entry.source];
      bool known = false;
      for (const ValueHit& hit : *out) known |= hit.table == source.table && hit.column == source.column;
      if (!known) out->push_back({source.table, source.column, source.values[entry.value], exact});
    }
  };
  // An exact spelling (same case) wins over another case of the same letters in the same column.
  std::string key = Key(tokens, from, to, false);
  collect(exact_, key, true);
  for (ValueHit& hit : *out) {
    auto it = exact_.find(key);
    if (it == exact_.end()) break;
    for (const Entry& entry : it->second) {
      const ColumnValues& source = values_[entry.source];
      if (source.table == hit.table && source.column == hit.column && to == from + 1 &&
          source.values[entry.value] == tokens[from].text) {
        hit.value = source.values[entry.value];
      }
    }
  }
  if (stemmed) collect(stems_, Key(tokens, from, to, true), false);
}

void ValueIndex::FindPart(const std::string& word, std::vector<ValueHit>* out) const {
  auto it = parts_.find(word);
  if (it == parts_.end()) return;
  for (const Entry& entry : it->second) {
    const ColumnValues& source = values_[entry.source];
    bool known = false;
    for (const ValueHit& hit : *out) known |= hit.table == source.table && hit.column == source.column;
    if (!known) out->push_back({source.table, source.column, source.values[entry.value], false});
  }
}

const ColumnValues* ValueIndex::Of(int table, int column) const {
  auto it = by_column_.find(Id(table, column));
  return it == by_column_.end() ? nullptr : &values_[it->second];
}

double ValueIndex::Containment(int table1, int column1, int table2, int column2) const {
  const auto first = by_column_.find(Id(table1, column1)), second = by_column_.find(Id(table2, column2));
  if (first == by_column_.end() || second == by_column_.end()) return -1;
  const std::vector<std::uint64_t>&a = hashes_[first->second], &b = hashes_[second->second];
  if (a.empty() || b.empty()) return -1;
  constexpr std::size_t kSample = 200;
  std::size_t seen = 0, found = 0;
  const std::size_t step = std::max<std::size_t>(1, a.size() / kSample);
  for (std::size_t i = 0; i < a.size(); i += step) {
    ++seen;
    found += std::binary_search(b.begin(), b.end(), a[i]) ? 1 : 0;
  }
  return static_cast<double>(found) / static_cast<double>(seen);
}

}  // namespace toomai::schema
