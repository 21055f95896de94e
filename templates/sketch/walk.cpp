// One step of the walk over the mentions: each tag has its handler.
#include <algorithm>

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

void SketchParser::Use(int i) {
  if (In(i)) used_[static_cast<std::size_t>(i)] = true;
}

int SketchParser::AddEntity(int mention) {
  EntityUse e;
  e.mention = mention;
  e.after = last_entity_;
  e.part = part_;
  e.via = via_;
  via_ = -1;
  s_.entities.push_back(e);
  last_entity_ = static_cast<int>(s_.entities.size()) - 1;
  Use(mention);
  return last_entity_;
}

void SketchParser::AddCondition(Condition c) {
  c.part = part_;
  s_.conditions.push_back(std::move(c));
}

void SketchParser::AddTarget(Target t) {
  t.explicit_list = sentence_ > 0 && !s_.targets.empty();
  t.part = part_;
  s_.targets.push_back(std::move(t));
}

// "the total population by country", "orders by status": one row for each, where "by" ends the phrase with a noun
// alone. Rows by several doers ("songs by artists") and rows by a number ("employees by salary") are rows still.
bool SketchParser::GroupsBy(int i) const {
  const int k = Skip(i + 1);
  if (s_.targets.empty() || !s_.groups.empty() || !s_.superlatives.empty() || !s_.orders.empty() || s_.limit > 0)
    return false;
  const Target& last = s_.targets.back();
  const bool doers = TableLike(k) && M(k).norm.ends_with('s') && !M(k).norm.ends_with("ss");
  const bool rows = last.kind == Target::kThing && last.mention == i - 1;
  const bool after_noun = In(i - 1) && (Noun(i - 1) || Value(i - 1));
  const bool listed = rows && (T(0) == Tag::kList || sentence_ > 0) && TableLike(i - 1);
  const bool ranked = rows && In(k) && M(k).numeric;
  const bool alone = !In(k + 1) || T(k + 1) == Tag::kStop || T(k + 1) == Tag::kComma || T(k + 1) == Tag::kAnd ||
                     T(k + 1) == Tag::kOrder || T(k + 1) == Tag::kAscending || T(k + 1) == Tag::kDescending ||
                     T(k + 1) == Tag::kIn || T(k + 1) == Tag::kFor || T(k + 1) == Tag::kCompare || M(k + 1).is_date ||
                     (T(k + 1) == Tag::kOf && !Value(k));
  return (rows || last.kind != Target::kThing) && !listed && !ranked && after_noun && alone && Noun(k) && !Value(k) &&
         !doers;
}

// The bucket that an unexplained "year", "months" stands for; 0: none.
int SketchParser::PeriodUnit(int i) const {
  if (!In(i) || !M(i).names.empty() || !M(i).values.empty() || M(i).is_date) return 0;
  static constexpr std::pair<std::string_view, int> kUnits[] = {{"day", 1},     {"month", 2}, {"year", 3},
                                                                {"quarter", 4}, {"week", 5},  {"date", 1}};
  std::string_view word = M(i).norm;
  if (word.ends_with('s')) word.remove_suffix(1);
  for (auto [unit, id] : kUnits) {
    if (word == unit) return id;
  }
  return 0;
}

// "in which years did we have more than 30 orders"
int SketchParser::AskPeriod(int i, int unit) {
  GroupKey key;
  key.bucket = true;
  key.unit = unit;
  s_.groups.push_back(key);
  s_.asks_period = true;
  Use(i);
  zone_ = Zone::kModifier;
  pending_ = -1;
  return i + 1;
}

