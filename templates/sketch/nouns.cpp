// A noun: wanted, or part of a condition.
#include <algorithm>

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

// A noun: wanted, or part of a condition.
int SketchParser::Name(int i) {
  if (M(i).negative || M(i).state) {
    const bool denied = negated_;
    AddLoose(i, M(i).negative || negated_ ? -1 : 1);
    negated_ = denied && M(i).negative;
    return i + 1;
  }
  if (M(i).relation >= 0 && !s_.entities.empty() && !Value(i)) {
    via_ = i;
    Use(i);
    zone_ = Zone::kModifier;
    pending_ = -1;
    after_and_ = false;
    return i + 1;
  }
  if (T(i - 1) == Tag::kOpen && In(i - 2) && Noun(i - 2) && SameColumn(i - 2, i)) {
    Use(i);  // "miles per gallon (mpg)"
    return i + 1;
  }
  if (!aggregates_.empty()) return FinishAggregate(i);
  if (Value(i) && (PreferValue(i) || ValueOfSubject(i))) return ValueAt(i);
  const bool said_of_thing = !s_.targets.empty() && question_ && T(i - 1) == Tag::kFiller &&
                             s_.targets.back().mention >= 0 && TableLike(s_.targets.back().mention) && Participle(i);
  if (M(i).boolean_like && ((zone_ == Zone::kModifier && pending_ < 0) || Noun(i + 1) || said_of_thing) &&
      !Number(SkipMore(i + 1)) && !Value(SkipMore(i + 1))) {
    AddLoose(i, negated_ || M(i).negative ? -1 : 0);
    return i + 1;
  }
  if (zone_ == Zone::kWanted) return Wanted(i);
  return Modifier(i);
}

void SketchParser::AddLoose(int i, int kind) {
  s_.loose.push_back({i, kind, or_, negated_});
  Use(i);
  negated_ = or_ = false;
}

// "which river traverses the most states": the column's name is the verb of the question.
bool SketchParser::VerbAfter(int i, int k) const {
  if (!question_ || !ColumnLike(k) || M(k).relation >= 0 || !In(k + 1) || s_.targets.size() > 0 || M(k).from != M(i).to)
    return false;
  int next = k + 1;
  const bool sounds_like = M(k).names.front().synonym && (T(next) == Tag::kIn || T(next) == Tag::kFrom);
  bool object = sounds_like || T(next) == Tag::kFiller || T(next) == Tag::kMostOf || T(next) == Tag::kLeastOf ||
                TableLike(next) || (M(next).Unknown() && M(next).soft) || Value(next);
  return object && !Value(k);
}

// "products priced at 20 or less", "events hosted by …", "students born in 2009": what is told of the rows just named.
bool SketchParser::SaidOfRows(int i) const {
  const bool doing = In(i) && M(i).norm.ends_with("ing") && (Number(i + 1) || T(i + 1) == Tag::kBetween);
  const bool behind = In(i) && (Participle(i) || doing) && In(i - 1) && TableLike(i - 1) && M(i).from == M(i - 1).to;
  const Tag next = T(i + 1);
  return behind &&
         (next == Tag::kBy || next == Tag::kIn || next == Tag::kFrom || next == Tag::kTo || next == Tag::kFor ||
          next == Tag::kWith || next == Tag::kCompare || next == Tag::kCompareAdjective || next == Tag::kBetween ||
          Number(i + 1) || Value(i + 1) || (In(i + 1) && M(i + 1).is_date));
}

// "total price of all bookings", where a column is called so: of many rows it is their total.
bool SketchParser::TotalOfAll(int i) const {
  const int rows = Skip(i + 2);
  return M(i).norm.starts_with("total ") && M(i).numeric && T(i + 1) == Tag::kOf && TableLike(rows) &&
         M(rows).norm.ends_with('s') && s_.targets.empty() && s_.groups.empty();
}

