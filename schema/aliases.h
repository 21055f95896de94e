// What people call things here, counted from approved questions: a word or pair of words that comes with a table or
// column more often than chance is a name for it, in any language. Plain counting; explained by the count.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/schema.h"

namespace toomai::schema {

// A question that was approved, and what its SQL used: "schema.table" or "schema.table.column".
struct ApprovedUse {
  std::string question;
  std::vector<std::string> elements;
};

struct AliasHit {
  int table = -1, column = -1;  // column -1: the table
  double weight = 0;
  int count = 0;  // approved questions that say so
  std::string gram;
};

class LearnedAliases {
 public:
  LearnedAliases() = default;
  // Elements that the schema does not have any more are left out.
  LearnedAliases(const Schema& schema, const std::vector<ApprovedUse>& uses);

  bool empty() const { return grams_.empty(); }
  // The best three grams for each element that the question's grams speak for.
  std::vector<AliasHit> Find(const std::vector<std::string>& grams) const;
  // How often an element was used at all, as a share of the questions, shrunk when there are few of them.
  double Prior(int table, int column) const;
  // Single words and pairs of a question, as counted.
  static std::vector<std::string> GramsOf(std::string_view question);

 private:
  using Element = std::pair<int, int>;
  struct Count {
    Element element;
    int count = 0;
  };
  std::unordered_map<std::string, std::vector<Count>> grams_;
  std::unordered_map<std::string, int> gram_totals_;
  std::unordered_map<std::int64_t, int> totals_;
  int questions_ = 0;
};

}  // namespace toomai::schema
