#include "schema/value_index.h"

#include <algorithm>
#include <unordered_set>

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
    key += stems ? tokens[i].stem : tokens[i].norm;
  }
  return key;
}

}  // namespace

ValueIndex::ValueIndex(const Schema& schema, std::vector<ColumnValues> values) : values_(std::move(values)) {
  for (int s = 0; s < static_cast<int>(values_.size()); ++s) {
    const ColumnValues& source = values_[s];
    by_column_[Id(source.table, source.column)] = s;
    TypeClass type = schema.column(source.table, source.column).type_class;
    if (IsNumber(type) || IsMoment(type) || type == TypeClass::kBoolean) continue;
    std::size_t parts_limit = source.values.size() <= 3000 ? source.values.size() : 0;
    for (int v = 0; v < static_cast<int>(source.values.size()); ++v) {
      std::vector<Token> tokens = Tokenize(source.values[v], kMaxValueTokens * 2 + 1);
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
  const ColumnValues* a = Of(table1, column1);
  const ColumnValues* b = Of(table2, column2);
  if (a == nullptr || b == nullptr || a->values.empty() || b->values.empty()) return -1;
  std::unordered_set<std::string_view> second(b->values.begin(), b->values.end());
  constexpr std::size_t kSample = 200;
  std::size_t seen = 0, found = 0;
  std::size_t step = std::max<std::size_t>(1, a->values.size() / kSample);
  for (std::size_t i = 0; i < a->values.size(); i += step) {
    ++seen;
    found += second.count(a->values[i]);
  }
  return static_cast<double>(found) / static_cast<double>(seen);
}

}  // namespace toomai::schema
