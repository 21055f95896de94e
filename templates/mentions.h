// A question as a row of mentions: which words name tables, columns and values, and which words do grammatical jobs.
// The best cover of the question by known phrases is chosen; each mention keeps all of its candidates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/dates.h"
#include "schema/lexicon.h"
#include "schema/value_index.h"
#include "schema/words.h"
#include "templates/tags.h"

namespace toomai::templates {

struct Mention {
  Tag tag = Tag::kNone;
  int arg = 0;
  std::size_t from = 0, to = 0;        // tokens
  std::vector<schema::NameHit> names;  // best first
  std::vector<schema::ValueHit> values;
  bool is_date = false;
  schema::DateRange date;
  std::vector<schema::NameHit> when;   // of a date: the moments that a verb beside it names, 下单, 付款
  std::vector<schema::NameHit> among;  // of an aggregate: what its rows share with the one that is compared
  bool is_number = false;
  double number = 0;
  std::string digits;  // the number as SQL
  bool quoted = false;
  bool capital = false;  // some word inside a sentence starts with a capital letter
  std::string text;      // as written
  std::string norm;
  bool soft = false;           // an unexplained word that carries little: "live", "work"
  bool partial_value = false;  // values hold the text as one word of several
  bool negative = false;       // "unpaid": the name, denied
  bool state = false;          // Chinese, Japanese: what was done, said of a column that is empty until then
  bool sums = false;           // names amounts that are added up: "spent", "pieces"
  std::string unit;            // of a length of time: "day", "hour", …
  bool times = false;          // a number that says how often: "5 times", 5次, 5回
  bool happened = false;       // Chinese, Japanese: rows that something must have, said by a verb: 売れた
  bool row_key = false;        // a value of the key of what stands beside it: "order 12"
  bool closes = false;         // Chinese, Japanese: a clause about what follows ends here
  int relation = -1;           // a table that relates rows of one table to each other: "borders", "cites"
  bool role = false;           // a column that refers to a table and says as what: "referred by", "sender"
  bool reference = false;      // a column that refers to another table: "the capital"
  bool numeric = false;        // names a number or a date
  bool boolean_like = false;   // names a yes-or-no column
  int extreme = 0;             // a column whose name is a superlative: "highest point" 1, "lowest elevation" -1

  float BestTable() const;  // best score among table candidates, 0 without
  float BestColumn() const;
  bool Names() const { return !names.empty(); }
  bool Unknown() const {
    return tag == Tag::kNone && names.empty() && values.empty() && !is_number && !is_date && !quoted;
  }
};

struct MentionOptions {
  std::string_view language;
  schema::DateContext dates;
  bool tentative = true;  // words of tentative tags have them
};

// "second", "3rd"; 0: no ordinal.
long OrdinalOf(std::string_view word);

std::vector<Mention> FindMentions(const std::vector<schema::Token>& tokens, const schema::Lexicon& lexicon,
                                  const schema::ValueIndex& values, const MentionOptions& options);

// "en", "zh" or "ja", by the characters used.
std::string DetectLanguage(const std::vector<schema::Token>& tokens);
// The words that measure concept `arg` of a superlative or comparative, best first, '+' or '-' in front.
const std::vector<std::string>& ConceptWords(int concept_id);

}  // namespace toomai::templates
