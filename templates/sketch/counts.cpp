// Counts and aggregates: "how many", "average", "number of".
#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

// "device count per site": what stands before is counted.
bool SketchParser::CountsLast(int i) {
  if (M(i).norm != "count" || T(i) != Tag::kCount || s_.targets.empty() || Noun(Skip(i + 1))) return false;
  Target& last = s_.targets.back();
  if (last.mention != i - 1 || last.kind != Target::kThing || !TableLike(i - 1) || T(Skip(i + 1)) == Tag::kOf)
    return false;
  last.kind = Target::kCount;
  if (last.owner >= 0) s_.entities[static_cast<std::size_t>(last.owner)].counted = true;
  zone_ = Zone::kModifier;
  return true;
}

int SketchParser::Count(int i) {
  Use(i);
  if (CountsLast(i)) return i + 1;
  int k = Skip(i + 1);
  bool distinct = false;
  while (In(k) && (T(k) == Tag::kDistinct || T(k) == Tag::kFiller || T(k) == Tag::kOf)) {
    distinct |= T(k) == Tag::kDistinct;
    ++k;
  }
  while (Noun(k) && (M(k).boolean_like || M(k).negative || M(k).state) && Noun(k + 1) && !Value(k)) {
    AddLoose(k, M(k).negative ? -1 : M(k).state ? 1 : 0);  // "how many discontinued products", 有多少条未读消息
    ++k;
  }
  if (T(i) == Tag::kCount && zone_ == Zone::kModifier && !after_and_ &&
      (preposition_ == Tag::kWhose || preposition_ == Tag::kWith) && !s_.targets.empty()) {
    // "whose number of X is greater than 5"
    count_pending_ = k;
  }
  // Words before the noun: values and superlatives stay conditions.
  int noun = k;
  while (In(noun) && !Noun(noun) && (Value(noun) || T(noun) == Tag::kFiller || (M(noun).Unknown())) &&
         T(noun) != Tag::kStop)
    ++noun;
  if (Noun(noun) && noun > k && PreferValueNoun(noun)) noun = noun;
  if (!Noun(noun)) {
    if (!Noun(k)) {
      // "how many … are there": nothing countable; leave it to what follows.
      Target t;
      t.kind = Target::kCount;
      t.distinct = distinct;
      if (Value(k)) t.value = k;  // "how many women"
      AddTarget(t);
      zone_ = Zone::kModifier;
      return i + 1;
    }
    noun = k;
  }
  for (int v = k; v < noun; ++v) {
    if (Value(v)) {
      int save = pending_;
      pending_ = -1;
      ValueAt(v);
      pending_ = save;
    }
  }
  while (Compound(noun)) Use(noun++);
  // Compound nouns: "poker players" is one; "car makers" two words one table; "city names": the column counts.
  while (TableLike(noun) && ColumnLike(noun + 1) && M(noun + 1).BestTable() < 0.9f && T(noun + 1) == Tag::kNone &&
         !Value(noun + 1)) {
    AddEntity(noun);
    ++noun;
  }
  if (count_pending_ >= 0) {
    count_pending_ = noun;
    Use(noun);
    return noun + 1;
  }
  const bool pieces = M(noun).sums;
  if (pieces) {  // "how many pieces are on hand": the column said next holds them
    int held = noun + 1;
    while (In(held) && (T(held) == Tag::kFiller || T(held) == Tag::kBe || T(held) == Tag::kOf || T(held) == Tag::kDo))
      ++held;
    if (ColumnLike(held) && M(held).numeric && held <= noun + 3 && M(held).BestColumn() > 0.9f) {
      Use(noun);
      for (int v = noun + 1; v < held; ++v) Use(v);
      noun = held;
    }
  }
  Target t;
  t.kind = Target::kCount;
  t.total = pieces || M(i).norm.find("total") != std::string::npos;
  t.mention = noun;
  t.distinct = distinct || distinct_;
  distinct_ = false;
  if (!aggregates_.empty()) {
    t.outer = aggregates_.front();
    aggregates_.clear();
  }
  if (TableLike(noun)) {
    int e = AddEntity(noun);
    s_.entities[static_cast<std::size_t>(e)].counted = true;
    s_.entities[static_cast<std::size_t>(e)].target = true;
    t.owner = e;
  } else {
    Use(noun);
  }
  AddTarget(t);
  zone_ = Zone::kModifier;
  preposition_ = Tag::kNone;
  after_and_ = false;
  return noun + 1;
}

int SketchParser::Aggregate(int i) {
  Use(i);
  std::string a = AggregateOf(T(i));
  // After a comparison: handled there. "total number of" is a count.
  if (In(i + 1) && T(i + 1) == Tag::kCount && a == "sum") return i + 1;
  const int next = Skip(i + 1);
  if (a == "sum" && !s_.targets.empty() && (!In(next) || T(next) == Tag::kStop)) {
    s_.total = true;  // "the area of all states combined"
    return i + 1;
  }
  aggregates_.push_back(a);
  aggregate_is_super_ = false;
  return i + 1;
}

// aggregates_ wait for their column at `i`.
int SketchParser::FinishAggregate(int i) {
  std::vector<std::string> aggregates = std::move(aggregates_);
  aggregates_.clear();
  bool maximum = aggregates.size() == 1 && (aggregates[0] == "max" || aggregates[0] == "min");
  if (TableLike(i) && ColumnLike(i + 1) && !SentenceBreak(i, i + 1)) {
    owner_ = AddEntity(i);
    ++i;
  } else if (TableLike(i) && In(i + 1) && T(i + 1) == Tag::kPossessive && ColumnLike(i + 2)) {
    owner_ = AddEntity(i);
    i += 2;
  }
  bool modifier = zone_ == Zone::kModifier && !after_and_ && !s_.targets.empty() && preposition_ != Tag::kFor && !of_;
  int k = SkipMore(i + 1);
  bool compared = In(k) && (T(k) == Tag::kCompare || T(k) == Tag::kCompareAdjective || T(k) == Tag::kBetween);
  if (modifier && maximum && !compared) {
    Superlative sup;
    sup.column = i;
    sup.descending = aggregates[0] == "max";
    sup.owner = last_entity_;
    sup.at = i;
    s_.superlatives.push_back(sup);
    Use(i);
    return i + 1;
  }
  if (compared && !s_.targets.empty() && zone_ == Zone::kModifier) {
    pending_ = i;
    having_aggregate_ = aggregates[0];
    Use(i);
    return i + 1;
  }
  Target t;
  t.kind = Target::kAggregates;
  t.aggregates = std::move(aggregates);
  t.mention = i;
  t.owner = owner_;
  t.distinct = distinct_;
  t.maybe_superlative = maximum;
  t.super_max = maximum && t.aggregates[0] == "max";
  distinct_ = false;
  Use(i);
  AddTarget(t);
  if (zone_ == Zone::kModifier) s_.doubt += after_and_ || of_ ? 0 : 0.2;
  while (SharesAggregate(i)) {
    i += 2;
    t.mention = i;
    Use(i);
    AddTarget(t);
  }
  return i + 1;
}

// "total debit and credit": said once of both columns.
bool SketchParser::SharesAggregate(int i) const {
  const int k = i + 2;
  const bool joined = T(i + 1) == Tag::kAnd || T(i + 1) == Tag::kComma;
  return joined && In(k) && ColumnLike(i) && ColumnLike(k) && M(k).numeric && M(k).norm != "year" && !Value(k) &&
         M(k).from <= M(i + 1).to && SameTable(i, k) && !SameColumn(i, k);
}

}  // namespace toomai::templates
