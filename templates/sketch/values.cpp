// Values, numbers and dates that stand by themselves.
#include <cmath>

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

// A value: eq-condition on the pending column, on a neighbour that names it, or on wherever it occurs.
int SketchParser::ValueAt(int i) {
  if (via_ >= 0) {
    int relation = via_;
    bool negated = negated_;
    AddEntity(relation);
    s_.entities.back().via = relation;
    s_.entities.back().negated = negated;
    negated_ = false;
  }
  Condition c;
  c.at = i;
  c.a = {OperandKind::kValue, i, "", -1};
  c.owner = last_entity_;
  c.negated = negated_;
  c.or_previous = or_;
  c.both = both_;
  c.column = pending_;
  Use(i);
  int next = i + 1;
  if (M(i).quoted && T(next) == Tag::kIn && T(next + 1) == Tag::kTheir && ColumnLike(next + 2)) {
    c.qualifier = pending_;
    c.column = next + 2;
    c.a.kind = OperandKind::kPattern;
    c.pattern = "contains";
    Use(next + 2);
    AddCondition(c);
    pending_ = -1;
    negated_ = false;
    or_ = false;
    return next + 3;
  }
  bool list_item = (or_ || and_ || after_and_) && c.column < 0 && last_value_ >= 0 && i - last_value_ <= 4;
  if (hint_ >= 0) {
    c.column = hint_;
    hint_ = -1;
  } else if (c.column < 0 && Noun(next) && !SentenceBreak(i, next)) {
    // "English language", "Machine Learning domain": the noun after says what the value is; an entity stays an
    // entity.
    if (ColumnLike(next)) hint_after_ = next;
  }
  if (list_item && c.column < 0) c.column = last_value_column_;
  c.listed = list_item;
  c.also = list_item && and_ && !or_;
  const int before = BeforeFillers(i);
  c.other = zone_ == Zone::kModifier && c.column < 0 && (T(before) == Tag::kThat || T(before) == Tag::kWhich) &&
            M(before).to > M(before).from;  // a word that was said, not one that the order of words put in
  c.beside = !list_item && last_value_ >= 0 && last_value_ == i - 1;
  if (negated_keep_ && list_item) c.negated = true;
  AddCondition(c);
  negated_keep_ = c.negated;
  last_value_ = i;
  last_value_column_ = c.column;
  negated_ = false;
  or_ = false;
  and_ = false;
  pending_ = -1;
  return next;
}

// "last month", alone: when the thing happened.
int SketchParser::DateAt(int i) {
  Condition c;
  c.at = i;
  c.owner = last_entity_;
  c.negated = negated_;
  c.column = pending_;
  c.a = {OperandKind::kDate, i, "", -1};
  Use(i);
  AddCondition(c);
  pending_ = -1;
  negated_ = false;
  return i + 1;
}

int SketchParser::NumberAt(int i) {
  int k = Skip(i + 1);
  const double v = M(i).number;
  // "3 largest cities", "5 most expensive": read by the superlative.
  if (In(k) && (IsSuper(T(k)) || T(k) == Tag::kMostOf || T(k) == Tag::kLeastOf || T(k) == Tag::kCommon)) return i + 1;
  if (In(k) && (T(k) == Tag::kCompare || T(k) == Tag::kCompareAdjective) && M(k).norm.rfind("or ", 0) == 0) {
    if (pending_ >= 0 || !Noun(Skip(k + 1))) {
      Condition c;
      c.at = i;
      c.column = pending_;
      c.a = {OperandKind::kNumber, i, "", -1};
      c.owner = last_entity_;
      c.op = T(k) == Tag::kCompare ? M(k).arg : M(k).arg % 16;
      c.concept_id = T(k) == Tag::kCompare ? 0 : M(k).arg / 16;
      Use(i);
      Use(k);
      AddCondition(c);
      pending_ = -1;
      return k + 1;
    }
    return i + 1;
  }
  Condition c;
  c.at = i;
  c.a = {OperandKind::kNumber, i, "", -1};
  c.owner = last_entity_;
  c.negated = negated_;
  c.or_previous = or_;
  c.both = both_;
  c.column = pending_;
  const bool year = v == std::floor(v) && v >= 1900 && v <= 2100 && (T(i - 1) == Tag::kOf || T(i - 1) == Tag::kIn);
  if (year && c.column >= 0 && !M(c.column).numeric) c.column = -1;  // "did we place in each quarter of 2025"
  if (c.column < 0 && Noun(k) && !SentenceBreak(i, k)) {
    const bool so_many_of = In(BeforeFillers(i)) && T(BeforeFillers(i)) == Tag::kOf && !s_.targets.empty();
    if (TableLike(k) && so_many_of && v >= 1 && v <= 1000 && v == std::floor(v)) {
      s_.limit = static_cast<long>(v);  // "the names of the three countries with …"
      Use(i);
      return i + 1;
    }
    if (TableLike(k) && zone_ == Zone::kModifier && v < 1000) {
      Condition q = c;
      q.op = kEqual;
      negated_ = false;
      Use(i);
      return Quantify(k, q);
    }
    const bool plural = M(k).norm.ends_with('s') && !M(k).numeric;
    if (ColumnLike(k) && plural && zone_ == Zone::kWanted && v >= 1 && v <= 1000 && v == std::floor(v) &&
        (T(i - 1) == Tag::kWhich || T(i - 1) == Tag::kList || T(i - 1) == Tag::kFiller)) {
      s_.limit = static_cast<long>(v);  // "which three countries have the …"
      Use(i);
      return i + 1;
    }
    if (ColumnLike(k)) {
      c.column = k;
      Use(k);
      Use(i);
      AddCondition(c);
      negated_ = false;
      or_ = false;
      return k + 1;
    }
    if (zone_ == Zone::kWanted && v <= 1000) {
      s_.limit = static_cast<long>(v);
      Use(i);
      return i + 1;
    }
  }
  bool list_item = (or_ || and_ || after_and_ || both_) && c.column < 0 && last_value_ >= 0 && i - last_value_ <= 4;
  if (list_item) c.column = last_value_column_;
  c.listed = list_item;
  Use(i);
  AddCondition(c);
  last_value_ = i;
  last_value_column_ = c.column;
  negated_ = false;
  or_ = false;
  and_ = false;
  pending_ = -1;
  return i + 1;
}

}  // namespace toomai::templates