int SketchParser::Step(int i) {
  const Mention& m = M(i);
  if (m.tag == Tag::kBy && s_.limit > 0 && top_at_ >= 0 && s_.superlatives.empty() && !s_.targets.empty())
    return TopBy(i);
  if (m.tag == Tag::kBy && order_pending_) {
    order_pending_ = false;
    return Order(i);
  }
  if (m.tag == Tag::kBy && GroupsBy(i)) return Each(i);
  const bool per = s_.ratio && m.tag == Tag::kEach && m.norm == "per" && Noun(Skip(i + 1));  // "population per area"
  bool divides = per || m.tag == Tag::kTo || m.norm == "over" || m.norm == "compared to" || m.norm == "divided by" ||
                 (m.tag == Tag::kAnd && s_.ratio_at >= 0 &&
                  (s_.difference || M(s_.ratio_at).norm.find("between") != std::string::npos));
  if (part_ == 1 && (s_.ratio || s_.difference) && !s_.targets.empty() && divides) {
    part_ = 2;
    zone_ = Zone::kWanted;
    preposition_ = Tag::kNone;
    pending_ = -1;
    owner_ = -1;
    after_and_ = false;
    last_entity_ = -1;
    of_ = false;
    return i + 1;
  }
  const bool asked = std::any_of(s_.targets.begin(), s_.targets.end(), [](const Target& t) { return t.part > 0; });
  if (part_ > 0 && asked && (m.tag == Tag::kEach || m.tag == Tag::kStop)) part_ = 0;
  if (Noun(i)) return Name(i);
  switch (m.tag) {
    case Tag::kFiller:
    case Tag::kOpen:
    case Tag::kClose:
    case Tag::kAny:
      return i + 1;
    case Tag::kThan:
      s_.compared |= m.norm.starts_with("compare") || m.norm == "versus" || m.norm == "vs" || m.norm == "relative to";
      return i + 1;
    case Tag::kDo:
      if (!s_.targets.empty() && zone_ == Zone::kWanted && T(i - 1) != Tag::kComma) {
        zone_ = Zone::kModifier;  // "which country does … belong to"
        preposition_ = Tag::kNone;
      }
      return i + 1;
    case Tag::kTheir:
      return SameAs(i);
    case Tag::kStop:
      ++sentence_;
      zone_ = Zone::kWanted;
      pending_ = -1;
      negated_ = false;
      aggregates_.clear();
      distinct_ = false;
      after_and_ = false;
      return i + 1;
    case Tag::kList:
      if (AtStart(i)) {
        zone_ = Zone::kWanted;
        pending_ = -1;
      }
      return i + 1;
    case Tag::kWhich:
      if (const int unit = PeriodUnit(i + 1); unit > 0 && s_.groups.empty()) return AskPeriod(i + 1, unit);
      if (AtStart(i) || s_.targets.empty() || T(i - 1) == Tag::kComma) {
        zone_ = Zone::kWanted;
        which_ = question_ = true;
      } else {
        zone_ = Zone::kModifier;
      }
      pending_ = -1;
      return i + 1;
    case Tag::kAsksPeriod:
      return AskPeriod(i, m.arg);
    case Tag::kWhen:
    case Tag::kWhere:
      if (AtStart(i))
        wants_ = m.tag;
      else
        zone_ = Zone::kModifier;
      return i + 1;
    case Tag::kHowMany:
    case Tag::kCount:
      return Count(i);
    case Tag::kTotal:
      s_.total = true;
      return i + 1;
    case Tag::kEverything:
      everything_ = true;
      Use(i);
      return i + 1;
    case Tag::kHowMuch:
      how_much_ = i;
      zone_ = Zone::kWanted;
      return i + 1;
    case Tag::kAverage:
    case Tag::kSum:
    case Tag::kMax:
    case Tag::kMin:
      return Aggregate(i);
    case Tag::kSuperMax:
    case Tag::kSuperMin:
      return Super(i);
    case Tag::kMostOf:
    case Tag::kLeastOf:
      return Most(i);
    case Tag::kCommon:
      return Common(i);
    case Tag::kTop:
    case Tag::kBottom:
      return Top(i);
    case Tag::kCompare:
    case Tag::kCompareAdjective:
      return Compare(i);
    case Tag::kBetween:
      return Between(i);
    case Tag::kStarts:
    case Tag::kEnds:
    case Tag::kContains:
      return Pattern(i);
    case Tag::kNull:
    case Tag::kNotNull:
      return Null(i);
    case Tag::kNot:
    case Tag::kWithout:
    case Tag::kExcept:
    case Tag::kNeither:
      negated_ = true;
      if (m.tag == Tag::kNeither) both_or_ = 1;
      if (m.tag != Tag::kNot || zone_ == Zone::kWanted) zone_ = Zone::kModifier;
      return i + 1;
    case Tag::kBut:
      zone_ = Zone::kModifier;
      pending_ = -1;
      negated_ = false;
      return i + 1;
    case Tag::kAnd:
      return And(i);
    case Tag::kComma:
      return Comma(i);
    case Tag::kOr:
      or_ = true;
      return i + 1;
    case Tag::kBoth:
      both_ = true;
      s_.both = true;
      return i + 1;
    case Tag::kEither:
      return i + 1;
    case Tag::kEach:
      return Each(i);
    case Tag::kOrder:
    case Tag::kAscending:
    case Tag::kDescending:
      return Order(i);
    case Tag::kDistinct:
      distinct_ = true;
      return i + 1;
    case Tag::kThat:
    case Tag::kWhose:
    case Tag::kWith:
    case Tag::kIn:
    case Tag::kFrom:
    case Tag::kTo:
    case Tag::kBy:
    case Tag::kFor:
    case Tag::kHave:
      zone_ = Zone::kModifier;
      if (m.tag == Tag::kThat || m.tag == Tag::kWhose || m.tag == Tag::kWith) {
        bool adjacent = pending_ >= 0 && pending_ == i - 1;
        whose_ = m.tag == Tag::kWhose && adjacent ? pending_ : -1;
        if (!(m.tag == Tag::kThat && adjacent)) pending_ = -1;
        if (m.tag != Tag::kThat) negated_ = false;
      }
      preposition_ = m.tag;
      after_and_ = false;
      return i + 1;
    case Tag::kOf:
      if (!s_.targets.empty() || !aggregates_.empty()) zone_ = Zone::kModifier;
      if (m.to == m.from) after_and_ = false;  // put in by the order of Chinese and Japanese words
      of_ = true;
      preposition_ = Tag::kOf;
      return i + 1;
    case Tag::kBe:
      if (!s_.targets.empty()) zone_ = Zone::kModifier;
      return i + 1;
    case Tag::kExist:
      return i + 1;
    case Tag::kPossessive:
      return Possessive(i);
    case Tag::kOnly:
      return Only(i);
    case Tag::kBucket: {
      GroupKey g;
      g.bucket = true;
      g.unit = m.arg;
      g.puts_together = true;
      s_.groups.push_back(g);
      Use(i);
      return i + 1;
    }
    case Tag::kRatio:
      s_.ratio = true;
      s_.ratio_at = i;
      Use(i);
      part_ = 1;
      zone_ = Zone::kWanted;
      std::erase_if(s_.targets, [](const Target&) { return false; });
      return i + 1;
    case Tag::kPercent:
    case Tag::kShare:
      s_.percent = true;
      s_.ratio_at = i;
      Use(i);
      part_ = 1;
      zone_ = Zone::kWanted;
      return i + 1;
    case Tag::kDifference:
      s_.difference = true;
      s_.ratio_at = i;
      Use(i);
      part_ = 1;
      zone_ = Zone::kWanted;
      return i + 1;
    case Tag::kCumulative:
      s_.cumulative = true;
      Use(i);
      return i + 1;
    case Tag::kTies:
      s_.ties = true;
      Use(i);
      if (m.norm.find("shar") != std::string::npos) {  // "that share the highest price"
        zone_ = Zone::kModifier;
        preposition_ = Tag::kWith;
        pending_ = -1;
      }
      return i + 1;
    case Tag::kVersus:
      s_.compared = true;
      Use(i);
      return i + 1;
    default:
      break;
  }
  if (M(i).is_date) return DateAt(i);
  if (Value(i) && !aggregates_.empty() && s_.targets.empty() && EndsPhrase(i + 1)) return MeasureOf(i);
  if (Value(i)) return ValueAt(i);
  if (Number(i)) return NumberAt(i);
  bool verb = question_ && zone_ == Zone::kWanted && s_.targets.size() == 1 && In(i - 1) && Noun(i - 1) &&
              s_.targets[0].mention == i - 1;
  if (verb) zone_ = Zone::kModifier;  // "which supplier got the biggest order"
  return i + 1;                       // unknown
}