int SketchParser::Wanted(int i) {
  const bool verb_of_subject = question_ && Participle(i) && TableLike(i) && s_.targets.size() == 1 &&
                               s_.targets[0].mention >= 0 && s_.targets[0].mention == i - 1 && TableLike(i - 1);
  if (verb_of_subject) {  // "which customers ordered in 2023"
    zone_ = Zone::kModifier;
    return Modifier(i);
  }
  if (Compound(i)) {
    Use(i);
    return i + 1;
  }
  // "French customers", "depot name": an entity directly before its column is its owner.
  int k = i + 1;
  if (TableLike(i)) {
    if (In(k) && T(k) == Tag::kPossessive) {
      int e = AddEntity(i);
      owner_ = e;
      return k + 1;
    }
    bool verb = VerbAfter(i, k);
    const bool told = SaidOfRows(k);
    if (!verb && !told && ColumnLike(k) && !SentenceBreak(i, k) && M(k).BestTable() < 0.9f && !Value(k)) {
      owner_ = AddEntity(i);
      return k;
    }
    if (verb) Use(k++);
    Target t;
    t.kind = Target::kThing;
    t.mention = i;
    t.distinct = distinct_;
    t.everything = everything_;
    everything_ = false;
    int e = AddEntity(i);
    s_.entities[static_cast<std::size_t>(e)].target = true;
    t.owner = e;
    distinct_ = false;
    AddTarget(t);
    last_target_ = static_cast<int>(s_.targets.size()) - 1;
    which_ = false;
    if (verb || told) {
      zone_ = Zone::kModifier;
      preposition_ = Tag::kNone;
    }
    return k;
  }
  // "population density", "capital city": side by side, one thing; the measure that comes last, or the column before
  // its kind.
  if (In(k) && M(k).from == M(i).to && M(k).tag == Tag::kNone && M(i).BestColumn() > 0.97f && !M(k).boolean_like) {
    bool name_of = !M(i).numeric && (M(k).norm == "name" || M(k).norm == "names");
    if (name_of && ColumnLike(k)) Use(k);  // "government form name" is the government form
    if (!name_of && ColumnLike(k) && M(k).BestColumn() > 0.97f && SameTable(i, k) && !Value(k)) {
      Use(i);
      return k;
    }
    if (TableLike(k) && !Value(k)) Use(k);
  }
  // "country France", "airport 'AKO'": a column followed by a value of it is a condition.
  if (Value(k) && !M(k).names.size() && !s_.targets.empty() && T(i - 1) != Tag::kComma && T(i - 1) != Tag::kAnd) {
    pending_ = i;
    zone_ = Zone::kModifier;
    return k;
  }
  Target t;
  t.mention = i;
  t.distinct = distinct_;
  t.owner = owner_;
  if (TotalOfAll(i)) {
    t.kind = Target::kAggregates;
    t.aggregates = {"sum"};
  }
  distinct_ = false;
  Use(i);
  AddTarget(t);
  last_target_ = static_cast<int>(s_.targets.size()) - 1;
  which_ = false;
  return In(k) && used_[static_cast<std::size_t>(k)] ? k + 1 : k;
}

