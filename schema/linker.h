// A question -> the tables, columns and values it may speak of, with scores that can be explained.
//
// An inverted index of the words of names, columns and comments (each word of the question counts once per table, by
// its best field), corrected for typos with trigrams, for languages without blanks with character pairs, helped by
// values that the question names, by names learned from approved questions, by joins and by the company a table keeps
// in its schema. No model, no network. Built once per snapshot, immutable, any thread; what it refers to must outlive
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/aliases.h"
#include "schema/families.h"
#include "schema/join_graph.h"
#include "schema/schema.h"
#include "schema/trigram.h"
#include "schema/value_index.h"
#include "schema/words.h"

namespace toomai::schema {

// Why a table got points: "'singer' is in its name", …
struct LinkReason {
  std::string word;
  std::string what;  // "name", "column age", "comment", "value 'France' of country", "join with singer", ...
  double score = 0;
};

struct TableLink {
  int table = -1;
  double score = 0;
  std::vector<LinkReason> reasons;  // best first; filled for the first kMaxExplained tables
};

struct ColumnLink {
  int table = -1, column = -1;
  double score = 0;
};

struct ValueLink {
  std::string words;  // of the question
  std::string value;  // in the data's spelling
  int table = -1, column = -1;
};

struct Links {
  std::vector<TableLink> tables;    // best first, all with a score
  std::vector<ColumnLink> columns;  // best first
  std::vector<ValueLink> values;
};

inline constexpr std::size_t kMaxExplained = 40;
inline constexpr std::size_t kMaxQuestionTokens = 200;

bool IsStopWord(const std::string& stem);  // a word that questions have for themselves: "how", "list", "each"

class Linker {
 public:
  // `values` and `joins` may be null.
  Linker(const Schema& schema, const ValueIndex* values, const JoinGraph* joins);

  // `learned` changes with each review while the index stays: it comes with the question. May be null.
  Links Link(std::string_view question, const LearnedAliases* learned = nullptr) const;
  const std::vector<Family>& families() const { return families_; }
  // The table that speaks for a family's member, or the table itself.
  int Representative(int table) const { return representative_[static_cast<std::size_t>(table)]; }
  std::size_t memory_bytes() const;  // of the index, roughly

  // The best tables with the reasons for their scores, as a page for people: `toomai schema --link`.
  std::string Explain(std::string_view question, const LearnedAliases* learned = nullptr, std::size_t most = 15) const;

 private:
  enum class Field : std::uint8_t { kTableName, kColumn, kSchemaName, kComment };
  struct Posting {
    std::int32_t table;
    std::int16_t column;
    Field field;
    float weight;
  };
  struct Term {
    std::vector<Posting> postings;
    float idf = 1;
  };
  struct Scratch;

  int TermOf(const std::string& word);  // makes one
  int FindTerm(const std::string& word) const;
  void AddWords(std::string_view text, bool is_name, int table, int column, Field field, float weight);
  void AddTable(int table);
  void Finish();
  void Count(int term, float factor, Scratch* scratch) const;
  void AddWholeTable(int table, const LearnedAliases* learned, Scratch* scratch) const;
  void CountColumns(const LearnedAliases* learned, Scratch* scratch, Links* links) const;
  void CountValues(const std::vector<Token>& tokens, Scratch* scratch, Links* links) const;
  void CountLearned(std::string_view question, const LearnedAliases& learned, Scratch* scratch) const;
  void Spread(Scratch* scratch) const;

  const Schema& schema_;
  const ValueIndex* values_;
  const JoinGraph* joins_;
  NameSplitter splitter_;
  std::unordered_map<std::string, std::vector<std::string>> split_cache_;  // used while building only
  std::unordered_map<std::string, int> term_by_word_;
  std::vector<Term> terms_;
  std::vector<std::string> term_words_;
  TrigramIndex typos_;
  std::vector<Family> families_;
  std::vector<int> representative_;
  std::vector<int> group_of_;  // schema number per table
  std::vector<std::vector<int>> group_tables_;
};

}  // namespace toomai::schema
