// Words that are nearly a given word: an index of three-letter pieces over a vocabulary. Immutable once built, any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace toomai::schema {

class TrigramIndex {
 public:
  void Add(std::string_view word, int id);
  // Ids of words at most a slip or two away (edit distance 1 up to 5 letters, 2 beyond), nearest first.
  std::vector<std::pair<int, std::size_t>> Near(std::string_view word, std::size_t most) const;

 private:
  std::vector<std::pair<std::string, int>> words_;
  std::unordered_map<std::uint32_t, std::vector<int>> pieces_;  // piece -> indexes into words_
};

}  // namespace toomai::schema
