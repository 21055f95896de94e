// Comparisons: "more than", "between", "starts with", "is null", "only one".
#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

// "twice the average", "1.5 times the highest": by how much the aggregate is multiplied, and where it stands; `k`: it
// is no such phrase.
int SketchParser::Factor(int k, double* factor) const {
  if (!In(k)) return k;
  static constexpr std::pair<std::string_view, double> kWords[] = {
      {"twice", 2}, {"double", 2}, {"triple", 3}, {"thrice", 3}, {"half", 0.5}};
  double times = Number(k) ? M(k).number : 0;
  for (auto [word, n] : kWords) times = M(k).norm == word ? n : times;
  if (times <= 0) return k;
  int q = k + 1;
  while (In(q) && (T(q) == Tag::kFiller || T(q) == Tag::kOf || M(q).norm == "times" || M(q).norm == "x")) ++q;
  if (!In(q) || !IsAggregate(T(q))) return k;
  *factor = times;
  return q;
}

// A comparison at i: finds its column and its operand.
int SketchParser::Compare(int i) {
  Use(i);
  const Mention& m = M(i);
  Condition c;
  c.at = i;
  c.owner = last_entity_;
  c.negated = negated_;
  c.or_previous = or_;
  or_ = false;
  negated_ = false;
  if (m.tag == Tag::kCompare) {
    c.op = m.arg;
  } else {
    c.op = m.arg % 16;
    c.concept_id = m.arg / 16;
  }
  // "150 or more", "2014 or after": the number stood before.
  int operand = SkipMore(i + 1);
  bool postfix = (m.norm.rfind("or ", 0) == 0 || m.norm.rfind("and ", 0) == 0) &&
                 !(In(operand) && (Number(operand) || M(operand).is_date) && Number(i - 1));
  if (!postfix && (m.norm.starts_with("or ") || m.norm.starts_with("and "))) {
    // "after May or before March": a comparison of its own, strict again.
    c.op = c.op == kLessEqual ? kLess : c.op == kGreaterEqual ? kGreater : c.op;
    (m.norm.starts_with("or ") ? c.or_previous : and_) = true;
  }
  if (postfix) {
    for (auto it = s_.conditions.rbegin(); it != s_.conditions.rend(); ++it) {
      if (it->a.kind == OperandKind::kNumber && it->a.mention == i - 1) {
        it->op = c.op;
        return i + 1;
      }
    }
    for (EntityUse& e : s_.entities) {
      if (e.quantified && e.mention > i) return i + 1;
    }
  }
  if (m.norm == "since") c.op = kGreaterEqual;
  int k = SkipMore(i + 1);
  if (In(k) && T(k) == Tag::kCompare && M(k).arg == kEqual) k = SkipMore(k + 1);
  c.column = pending_;
  c.aggregate = having_aggregate_;
  having_aggregate_.clear();
  if (postfix && Number(i - 1)) {
    c.a.kind = OperandKind::kNumber;
    c.a.mention = i - 1;
    if (Noun(k) && c.column < 0) {
      if (TableLike(k)) return Quantify(k, c);
      c.column = k;
      ++k;
    }
    return FinishCompare(c, k);
  }
  if (count_pending_ >= 0 && Number(k)) {
    c.a.kind = OperandKind::kNumber;
    c.a.mention = k;
    int noun = count_pending_;
    count_pending_ = -1;
    Use(k);
    Quantify(noun, c);
    return k + 1;
  }
  // "above age 20", "a larger budget than the project with …", "fewer orders than"
  if (ColumnLike(k) && !(Value(k) && PreferValue(k)) && pending_ < 0) {
    int q = SkipMore(k + 1);
    if (In(q) && (Number(q) || IsAggregate(T(q)) || IsSuper(T(q)) || Value(q) || ColumnLike(q) || TableLike(q) ||
                  T(q) == Tag::kAny || T(q) == Tag::kEither)) {
      c.column = k;
      Use(k);
      k = q;
    }
  }
  double factor = 1;
  if (const int whole = Factor(k, &factor); whole > k) {
    Use(k);
    k = whole;
  }
  if (Number(k) && factor == 1) {
    c.a.kind = OperandKind::kNumber;
    c.a.mention = k;
    Use(k);
    int q = Skip(k + 1);
    // "more than 2 orders" counts, "more than 4 pieces" compares.
    while (In(q) && (T(q) == Tag::kDistinct || T(q) == Tag::kOf)) q = Skip(q + 1);
    bool attributive = In(q) && Value(q) && Noun(q + 1) && TableLike(q + 1);
    if (attributive) {
      int save = pending_;
      pending_ = -1;
      ValueAt(q);
      pending_ = save;
      ++q;
    }
    if (Noun(q) && c.column < 0 && !(Value(q) && PreferValue(q))) {
      if (TableLike(q) || !M(q).numeric) {
        if (Compound(q)) Use(q), ++q;
        return Quantify(q, c);
      }
      c.column = q;
      Use(q);
      return FinishCompare(c, q + 1);
    }
    return FinishCompare(c, k + 1);
  }
  if (In(k) && (IsAggregate(T(k)) || (IsSuper(T(k)) && c.column >= 0) || (IsSuper(T(k)) && !TableLike(Skip(k + 1))))) {
    c.a.kind = OperandKind::kAggregate;
    c.a.aggregate = AggregateOf(T(k));
    c.a.factor = factor;
    c.a.whole = k;
    Use(k);
    int q = Skip(k + 1);
    if (In(q) && T(q) == Tag::kOf) q = Skip(q + 1);
    if (ColumnLike(q) && !(Value(q) && PreferValue(q))) {
      c.a.mention = q;
      if (c.column < 0) c.column = q;
      Use(q);
      int r = q + 1;
      // "the average price of products": the owner is said again.
      if (In(r) && T(r) == Tag::kOf && TableLike(Skip(r + 1))) {
        Use(Skip(r + 1));
        r = Skip(r + 1) + 1;
      }
      return FinishCompare(c, r);
    }
    if (TableLike(q) && ColumnLike(q + 1)) {
      c.a.mention = q + 1;
      if (c.column < 0) c.column = q + 1;
      Use(q);
      Use(q + 1);
      return FinishCompare(c, q + 2);
    }
    return FinishCompare(c, k + 1);
  }
  if (In(k) && M(k).is_date) {
    c.a.kind = OperandKind::kDate;
    c.a.mention = k;
    if (m.norm == "since") c.op = kGreaterEqual;
    Use(k);
    return FinishCompare(c, k + 1);
  }
  if (int end = ThingOf(i, k, &c); end > 0) return FinishCompare(c, end);
  if (Value(k) && !(Noun(k) && !PreferValue(k))) {
    c.a.kind = OperandKind::kValue;
    c.a.mention = k;
    Use(k);
    return FinishCompare(c, k + 1);
  }
  if (c.column < 0 && ColumnLike(k)) {
    pending_ = k;
    Use(k);
    comparing_ = c;
    s_.doubt += 1;
    return k + 1;
  }
  if (ColumnLike(k)) {
    c.a.kind = OperandKind::kColumn;
    c.a.mention = k;
    Use(k);
    return FinishCompare(c, k + 1);
  }
  if (In(k) && M(k).Unknown() && M(k).capital && m.tag == Tag::kCompare && m.arg == kEqual) {
    c.a.kind = OperandKind::kValue;
    c.a.mention = k;
    return FinishCompare(c, k + 1);
  }
  s_.doubt += 1;
  return i + 1;
}

