// Sketch + schema -> Query: decides which table, column or value each word means, how the tables join, and how sure
// that is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "templates/context.h"
#include "templates/ir.h"
#include "templates/mentions.h"
#include "templates/sketch.h"

namespace toomai::templates {

// What the score is made of; the calibration reads these.
struct Features {
  double unknown = 0;    // content words that nothing explains
  double unused = 0;     // names and values that the query leaves out
  double names = 0;      // 1 - worst name match used
  double mean_name = 0;  // mean of (1 - match)
  double joins = 0;      // cost of joins
  double doubt = 0;      // structural doubts
  double guessed = 0;    // columns taken by default
  double ambiguous = 0;  // close calls between candidates
  double conditions = 0, parts = 0;
  double length = 0;  // content words
  double empty = 0;   // a literal that no value matches
  double partial_value = 0;
  double tables = 0, nested = 0, grouped = 0, ordered = 0, set_operation = 0, aggregates = 0, wanted = 0, negations = 0;
  double soft = 0;            // light words that nothing explains
  double twice = 0;           // columns shown more than once
  double unnamed = 0;         // tables that the question does not speak of
  double choices = 0;         // columns that a value could have been of
  double synonyms = 0;        // names matched by a synonym
  double untyped = 0;         // ordered by or averaged over what has no order or mean
  double plain = 0;           // every content word is named exactly
  double unknown_wanted = 0;  // what is asked for is not known
  double rival = 0;           // how close another reading came: 0 none, 1 as good
  double dropped = 0;         // grammatical words that should have left a trace and did not
  double ideographs = 0;      // asked in Chinese or Japanese
  double bare = 0;            // a word is unknown, and the query only lists or counts rows
};

// A choice between candidates of one mention, and by how much it was won.
struct Choosing {
  int mention = -1, table = -1, column = -1;
  double gap = 1e9;
};

struct Resolution {
  QueryPtr query;  // null: not understood
  Features features;
  double score = 0;
  Choosing closest;  // the choice that could most easily have gone the other way
  std::vector<std::string> assumptions;
  std::vector<std::string> left_out;  // words of the question that the query does not hold
  std::vector<std::string> matched_values;
};

struct ResolveOptions {
  Choosing avoid;  // a candidate that may not be chosen: what would the next best mean?
  std::string today;
  std::string language = "en";
  const std::vector<Mention>* said = nullptr;  // the mentions as they were said; null: in the order of the sketch
  bool asks_which = false;                     // "which countries do …": the different ones
  bool semi_joins = true;
  std::vector<std::pair<int, int>> roles;  // table, column: keys that the question names by what they stand for
  std::vector<std::string> verbs;          // stems of the question's plain words
  bool sums_over_many = false;  // a measure of rows that belong to what is ordered is their sum ("销售额最高的客户")
};

Resolution Resolve(const Context& context, const std::vector<Mention>& mentions, const Sketch& sketch,
                   const ResolveOptions& options);

}  // namespace toomai::templates
