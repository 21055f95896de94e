// What a question asks for, before the schema decides what its words mean: wanted things, conditions, groups, order.
// Made by the parser in sketch/ (cjk_order puts Chinese and Japanese into English order first), read by the resolver.
// Indexes are positions in the row of mentions.
#pragma once

#include <string>
#include <vector>

#include "templates/mentions.h"

namespace toomai::templates {

enum class OperandKind { kNone, kValue, kNumber, kAggregate, kColumn, kPattern, kNull, kNotNull, kThingOf, kDate };

struct Operand {
  OperandKind kind = OperandKind::kNone;
  int mention = -1;       // value, number, column
  std::string aggregate;  // kAggregate: avg, max, min, sum
  double factor = 1;      // "twice the average"
  int whole = -1;         // mention of the aggregate word
  int of_value = -1;      // kThingOf: the value that picks the row(s)
};

// A set of rows that a noun stands for.
struct EntityUse {
  int part = 0;
  int mention = -1;
  bool or_previous = false;
  bool negated = false;     // rows without one
  bool quantified = false;  // "more than 2 orders"
  int op = kGreaterEqual;
  double n = 1;
  bool target = false;   // asked for
  bool counted = false;  // inside "number of …"
  bool each = false;
  bool superlative = false;      // inside "with the most …"
  int after = -1;                // entity it was said about (index into entities), -1: the subject
  bool owner_of_target = false;  // "name of the …"
  bool reference = false;        // the mention is a column that refers to the rows meant
  int via = -1;                  // mention of a column that says how (not used yet)
};

struct Condition {
  int part = 0;
  int qualifier = -1;  // mention: "a song with … in its title"
  int column = -1;     // mention that names the column
  int concept_id = 0;  // of a comparative, when no column is named
  int op = kEqual;
  Operand a, b;  // b: upper end of between
  bool between = false;
  bool negated = false;
  bool or_previous = false;
  bool also = false;      // "A and B"
  bool other = false;     // "through which A runs": of another thing than the one described
  bool any = false;       // "than any product in Audio"
  bool listed = false;    // "A, B and C"
  bool beside = false;    // directly after another value: "austin texas"
  bool both = false;      // "both … and …": must hold for the same thing in two ways
  std::string pattern;    // "starts", "ends", "contains"
  std::string aggregate;  // having: "whose average price is above 5"
  int owner = -1;         // entity nearest before
  int at = 0;
};

struct Superlative {
  int column = -1;  // mention
  int concept_id = 0;
  bool descending = true;
  long n = 1;
  long offset = 0;         // "the second largest": rows before it
  bool by_count = false;   // the thing with most of `column`
  std::string aggregate;   // "highest total sales"
  int owner = -1;          // entity; -1: the subject
  bool of_target = false;  // inside the wanted list: "the youngest customer"
  int common = -1;         // mention X of "the most common X"
  bool extreme = false;    // the column's own name is the superlative
  int at = 0;
};

struct Target {
  int part = 0;        // of a ratio: 1 above, 2 below
  bool total = false;  // "the total count of"
  enum Kind { kThing, kCount, kAggregates } kind = kThing;
  std::vector<std::string> aggregates;
  int mention = -1;
  bool distinct = false;
  int value = -1;                  // of a count: rows that have it
  int owner = -1;                  // entity said to own it
  int qualifier = -1;              // mention: "launch date of the product"
  std::string outer;               // "average number of …"
  bool maybe_superlative = false;  // "the highest age": an aggregate, or the row that has it
  bool super_max = true;
  int concept_id = 0;          // of the adjective: "the most expensive room type", "how tall"
  bool everything = false;     // all columns of the thing
  bool explicit_list = false;  // came in a second sentence that says what to list
};

// A column named without a condition: "abandoned", "official", "without a phone number".
struct Loose {
  int mention = -1;
  int kind = 0;  // 1 has, -1 has not, 0 a property
  bool or_previous = false;
  bool denied = false;  // by a word of its own: "is not the main …"
};

struct GroupKey {
  int mention = -1;
  bool bucket = false;
  int unit = 0;
  bool puts_together = false;  // "per X", "by X": one row for each, unlike "the dates of each X"
};

struct OrderKey {
  int mention = -1;    // -1: what is wanted first
  int concept_id = 0;  // "from the newest to the oldest"
  bool descending = false;
  bool count = false;
  std::string aggregate;
};

struct Sketch {
  std::vector<Target> targets;
  std::vector<EntityUse> entities;
  std::vector<Condition> conditions;
  std::vector<Superlative> superlatives;
  std::vector<GroupKey> groups;
  std::vector<OrderKey> orders;
  long limit = 0;
  bool distinct = false;
  bool both = false, except = false, ratio = false, percent = false, difference = false;
  bool cumulative = false;   // "running total"
  bool compared = false;     // "compared with last month"
  bool total = false;        // "in total"
  bool ties = false;         // "including ties"
  bool asks_period = false;  // "in which years": the bucket itself is wanted
  bool by_measure = false;   // "top 10 … by sales"
  std::vector<Loose> loose;
  int ratio_at = -1;
  bool how_many_each = false;
  bool where_question = false, when_question = false;
  bool asks_who = false;
  bool off_topic = false;   // how/why/can: not a question about rows
  std::vector<int> unused;  // mentions nothing consumed
  double doubt = 0;         // structural doubts met on the way
};

Sketch SketchEnglish(const std::vector<Mention>& mentions);

}  // namespace toomai::templates
