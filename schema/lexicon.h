// Words -> tables and columns: names taken apart, their abbreviations spelled out, comments, and synonyms. One look-up
// per span of the question. Built once per snapshot, immutable, any thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/schema.h"
#include "schema/words.h"

namespace toomai::schema {

inline constexpr std::size_t kMaxNameSpan = 6;        // words of a name that are matched together
inline constexpr std::size_t kMaxIdeographSpan = 16;  // ideographs of a comment's head that are matched together

struct NameHit {
  int table = -1;
  int column = -1;       // -1: the table itself
  float score = 0;       // 1: the whole name
  bool synonym = false;  // matched through another word of about the same meaning
};

// What a column is called, in stems.
struct ColumnName {
  std::vector<std::string> words;  // all
  std::vector<std::string> core;   // without the table's own words
};

// "1=male, 2=female" in a comment: what people say -> what is stored. "NULL: unpaid": what an empty cell means.
struct ValueLabel {
  int table = -1, column = -1;
  std::string label;  // folded
  std::string value;
  bool null = false;
};

class Lexicon {
 public:
  Lexicon() = default;
  // `synonyms`: word, target ("table" or "table.column", folded), from the operator.
  Lexicon(const Schema& schema, const std::vector<std::pair<std::string, std::string>>& synonyms);

  // Elements that tokens[from, to) may name, best first; nullptr: none.
  const std::vector<NameHit>* Find(const std::vector<Token>& tokens, std::size_t from, std::size_t to) const;
  // The key of the one-word name nearest to a misspelt word (one slip in four letters or more), or glued to a mark;
  // empty: none.
  std::string Nearest(const std::string& word, const std::string& stem) const;
  const std::vector<NameHit>* FindKey(const std::string& key) const;
  const std::vector<std::string>& TableWords(int table) const { return table_words_[table]; }
  const ColumnName& NameOf(int table, int column) const { return columns_[table][column]; }
  // Values whose label in a comment is `key`; nullptr: none.
  const std::vector<ValueLabel>* Labels(const std::string& key) const;
  std::size_t longest_ideographs() const { return longest_ideographs_; }
  static std::string Key(const std::vector<Token>& tokens, std::size_t from, std::size_t to);
  static std::string KeyOfStems(std::vector<std::string> stems);

 private:
  void Add(std::string key, int table, int column, float score, bool synonym = false);
  void AddTable(const Schema& schema, int table);
  void AddColumn(const Schema& schema, int table, int column);
  void AddPhrases(const std::vector<std::string>& words, int table, int column, float score);
  void AddIdeographs(const std::string& text, int table, int column, float score);
  void AddCommonTerms();
  void AddJapaneseVerbs();
  void AddSpellings(const Schema& schema);
  std::string GluedWith(const std::string& word, const std::string& stem) const;
  std::string ShortFormOf(const std::string& stem) const;
  void AddComment(std::string_view comment, int table, int column);
  void AddNullLabels(const std::vector<Token>& tokens, std::size_t from, int table, int column);
  std::unordered_map<std::string, std::vector<NameHit>> phrases_;
  std::vector<std::vector<std::string>> table_words_;
  std::vector<std::vector<ColumnName>> columns_;
  std::unordered_map<std::string, std::vector<ValueLabel>> labels_;
  std::unordered_map<int, std::vector<std::string>> ideographs_of_table_;
  struct Spelling {
    std::string word, stem;
  };
  std::vector<Spelling> spellings_;  // of names, sorted, four letters or more
  NameSplitter splitter_;
  std::size_t longest_ideographs_ = 0;
};

// Words of about the same meaning as `stem`, as stems; empty when none are known.
const std::vector<std::string>& SynonymsOf(const std::string& stem);

}  // namespace toomai::schema