// No noun follows that an adjective could belong to.
bool SketchParser::EndsPhrase(int i) const {
  return !In(i) || (!Noun(i) && !Value(i) && !Number(i) && (!M(i).Unknown() || M(i).soft || Participle(i)));
}

// "average temperature at Harbor", where readings say what they measure: their number, of those rows.
int SketchParser::MeasureOf(int i) {
  Target t;
  t.kind = Target::kAggregates;
  t.aggregates = std::move(aggregates_);
  aggregates_.clear();
  t.mention = i;
  AddTarget(t);
  const int next = ValueAt(i);
  zone_ = Zone::kModifier;
  return next;
}

void SketchParser::Finish() {
  if (how_much_ >= 0 && !how_much_done_) {
    // "how tall is X": the measure of the thing asked about.
    bool column = false;
    for (const Target& t : s_.targets) column |= t.kind != Target::kThing || (t.mention >= 0 && ColumnLike(t.mention));
    if (!column) {
      Target t;
      t.concept_id = M(how_much_).arg;
      t.owner = s_.targets.empty() ? last_entity_ : s_.targets[0].owner;
      std::erase_if(s_.targets, [](const Target& old) { return old.kind == Target::kThing; });
      s_.targets.push_back(t);
    }
  }
  bool alone = s_.targets.size() == 1 && s_.groups.empty() && s_.superlatives.empty() && s_.orders.empty();
  if (alone && s_.targets[0].kind == Target::kThing && s_.targets[0].mention >= 0 &&
      M(s_.targets[0].mention).extreme != 0 && !M(s_.targets[0].mention).norm.ends_with('s'))
    AddExtreme(s_.targets[0].mention, s_.targets[0].owner);  // "what is the highest bid of the month"
  // A top-n without a key orders by what stands beside it.
  for (int i = 0; i < n_; ++i) {
    const std::string& word = M(i).norm;
    const bool first = word == "who" && AtStart(i);
    s_.asks_who |= first || word == "谁" || word == "誰" || word == "だれ" || word == "どなた";
  }
  s_.where_question = wants_ == Tag::kWhere;
  s_.when_question = wants_ == Tag::kWhen;
  s_.distinct |= distinct_;
  if (s_.limit > 0 && s_.superlatives.empty() && s_.orders.empty() && top_at_ >= 0 && !top_descending_) s_.doubt += 0.2;
  for (int i = 0; i < n_; ++i) {
    if (used_[static_cast<std::size_t>(i)]) continue;
    const Mention& m = M(i);
    bool content = m.Names() || !m.values.empty() || m.is_number || m.quoted;
    if ((content && m.tag != Tag::kFiller) || m.tag == Tag::kOnly) s_.unused.push_back(i);
  }
}

}  // namespace toomai::templates