int SketchParser::Modifier(int i) {
  if (Compound(i)) {
    Use(i);
    return i + 1;
  }
  if (TableLike(i)) {
    int k = i + 1;
    if (In(k) && T(k) == Tag::kPossessive) {
      AddEntity(i);
      return k + 1;
    }
    // "city Kabul", "country France": the noun says what the value is.
    if (Value(k) && !(M(k).Names() && !PreferValue(k)) && !M(k).is_number) {
      hint_ = i;
      Use(i);
      return k;
    }
    if (negated_ && In(k) && (T(k) == Tag::kHave || T(k) == Tag::kWith || T(k) == Tag::kThat) && SaidBefore(i)) {
      Use(i);  // "except depots that have …": the negation is about what follows
      zone_ = Zone::kModifier;
      return k + 1;
    }
    const bool of_denied_value = negated_keep_ && !negated_ && last_value_ == i - 1 && !SaidBefore(i);
    if (of_denied_value) {
      Use(i);  // "without any cancelled order": the noun is not asked for besides
      return k;
    }
    int e = AddEntity(i);
    EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
    use.negated = negated_;
    use.or_previous = or_;
    if (of_ && !s_.targets.empty()) use.owner_of_target = true;
    for (Target& t : s_.targets) {
      if (t.owner < 0 && (!t.explicit_list || of_) && t.kind != Target::kCount) t.owner = e;
    }
    negated_ = false;
    of_ = false;
    or_ = false;
    return k;
  }
  // A column. What follows decides.
  int k = SkipMore(i + 1);
  bool condition =
      In(k) && (T(k) == Tag::kCompare || T(k) == Tag::kCompareAdjective || T(k) == Tag::kBetween ||
                T(k) == Tag::kStarts || T(k) == Tag::kEnds || T(k) == Tag::kContains || T(k) == Tag::kNull ||
                T(k) == Tag::kNotNull || Value(k) || Number(k) || M(k).is_date || (T(k) == Tag::kNot && !negated_) ||
                T(k) == Tag::kEither || T(k) == Tag::kBoth || IsSuper(T(k)) || IsAggregate(T(k)));
  int behind = i + 1;
  while (In(behind) &&
         (T(behind) == Tag::kBy || T(behind) == Tag::kIn || T(behind) == Tag::kFor || T(behind) == Tag::kFiller))
    ++behind;
  condition |= T(i + 1) == Tag::kBy && Value(behind) && !(Noun(behind) && !PreferValue(behind));
  condition |= behind > i + 1 && M(i).numeric && In(behind) &&
               (M(behind).is_date || (Number(behind) && M(behind).number >= 1900));
  if (M(i).reference && (!condition || T(i + 1) == Tag::kOf) && !s_.targets.empty() && !after_and_ &&
      (preposition_ == Tag::kOf || preposition_ == Tag::kIn) && s_.entities.empty()) {
    int e = AddEntity(i);
    s_.entities[static_cast<std::size_t>(e)].reference = true;
    for (Target& t : s_.targets) t.owner = t.owner < 0 ? e : t.owner;
    of_ = false;
    return i + 1;
  }
  if (condition) {
    pending_ = i;
    if (whose_ >= 0 && M(i).norm == "name") pending_ = whose_;
    whose_ = -1;
    Use(i);
    return i + 1;
  }
  if (how_much_ >= 0 && !how_much_done_ && !condition) {
    how_much_done_ = true;
    Target t;
    t.mention = i;
    t.owner = last_entity_;
    std::erase_if(s_.targets, [](const Target& old) { return old.kind == Target::kThing && old.mention >= 0; });
    Use(i);
    AddTarget(t);
    return i + 1;
  }
  if (of_ && preposition_ == Tag::kOf && !s_.targets.empty() && !condition && M(i).BestColumn() < 0.9f && !after_and_) {
    for (Target& t : s_.targets) {
      if (t.qualifier < 0) t.qualifier = i;
    }
    Use(i);
    of_ = false;
    return i + 1;
  }
  int before = i - 1;
  while (In(before) && (T(before) == Tag::kFiller || T(before) == Tag::kTheir)) --before;
  bool joined = T(before) == Tag::kAnd || T(before) == Tag::kComma;
  if (joined && after_and_ && !s_.targets.empty() && preposition_ != Tag::kWhose && !negated_) {
    // "… and their ages": back to what is wanted.
    Target t;
    t.mention = i;
    t.distinct = distinct_;
    distinct_ = false;
    Use(i);
    AddTarget(t);
    s_.doubt += 0.3;
    return i + 1;
  }
  if (s_.targets.empty()) {
    zone_ = Zone::kWanted;
    return Wanted(i);
  }
  Tag before_tag = T(before);
  bool nothing = negated_ || before_tag == Tag::kWithout || M(i).negative;
  if (M(i).extreme != 0 && !nothing) {
    AddExtreme(i, last_entity_);  // "states with the lowest point"
    return i + 1;
  }
  bool something = before_tag == Tag::kHave || (before_tag == Tag::kBe && M(i).BestColumn() < 0.9f);
  bool ends = !In(i + 1) || T(i + 1) == Tag::kStop || T(i + 1) == Tag::kAnd || T(i + 1) == Tag::kComma ||
              (T(i + 1) == Tag::kThat && M(i + 1).to == M(i + 1).from) || T(i + 1) == Tag::kBy ||
              T(i + 1) == Tag::kOr || T(i + 1) == Tag::kNot || T(i + 1) == Tag::kNeither || Noun(i + 1) ||
              M(i + 1).Unknown();
  if (ends && (nothing || something)) {
    AddLoose(i, nothing ? -1 : 1);
    negated_ = both_or_ > 0 && T(i + 1) == Tag::kOr;  // "without a phone number or an e-mail address"
    return i + 1;
  }
  pending_ = i;
  loose_.push_back(i);
  return i + 1;
}

int SketchParser::Possessive(int i) {
  // A target that turns out to be an owner: "customers' names" after the mark was lost is handled in Wanted().
  if (!s_.targets.empty() && s_.targets.back().kind == Target::kThing && s_.targets.back().mention == i - 1 &&
      Noun(i + 1)) {
    int owner = s_.targets.back().owner;
    s_.targets.pop_back();
    owner_ = owner;
    zone_ = Zone::kWanted;
  }
  return i + 1;
}

}  // namespace toomai::templates