// "cheaper than Airbook 15", "a greater weight than any product in Audio": what another row has. Where it ends, or 0.
int SketchParser::ThingOf(int i, int k, Condition* c) {
  bool ordering = c->op != kEqual && c->op != kNotEqual && (c->concept_id > 0 || c->column >= 0);
  if (!ordering) return 0;
  int v = k, thing = -1;
  for (int p = i + 1; p < k; ++p) c->any |= T(p) == Tag::kAny;
  while (In(v) && v < k + 6 && !Value(v)) {
    if (TableLike(v) && thing < 0)
      thing = v;
    else if (T(v) == Tag::kAny)
      c->any = true;
    else if (T(v) != Tag::kFiller && T(v) != Tag::kOf && T(v) != Tag::kIn && T(v) != Tag::kFrom && T(v) != Tag::kThan &&
             T(v) != Tag::kThat && T(v) != Tag::kEither)
      return 0;
    c->any |= T(v) == Tag::kEither;
    ++v;
  }
  if (!Value(v) || (Noun(v) && !PreferValue(v))) return 0;
  c->a.kind = OperandKind::kThingOf;
  c->a.of_value = v;
  c->a.mention = thing;
  if (thing >= 0) Use(thing);
  Use(v);
  return v + 1;
}

// "in the same city as Alice": what the row that is named has.
int SketchParser::SameAs(int i) {
  const int column = i + 1;
  int v = column + 1;
  while (In(v) && v < column + 4 && !Value(v) && (T(v) == Tag::kFiller || M(v).norm == "as" || TableLike(v))) ++v;
  const bool as = In(column + 1) && M(column + 1).norm == "as";
  if (!M(i).norm.ends_with("same") || !ColumnLike(column) || !as || !Value(v) || Value(v + 1)) return i + 1;
  Condition c;
  c.at = i;
  c.owner = last_entity_;
  c.column = column;
  c.negated = negated_;
  negated_ = false;
  c.a.kind = OperandKind::kThingOf;
  c.a.of_value = v;
  for (int k = i; k <= v; ++k) Use(k);
  zone_ = Zone::kModifier;
  AddCondition(c);
  return v + 1;
}

