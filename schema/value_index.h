// Values that occur in the data -> the columns they occur in. Built once per snapshot, immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/schema.h"
#include "schema/values.h"
#include "schema/words.h"

namespace toomai::schema {

inline constexpr std::size_t kMaxValueTokens = 12;  // longer values are not indexed
inline constexpr std::size_t kMaxHitsPerKey = 48;   // columns remembered for one spelling
// Of all columns together; of large ones the first, which are the most frequent where the server knows.
inline constexpr std::size_t kMaxIndexedValues = 200'000;

struct ValueHit {
  int table = -1, column = -1;
  std::string_view value;  // original spelling; lives as long as the index
  bool exact = true;       // false: only the stems agree
};

class ValueIndex {
 public:
  ValueIndex() = default;
  ValueIndex(const Schema& schema, std::vector<ColumnValues> values);
  ValueIndex(ValueIndex&&) = default;
  ValueIndex& operator=(ValueIndex&&) = default;

  // tokens[from, to) read as one value. `stemmed` also accepts another inflection ("republics", "asian" is not one).
  void Find(const std::vector<Token>& tokens, std::size_t from, std::size_t to, bool stemmed,
            std::vector<ValueHit>* out) const;
  // Values of text columns that hold `word` as one of several words: "boeing" -> 'Boeing 737'. Distinct columns only.
  void FindPart(const std::string& word, std::vector<ValueHit>* out) const;
  std::size_t longest() const { return longest_; }
  const ColumnValues* Of(int table, int column) const;  // nullptr: none read
  // Share of the first column's values that occur in the second, from a sample; -1 when unknown.
  double Containment(int table1, int column1, int table2, int column2) const;
  bool MayFollow(const std::string& first) const { return first_tokens_.count(first) != 0; }

 private:
  struct Entry {
    int source;
    int value;
  };
  std::vector<ColumnValues> values_;
  std::vector<std::vector<std::uint64_t>> hashes_;  // of each one's texts, sorted
  std::unordered_map<long long, int> by_column_;
  std::unordered_map<std::string, std::vector<Entry>> exact_, stems_, parts_;
  std::unordered_map<std::string, int> first_tokens_;
  std::size_t longest_ = 0;
};

}  // namespace toomai::schema
