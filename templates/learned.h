// Templates learned from approved answers: an approved question and its SQL answer the same question in other words,
// and the same question with another value.
//
// A literal of the SQL that the question names becomes a typed slot; one that it does not name stays as it is. A new
// question matches when, values put aside, it says nearly the same words and fills every slot. Immutable, any thread;
// what comes out goes through the validator like everybody else's SQL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/schema.h"
#include "schema/values.h"
#include "schema/words.h"

namespace toomai::templates {

struct ApprovedPair {
  std::int64_t id = 0;  // of the history entry
  std::string question;
  std::string sql;
};

struct LearnedAnswer {
  std::string sql;
  double confidence = 0;
  std::int64_t history_id = 0;
  bool same_question = false;             // word for word
  std::vector<std::string> bound_values;  // "city = 'Berlin'"
};

class LearnedTemplates {
 public:
  static std::shared_ptr<const LearnedTemplates> Build(const std::vector<ApprovedPair>& pairs,
                                                       const schema::Schema& schema,
                                                       const std::vector<schema::ColumnValues>& values);

  std::optional<LearnedAnswer> Match(std::string_view question) const;
  std::size_t size() const { return templates_.size(); }
  // Where each comes from, and how many values of its question are slots.
  struct Summary {
    ApprovedPair pair;
    std::size_t slots = 0;
  };
  std::vector<Summary> Summaries() const;

  // The approved pairs most like the question, best first: examples for a model's prompt.
  std::vector<ApprovedPair> Nearest(std::string_view question, std::size_t most) const;

 private:
  struct Place {
    std::size_t begin = 0, end = 0;  // bytes of a literal in the SQL
    std::string before, after;       // what the literal has around the value: '%' of a LIKE pattern
    bool text = false;
  };
  struct Slot {
    bool number = false;
    std::string column;                 // of the literal, when it is compared with one
    std::size_t token = 0, tokens = 0;  // where the question names the value
    std::vector<Place> places;
  };
  using Bag = std::unordered_map<std::string, double>;
  struct Template {
    ApprovedPair pair;
    std::string words;  // the folded question
    std::vector<schema::Token> tokens;
    std::vector<Slot> slots;
    std::size_t free_numbers = 0;  // numbers of the question that are no slot
    Bag bag;
  };

  static std::optional<Template> Learn(const ApprovedPair& pair);
  std::optional<std::vector<std::string>> Fill(const Template& learned, const std::vector<schema::Token>& tokens,
                                               Bag* bag) const;
  static bool AskForTheSame(const Bag& a, const Bag& b);
  double Similarity(const Bag& a, const Bag& b) const;
  double Weight(const std::string& word) const;

  std::vector<Template> templates_;
  std::unordered_map<std::string, double> document_frequency_;
  // column name -> folded value -> the value's own spelling
  std::unordered_map<std::string, std::unordered_map<std::string, std::string>> values_;
};

// Below this likeness a template says nothing.
inline constexpr double kLearnedThreshold = 0.8;
// And a template with other SQL must be at least this much less alike.
inline constexpr double kLearnedMargin = 0.05;

}  // namespace toomai::templates