int SketchParser::FinishCompare(Condition c, int next) {
  if (c.a.kind == OperandKind::kNumber && c.a.mention >= 0 && M(c.a.mention).times && c.column < 0 &&
      c.concept_id == 0) {
    if (last_entity_ >= 0 && !s_.entities[static_cast<std::size_t>(last_entity_)].target &&
        !s_.entities[static_cast<std::size_t>(last_entity_)].counted) {
      EntityUse& use = s_.entities[static_cast<std::size_t>(last_entity_)];  // "who ordered more than 5 times"
      use.quantified = true;
      use.op = c.op;
      use.n = M(c.a.mention).number;
      return next;
    }
    c.aggregate = "count";
  }
  const bool of_target = c.column < 0 && c.concept_id == 0 && c.a.kind == OperandKind::kNumber &&
                         s_.targets.size() == 1 && s_.targets[0].mention >= 0 && s_.targets[0].mention == c.at - 1 &&
                         ColumnLike(c.at - 1) && M(c.at - 1).numeric;
  if (of_target) c.column = c.at - 1;  // "salaries over 80000"
  bool same = c.concept_id == 0 || c.concept_id == last_concept_;
  if (c.column < 0 && same && (and_ || after_and_ || c.or_previous) && last_column_ >= 0) c.column = last_column_;
  last_concept_ = c.concept_id;
  and_ = false;
  last_column_ = c.column >= 0 ? c.column : last_column_;
  AddCondition(c);
  pending_ = -1;
  return next;
}

// "more than 2 orders", "at least one invoice"
int SketchParser::Quantify(int noun, const Condition& c) {
  int owner = last_entity_;
  int e = AddEntity(noun);
  EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
  use.after = owner;
  use.quantified = true;
  use.op = c.op;
  use.n = M(c.a.mention).number;
  use.negated = c.negated;
  use.or_previous = c.or_previous;
  pending_ = -1;
  return noun + 1;
}

int SketchParser::Between(int i) {
  int k = SkipMore(i + 1);
  int q = k + 1;
  while (In(q) && (T(q) == Tag::kAnd || T(q) == Tag::kTo || T(q) == Tag::kFiller)) ++q;
  if (!In(k) || !In(q) || !(Number(k) || Value(k)) || !(Number(q) || Value(q))) {
    s_.doubt += 0.6;
    return i + 1;
  }
  Condition c;
  c.column = pending_;
  c.between = true;
  c.a = {Number(k) ? OperandKind::kNumber : OperandKind::kValue, k, "", -1};
  c.b = {Number(q) ? OperandKind::kNumber : OperandKind::kValue, q, "", -1};
  c.owner = last_entity_;
  c.at = i;
  c.negated = negated_;
  negated_ = false;
  Use(i);
  Use(k);
  Use(q);
  int next = q + 1;
  if (c.column < 0 && ColumnLike(Skip(next))) {
    c.column = Skip(next);
    Use(c.column);
    next = c.column + 1;
  }
  AddCondition(c);
  pending_ = -1;
  return next;
}

int SketchParser::Pattern(int i) {
  int k = SkipMore(i + 1);
  if (T(k) == Tag::kContains && k == i + 1) k = SkipMore(k + 1);
  if (In(i + 1) && M(i + 1).text.size() == 1 && M(i + 1).tag == Tag::kFiller && (k > i + 2 || !In(k) || !M(k).quoted))
    k = i + 1;
  bool operand = In(k) && (M(k).quoted || Value(k) || M(k).Unknown() || Number(k) || M(k).capital ||
                           (M(k).text.size() == 1 && M(k).to > M(k).from && M(k).tag != Tag::kComma &&
                            M(k).tag != Tag::kStop && !M(k).is_date));
  if (!operand) return i + 1;
  Condition c;
  c.at = i;
  c.owner = last_entity_;
  c.column = pending_;
  c.negated = negated_;
  c.or_previous = or_;
  or_ = false;
  negated_ = false;
  c.a = {OperandKind::kPattern, k, "", -1};
  c.pattern = T(i) == Tag::kStarts ? "starts" : T(i) == Tag::kEnds ? "ends" : "contains";
  Use(i);
  Use(k);
  // "the word 'Pro' in its name"
  int q = k + 1;
  while (In(q) && (T(q) == Tag::kIn || T(q) == Tag::kTheir || T(q) == Tag::kFiller || T(q) == Tag::kOf)) ++q;
  int next = k + 1;
  if (q > k + 1 && ColumnLike(q)) {
    c.qualifier = c.column;
    c.column = q;
    Use(q);
    next = q + 1;
  }
  AddCondition(c);
  pending_ = -1;
  return next;
}

int SketchParser::Null(int i) {
  if (pending_ < 0) return i + 1;
  Condition c;
  c.at = i;
  c.column = pending_;
  c.owner = last_entity_;
  bool null = (T(i) == Tag::kNull) != negated_;
  negated_ = false;
  c.a.kind = null ? OperandKind::kNull : OperandKind::kNotNull;
  AddCondition(c);
  Use(i);
  pending_ = -1;
  return i + 1;
}

int SketchParser::Only(int i) {
  int k = Skip(i + 1);
  if (Noun(k) && TableLike(k) && zone_ == Zone::kModifier) {
    Use(i);
    int owner = last_entity_;
    int e = AddEntity(k);
    EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
    use.after = owner;
    use.quantified = true;
    use.op = kEqual;
    use.n = 1;
    return k + 1;
  }
  if (Number(k)) {
    Use(i);
    return i + 1;
  }
  return i + 1;
}

}  // namespace toomai::templates
