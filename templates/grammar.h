// A question in English, Chinese or Japanese -> SQL, with no model: a deterministic semantic grammar over the words of
// the schema, its comments and its values. Each reading comes with a calibrated probability of being right.
//
// Build() makes the index once for a schema snapshot; the engine is then immutable and safe to use from any thread.
// Answer() never throws, takes time linear in the question and looks at the first kMaxTokens tokens at most. It returns
// SQL that is meant for validator::Validate like everybody else's; nothing here touches a database.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "schema/values.h"
#include "templates/glossary.h"

namespace toomai::templates {

inline constexpr std::size_t kMaxQuestionBytes = 4096;  // the rest of a longer question is not read
inline constexpr std::size_t kMaxTokens = 128;          // tokens considered

struct Context;

struct GrammarOptions {
  double high = 0.8;  // answer plainly at or above
  double low = 0.4;   // refuse below
  int fiscal_year_start_month = 1;
  std::size_t max_readings = 3;
};

struct GrammarInput {
  std::string_view question;
  std::string_view evidence;  // a hint from the asker: a glossary for this question, where it reads as one
  std::string today;          // YYYY-MM-DD; empty: relative dates are written with CURRENT_DATE
};

struct Reading {
  std::string sql;                    // one PostgreSQL SELECT, no trailing semicolon
  double confidence = 0;              // calibrated probability that it answers the question
  std::vector<double> features;       // what the confidence was made from; for fitting it (tests/bench/nl_calibrate.py)
  std::vector<std::string> left_out;  // words of the question that the statement does not hold
  std::vector<std::string> assumptions;  // "orders.placed_at is the time meant by 'last month'"
};

// A stretch of the question, what it was taken for ("count", "column orders.status", "value customers.city = 'Tokyo'"),
// and the rule that read it so ("name in the schema", "value in the data").
struct WordReading {
  std::size_t begin = 0, end = 0;  // bytes of the question
  std::string text, meaning, rule;
  std::string sql;  // the part of the best reading that came of it; may be empty
};

struct GrammarAnswer {
  std::vector<Reading> readings;            // best first; also filled when refused, if anything was understood
  std::vector<WordReading> words;           // in the order of the question; words that add nothing are left out
  std::string language;                     // "en", "zh", "ja"
  std::vector<std::string> unknown_words;   // content words that nothing in the database explains
  std::vector<std::string> matched_values;  // "'vip' -> customer.segment"
  std::vector<std::string> notes;           // what was taken from the hint, and what was not
  std::string refusal;  // why there is no answer, in the question's language; empty when readings[0] stands
};

class GrammarEngine {
 public:
  static std::shared_ptr<const GrammarEngine> Build(schema::SchemaPtr schema, std::vector<schema::ColumnValues> values,
                                                    Glossary glossary = {}, GrammarOptions options = {});
  ~GrammarEngine();
  GrammarEngine(const GrammarEngine&) = delete;
  GrammarEngine& operator=(const GrammarEngine&) = delete;

  GrammarAnswer Answer(const GrammarInput& input) const;
  const std::vector<std::string>& problems() const;  // entries of the glossary that the schema does not bear out

 private:
  struct Impl;
  static GrammarAnswer AnswerIn(const Context& context, const GrammarInput& input);
  explicit GrammarEngine(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace toomai::templates
