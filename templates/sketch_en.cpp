// English word order: what is wanted first, then what must hold; a second sentence may name the columns.
#include <algorithm>

#include "templates/sketch.h"

namespace toomai::templates {
namespace {

enum class Zone { kWanted, kModifier };

class Parser {
 public:
  explicit Parser(const std::vector<Mention>& mentions) : m_(mentions), n_(static_cast<int>(mentions.size())) {
    used_.assign(mentions.size(), false);
  }

  Sketch Run() {
    int i = 0;
    while (i < n_) {
      int before = i;
      i = Step(i);
      if (i <= before) i = before + 1;
    }
    Finish();
    return std::move(s_);
  }

 private:
  Tag T(int i) const { return i >= 0 && i < n_ ? m_[static_cast<std::size_t>(i)].tag : Tag::kStop; }
  const Mention& M(int i) const { return m_[static_cast<std::size_t>(i)]; }
  bool In(int i) const { return i >= 0 && i < n_; }
  bool Noun(int i) const { return In(i) && M(i).Names() && !Functional(i); }
  bool Value(int i) const { return In(i) && !M(i).is_number && (!M(i).values.empty() || M(i).quoted); }
  bool Number(int i) const { return In(i) && M(i).is_number; }
  bool TableLike(int i) const {
    if (!Noun(i)) return false;
    float t = M(i).BestTable(), c = M(i).BestColumn();
    return t > 0 && t >= c - 0.001f;
  }
  bool ColumnLike(int i) const { return Noun(i) && !TableLike(i); }
  // A word that has a grammatical job as well as a name counts as a name only where the job makes no sense.
  bool Functional(int i) const {
    switch (M(i).tag) {
      case Tag::kNone:
        return false;
      case Tag::kList:
        return AtStart(i);
      case Tag::kAverage:
      case Tag::kSum:
      case Tag::kMax:
      case Tag::kMin:
      case Tag::kSuperMax:
      case Tag::kSuperMin:
      case Tag::kCount:
      case Tag::kCommon:
      case Tag::kPercent:
      case Tag::kRatio:
      case Tag::kDifference:
      case Tag::kShare: {
        // "highest" as a column only when no noun follows.
        int k = Skip(i + 1);
        bool noun_follows =
            In(k) && (M(k).Names() || T(k) == Tag::kOf || T(k) == Tag::kCount || T(k) == Tag::kAnd ||
                      T(k) == Tag::kComma || T(k) == Tag::kAverage || T(k) == Tag::kMax || T(k) == Tag::kMin);
        return noun_follows || M(i).BestColumn() < 0.9f;
      }
      case Tag::kOrder:
        if (M(i).BestTable() > 0.85f && T(i + 1) != Tag::kBy && T(i + 1) != Tag::kAscending &&
            T(i + 1) != Tag::kDescending && M(i).to == M(i).from + 1)
          return false;
        return M(i).BestColumn() < 0.98f || !M(i).Names();
      case Tag::kContains:
      case Tag::kFrom:
      case Tag::kTo:
        return M(i).BestColumn() < 0.98f || !M(i).Names();
      default:
        return true;
    }
  }
  bool AtStart(int i) const {
    for (int k = i - 1; k >= 0; --k) {
      if (T(k) == Tag::kFiller) continue;
      if (T(k) == Tag::kStop || T(k) == Tag::kComma) return true;
      return T(k) == Tag::kAnd && !M(i).Names();
    }
    return true;
  }
  int Skip(int i) const {
    while (In(i) && (T(i) == Tag::kFiller || T(i) == Tag::kTheir)) ++i;
    return i;
  }
  int SkipMore(int i) const {  // also over little words that may stand between an operator and its operand
    while (In(i) && (T(i) == Tag::kFiller || T(i) == Tag::kTheir || T(i) == Tag::kThan || T(i) == Tag::kOf ||
                     T(i) == Tag::kBe || (M(i).Unknown() && M(i).soft))) {
      ++i;
    }
    return i;
  }
  void Use(int i) {
    if (In(i)) used_[static_cast<std::size_t>(i)] = true;
  }

  static std::string AggregateOf(Tag tag) {
    switch (tag) {
      case Tag::kAverage:
        return "avg";
      case Tag::kSum:
        return "sum";
      case Tag::kMax:
      case Tag::kSuperMax:
        return "max";
      case Tag::kMin:
      case Tag::kSuperMin:
        return "min";
      default:
        return "";
    }
  }
  static bool IsAggregate(Tag t) { return t == Tag::kAverage || t == Tag::kSum || t == Tag::kMax || t == Tag::kMin; }
  static bool IsSuper(Tag t) { return t == Tag::kSuperMax || t == Tag::kSuperMin; }

  int AddEntity(int mention) {
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

  void AddCondition(Condition c) {
    c.part = part_;
    s_.conditions.push_back(std::move(c));
  }

  void AddTarget(Target t) {
    t.explicit_list = sentence_ > 0 && !s_.targets.empty();
    t.part = part_;
    s_.targets.push_back(std::move(t));
  }

  // ---- the walk ----
  // "top 10 customers by sales", "… by number of orders"
  int TopBy(int i) {
    int k = Skip(i + 1);
    Superlative sup;
    sup.descending = top_descending_;
    sup.n = s_.limit;
    sup.at = i;
    if (In(k) && IsAggregate(T(k))) {
      sup.aggregate = AggregateOf(T(k));
      Use(k);
      k = Skip(k + 1);
    }
    if (In(k) && T(k) == Tag::kCount) {
      k = Skip(k + 1);
      if (Noun(k)) return CountSuperlative(i, k, top_descending_, s_.limit);
    }
    if (!ColumnLike(k)) return i + 1;
    sup.column = k;
    Use(k);
    s_.by_measure = true;
    s_.superlatives.push_back(sup);
    return k + 1;
  }

  int Step(int i) {
    const Mention& m = M(i);
    if (m.tag == Tag::kBy && s_.limit > 0 && top_at_ >= 0 && s_.superlatives.empty() && !s_.targets.empty())
      return TopBy(i);
    bool divides = m.tag == Tag::kTo || m.norm == "over" || m.norm == "compared to" || m.norm == "divided by" ||
                   (m.tag == Tag::kAnd && s_.ratio_at >= 0 && M(s_.ratio_at).norm.find("between") != std::string::npos);
    if (part_ == 1 && s_.ratio && !s_.targets.empty() && divides) {
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
    if (part_ > 0 && (m.tag == Tag::kEach || m.tag == Tag::kStop)) part_ = 0;
    if (Noun(i)) return Name(i);
    switch (m.tag) {
      case Tag::kFiller:
      case Tag::kOpen:
      case Tag::kClose:
      case Tag::kThan:
      case Tag::kDo:
      case Tag::kAny:
        return i + 1;
      case Tag::kTheir:
        return i + 1;
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
        if (AtStart(i) || s_.targets.empty() || T(i - 1) == Tag::kComma) {
          zone_ = Zone::kWanted;
          which_ = true;
        } else {
          zone_ = Zone::kModifier;
        }
        pending_ = -1;
        return i + 1;
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
        Use(i);
        return i + 1;
      default:
        break;
    }
    if (M(i).is_date) return DateAt(i);
    if (Value(i)) return ValueAt(i);
    if (Number(i)) return NumberAt(i);
    return i + 1;  // unknown
  }

  // A noun: wanted, or part of a condition.
  int Name(int i) {
    if (M(i).negative || M(i).state) {
      s_.loose.push_back(i);
      s_.loose_kind.push_back(M(i).negative || negated_ ? -1 : 1);
      negated_ = negated_ && M(i).negative;
      Use(i);
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
    if (!aggregates_.empty()) return FinishAggregate(i);
    if (Value(i) && PreferValue(i)) return ValueAt(i);
    if (M(i).boolean_like && ((zone_ == Zone::kModifier && pending_ < 0) || Noun(i + 1)) && !Number(SkipMore(i + 1)) &&
        !Value(SkipMore(i + 1))) {
      s_.loose.push_back(i);
      s_.loose_kind.push_back(negated_ || M(i).negative ? -1 : 0);
      Use(i);
      negated_ = false;
      loose_negated_ = negated_;
      if (negated_) s_.doubt += 0.3;
      return i + 1;
    }
    if (zone_ == Zone::kWanted) return Wanted(i);
    return Modifier(i);
  }

  // "volvo" names a value, "country" names a column though some row says 'country'.
  bool PreferValue(int i) const {
    const Mention& m = M(i);
    float names = std::max(m.BestTable(), m.BestColumn());
    if (m.quoted) return !m.values.empty();
    return m.capital ? names < 0.99f : names < 0.8f;
  }

  int Wanted(int i) {
    if (Compound(i)) {
      Use(i);
      return i + 1;
    }
    // "French singers", "stadium name": an entity directly before its column is its owner.
    int k = i + 1;
    if (TableLike(i)) {
      if (In(k) && T(k) == Tag::kPossessive) {
        int e = AddEntity(i);
        owner_ = e;
        return k + 1;
      }
      if (ColumnLike(k) && !SentenceBreak(i, k) && M(k).BestTable() < 0.9f && !Value(k)) {
        owner_ = AddEntity(i);
        return k;
      }
      Target t;
      t.kind = Target::kThing;
      t.mention = i;
      t.distinct = distinct_;
      int e = AddEntity(i);
      s_.entities[static_cast<std::size_t>(e)].target = true;
      t.owner = e;
      distinct_ = false;
      AddTarget(t);
      last_target_ = static_cast<int>(s_.targets.size()) - 1;
      which_ = false;
      return k;
    }
    // "population density", "capital city": side by side, one thing; the measure that comes last, or the column before
    // its kind.
    if (In(k) && M(k).from == M(i).to && M(k).tag == Tag::kNone && M(i).BestColumn() > 0.97f && !M(k).boolean_like) {
      if (ColumnLike(k) && M(k).BestColumn() > 0.97f && SameTable(i, k) && !Value(k)) {
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
    distinct_ = false;
    Use(i);
    AddTarget(t);
    last_target_ = static_cast<int>(s_.targets.size()) - 1;
    which_ = false;
    return In(k) && used_[static_cast<std::size_t>(k)] ? k + 1 : k;
  }

  bool SameTable(int a, int b) const {
    for (const auto& x : M(a).names) {
      for (const auto& y : M(b).names) {
        if (x.table == y.table && x.column >= 0 && y.column >= 0 && x.score > 0.97f && y.score > 0.97f) return true;
      }
    }
    return false;
  }

  // "car models": two tables side by side; the first only describes the second.
  bool Compound(int i) const {
    return TableLike(i) && In(i + 1) && TableLike(i + 1) && M(i + 1).from == M(i).to && M(i).tag == Tag::kNone &&
           !Value(i + 1);
  }

  bool SentenceBreak(int a, int b) const {
    for (int k = a + 1; k < b; ++k) {
      if (T(k) == Tag::kStop || T(k) == Tag::kComma || T(k) == Tag::kAnd) return true;
    }
    return false;
  }

  // The same table was named earlier.
  bool SaidBefore(int i) const {
    for (const EntityUse& e : s_.entities) {
      const Mention& other = M(e.mention);
      if (!other.names.empty() && !M(i).names.empty() && other.names[0].table == M(i).names[0].table) return true;
    }
    return false;
  }

  int Modifier(int i) {
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
        Use(i);  // "except stadiums that have …": the negation is about what follows
        zone_ = Zone::kModifier;
        return k + 1;
      }
      int e = AddEntity(i);
      EntityUse& use = s_.entities[static_cast<std::size_t>(e)];
      use.negated = negated_;
      use.or_previous = or_;
      if (of_ && !s_.targets.empty()) use.owner_of_target = true;
      for (Target& t : s_.targets) {
        if (t.owner < 0 && !t.explicit_list && t.kind != Target::kCount) t.owner = e;
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
                  T(k) == Tag::kNotNull || Value(k) || Number(k) || M(k).is_date || T(k) == Tag::kNot ||
                  T(k) == Tag::kEither || T(k) == Tag::kBoth || IsSuper(T(k)) || IsAggregate(T(k)));
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
    if (of_ && preposition_ == Tag::kOf && !s_.targets.empty() && !condition && M(i).BestColumn() < 0.9f &&
        !after_and_) {
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
    bool something = before_tag == Tag::kHave || (before_tag == Tag::kBe && M(i).BestColumn() < 0.9f);
    bool ends = !In(i + 1) || T(i + 1) == Tag::kStop || T(i + 1) == Tag::kAnd || T(i + 1) == Tag::kComma ||
                T(i + 1) == Tag::kBy || Noun(i + 1) || M(i + 1).Unknown();
    if (ends && (nothing || something)) {
      s_.loose.push_back(i);
      s_.loose_kind.push_back(nothing ? -1 : 1);
      Use(i);
      negated_ = false;
      return i + 1;
    }
    pending_ = i;
    loose_.push_back(i);
    return i + 1;
  }

  int Count(int i) {
    Use(i);
    int k = Skip(i + 1);
    bool distinct = false;
    while (In(k) && (T(k) == Tag::kDistinct || T(k) == Tag::kFiller || T(k) == Tag::kOf)) {
      distinct |= T(k) == Tag::kDistinct;
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
    Target t;
    t.kind = Target::kCount;
    t.total = M(i).norm.find("total") != std::string::npos;
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
  bool PreferValueNoun(int) const { return true; }

  int Aggregate(int i) {
    Use(i);
    std::string a = AggregateOf(T(i));
    // After a comparison: handled there. "total number of" is a count.
    if (In(i + 1) && T(i + 1) == Tag::kCount && a == "sum") return i + 1;
    aggregates_.push_back(a);
    aggregate_is_super_ = false;
    return i + 1;
  }

  // aggregates_ wait for their column at `i`.
  int FinishAggregate(int i) {
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
    return i + 1;
  }

  int Super(int i) {
    const Mention& m = M(i);
    const bool descending = m.tag == Tag::kSuperMax;
    int k = Skip(i + 1);
    long n = 1;
    if (Number(k) && M(k).number >= 1 && M(k).number <= 1000 && In(k + 1)) {
      n = static_cast<long>(M(k).number);
      Use(k);
      k = Skip(k + 1);
    } else if (Number(i - 1) && M(i - 1).number >= 1 && M(i - 1).number <= 1000) {
      n = static_cast<long>(M(i - 1).number);
      Use(i - 1);
    } else if (top_n_ > 0) {
      n = top_n_;
    }
    top_n_ = 0;
    // "smallest and largest X": two aggregates of one column.
    if (In(k) && (T(k) == Tag::kAnd || T(k) == Tag::kComma) && In(k + 1)) {
      int q = k;
      while (In(q) && (T(q) == Tag::kAnd || T(q) == Tag::kComma || T(q) == Tag::kFiller)) ++q;
      if (In(q) && (IsSuper(T(q)) || IsAggregate(T(q)))) {
        aggregates_.push_back(AggregateOf(m.tag));
        Use(i);
        return q;
      }
    }
    if (!aggregates_.empty() && Noun(k)) {
      aggregates_.push_back(AggregateOf(m.tag));
      Use(i);
      return k;
    }
    // "highest average attendance", "largest total sales"
    std::string aggregate;
    int q = k;
    if (In(q) && IsAggregate(T(q)) && !Noun(q)) {
      aggregate = AggregateOf(T(q));
      q = Skip(q + 1);
      if (In(q) && T(q) == Tag::kCount && Noun(Skip(q + 1))) {
        Use(k);
        return CountSuperlative(i, Skip(q + 1), descending, n);
      }
    }
    if (In(q) && T(q) == Tag::kCount) {
      int noun = Skip(q + 1);
      while (In(noun) && (T(noun) == Tag::kDistinct || T(noun) == Tag::kFiller || T(noun) == Tag::kOf)) ++noun;
      if (Noun(noun)) return CountSuperlative(i, noun, descending, n);
    }
    if (!Noun(q)) {
      // "the largest", "is the oldest": about what was said before.
      int adjectives = q;
      while (In(adjectives) && (Value(adjectives) || M(adjectives).Unknown()) && adjectives < q + 3) ++adjectives;
      if (Noun(adjectives) && TableLike(adjectives)) {
        for (int v = q; v < adjectives; ++v) {
          if (Value(v)) ValueAt(v);
        }
        q = adjectives;
      } else {
        Superlative sup;
        sup.concept_id = m.arg;
        sup.descending = descending;
        sup.n = n;
        sup.owner = last_entity_;
        sup.at = i;
        // "is the largest in population", "largest by area"
        int by = q;
        if (In(by) && (T(by) == Tag::kIn || T(by) == Tag::kBy || T(by) == Tag::kOf) && ColumnLike(Skip(by + 1)) &&
            !Value(Skip(by + 1))) {
          sup.column = Skip(by + 1);
          Use(sup.column);
          s_.superlatives.push_back(sup);
          Use(i);
          return sup.column + 1;
        }
        s_.superlatives.push_back(sup);
        Use(i);
        return i + 1;
      }
    }
    Superlative sup;
    sup.concept_id = m.arg;
    sup.descending = descending;
    sup.n = n;
    sup.at = i;
    sup.aggregate = aggregate;
    Use(i);
    if (TableLike(q) && ColumnLike(q + 1) && M(q + 1).BestTable() < 0.9f && aggregate.empty() &&
        !SentenceBreak(q, q + 1) && T(q + 1) == Tag::kNone && !Value(q + 1)) {
      // "largest city population"
      owner_ = AddEntity(q);
      ++q;
    }
    if (ColumnLike(q) || !aggregate.empty()) {
      sup.column = q;
      sup.owner = last_entity_;
      Use(q);
      bool modifier = zone_ == Zone::kModifier && !s_.targets.empty() && !after_and_target_;
      bool numeric_target = zone_ == Zone::kWanted || s_.targets.empty();
      if (numeric_target && aggregate.empty()) {
        // "what is the highest price of …": an aggregate unless something else is wanted too.
        Target t;
        t.kind = Target::kAggregates;
        t.aggregates = {descending ? "max" : "min"};
        t.mention = q;
        t.owner = owner_;
        t.maybe_superlative = true;
        t.super_max = descending;
        t.concept_id = m.arg;
        AddTarget(t);
        if (n > 1) {
          s_.targets.back().kind = Target::kThing;
          sup.of_target = true;
          s_.superlatives.push_back(sup);
        }
        last_target_ = static_cast<int>(s_.targets.size()) - 1;
        return q + 1;
      }
      (void)modifier;
      s_.superlatives.push_back(sup);
      return q + 1;
    }
    // "the youngest singer", "largest state"
    bool wanted = zone_ == Zone::kWanted;
    int e = AddEntity(q);
    sup.owner = e;
    sup.of_target = wanted;
    if (wanted) {
      int next = q + 1;
      bool possessive = In(next) && T(next) == Tag::kPossessive;
      if (possessive) {
        owner_ = e;
        s_.superlatives.push_back(sup);
        return next + 1;
      }
      Target t;
      t.mention = q;
      t.owner = e;
      s_.entities[static_cast<std::size_t>(e)].target = true;
      AddTarget(t);
    } else {
      for (Target& t : s_.targets) {
        if (t.owner < 0 && !t.explicit_list && t.kind != Target::kCount) t.owner = e;
      }
      s_.entities[static_cast<std::size_t>(e)].owner_of_target = of_;
    }
    // "largest city by population"
    int by = q + 1;
    if (In(by) && (T(by) == Tag::kBy || T(by) == Tag::kIn) && ColumnLike(Skip(by + 1)) && !Value(Skip(by + 1)) &&
        M(Skip(by + 1)).BestColumn() > 0.9f) {
      sup.column = Skip(by + 1);
      Use(sup.column);
      s_.superlatives.push_back(sup);
      return sup.column + 1;
    }
    s_.superlatives.push_back(sup);
    of_ = false;
    return q + 1;
  }

  int CountSuperlative(int i, int noun, bool descending, long n) {
    Use(i);
    Use(noun);
    if (Compound(noun)) Use(++noun);
    Superlative sup;
    sup.by_count = true;
    sup.column = noun;
    sup.descending = descending;
    sup.n = n;
    sup.owner = last_entity_;
    sup.at = i;
    if (Compound(noun)) ++noun, Use(noun);
    // Adjectives before a table: "most poker players" is one mention already; "most car makers" too.
    if (via_ >= 0) {
      sup.column = via_;  // "borders the most states": the relation is what is counted
      via_ = -1;
    } else if (TableLike(noun)) {
      int owner = last_entity_;
      int e = AddEntity(noun);
      s_.entities[static_cast<std::size_t>(e)].superlative = true;
      sup.owner = owner;
    }
    s_.superlatives.push_back(sup);
    return noun + 1;
  }

  int Most(int i) {
    bool descending = T(i) == Tag::kMostOf;
    long n = 1;
    if (Number(i - 1) && M(i - 1).number >= 1 && M(i - 1).number <= 1000) {
      n = static_cast<long>(M(i - 1).number);
      Use(i - 1);
    } else if (top_n_ > 0) {
      n = top_n_;
    }
    top_n_ = 0;
    int k = Skip(i + 1);
    while (In(k) && (T(k) == Tag::kDistinct || T(k) == Tag::kFiller || T(k) == Tag::kOf || T(k) == Tag::kCount)) ++k;
    int noun = k;
    while (In(noun) && !Noun(noun) && (Value(noun) || M(noun).Unknown()) && noun < k + 3) ++noun;
    if (Noun(noun)) {
      for (int v = k; v < noun; ++v) {
        if (Value(v)) ValueAt(v);
      }
      if (ColumnLike(noun)) {
        Superlative sup;
        sup.column = noun;
        sup.descending = descending;
        sup.n = n;
        sup.owner = last_entity_;
        sup.at = i;
        sup.by_count = true;  // the resolver turns it into a plain maximum when the column is a measure
        Use(i);
        Use(noun);
        s_.superlatives.push_back(sup);
        return noun + 1;
      }
      return CountSuperlative(i, noun, descending, n);
    }
    Superlative sup;
    sup.descending = descending;
    sup.n = n;
    sup.owner = last_entity_;
    sup.by_count = true;
    sup.column = pending_;
    pending_ = -1;
    sup.at = i;
    Use(i);
    s_.superlatives.push_back(sup);
    s_.doubt += 0.5;
    return i + 1;
  }

  int Common(int i) {
    Use(i);
    int k = Skip(i + 1);
    while (In(k) && (M(k).Unknown() || T(k) == Tag::kFiller) && k < i + 3) ++k;
    Superlative sup;
    sup.descending = M(i).arg > 0;
    sup.by_count = true;
    sup.at = i;
    sup.common = Noun(k) ? k : -2;
    if (Number(i - 1) && M(i - 1).number <= 1000) {
      sup.n = static_cast<long>(M(i - 1).number);
      Use(i - 1);
    } else if (top_n_ > 0) {
      sup.n = top_n_;
      top_n_ = 0;
    }
    s_.superlatives.push_back(sup);
    if (Noun(k)) {
      if (TableLike(k) && ColumnLike(k + 1)) {
        AddEntity(k);
        ++k;
        s_.superlatives.back().common = k;
      }
      Use(k);
      if (zone_ == Zone::kWanted) {
        Target t;
        t.mention = k;
        if (TableLike(k)) {
          t.owner = AddEntity(k);
          s_.entities.back().target = true;
        }
        AddTarget(t);
      } else if (TableLike(k)) {
        AddEntity(k);
      }
      return k + 1;
    }
    return i + 1;
  }

  int Top(int i) {
    int k = Skip(i + 1);
    if (Number(k)) {
      top_n_ = static_cast<long>(std::min(M(k).number, 100000.0));
      s_.limit = top_n_;
      top_descending_ = T(i) == Tag::kTop;
      Use(i);
      Use(k);
      top_at_ = i;
      return k + 1;
    }
    if (Noun(k)) {
      s_.limit = 1;
      top_at_ = i;
      top_descending_ = T(i) == Tag::kTop;
      Use(i);
    }
    return i + 1;
  }

  // A comparison at i: finds its column and its operand.
  int Compare(int i) {
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
    bool postfix = m.norm.rfind("or ", 0) == 0 || m.norm.rfind("and ", 0) == 0;
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
    // "above age 20", "a larger accelerate than the car with …", "fewer dogs than"
    if (ColumnLike(k) && !(Value(k) && PreferValue(k)) && pending_ < 0) {
      int q = SkipMore(k + 1);
      if (In(q) && (Number(q) || IsAggregate(T(q)) || IsSuper(T(q)) || Value(q) || ColumnLike(q) || TableLike(q))) {
        c.column = k;
        Use(k);
        k = q;
      }
    }
    if (Number(k)) {
      c.a.kind = OperandKind::kNumber;
      c.a.mention = k;
      Use(k);
      int q = Skip(k + 1);
      // "more than 2 dogs" counts, "more than 4 cylinders" compares.
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
    if (In(k) &&
        (IsAggregate(T(k)) || (IsSuper(T(k)) && c.column >= 0) || (IsSuper(T(k)) && !TableLike(Skip(k + 1))))) {
      c.a.kind = OperandKind::kAggregate;
      c.a.aggregate = AggregateOf(T(k));
      Use(k);
      int q = Skip(k + 1);
      if (In(q) && T(q) == Tag::kOf) q = Skip(q + 1);
      if (ColumnLike(q) && !(Value(q) && PreferValue(q))) {
        c.a.mention = q;
        if (c.column < 0) c.column = q;
        Use(q);
        int r = q + 1;
        // "the average population of cities": the owner is said again.
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

  int FinishCompare(Condition c, int next) {
    if (c.column < 0 && c.concept_id == 0 && (and_ || after_and_ || c.or_previous) && last_column_ >= 0)
      c.column = last_column_;
    and_ = false;
    last_column_ = c.column >= 0 ? c.column : last_column_;
    AddCondition(c);
    pending_ = -1;
    return next;
  }

  // "more than 2 dogs", "at least one treatment"
  int Quantify(int noun, const Condition& c) {
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

  int Between(int i) {
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

  int Pattern(int i) {
    int k = SkipMore(i + 1);
    if (T(k) == Tag::kContains && k == i + 1) k = SkipMore(k + 1);
    bool operand =
        In(k) && (M(k).quoted || Value(k) || M(k).Unknown() || Number(k) || M(k).capital || (M(k).text.size() <= 2));
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
    // "the word 'Hey' in its title"
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

  int Null(int i) {
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

  int And(int i) {
    after_and_ = true;
    int k = Skip(i + 1);
    if (zone_ == Zone::kWanted) return i + 1;
    // "… and the number of …", "… and what is …": wanted again.
    if (In(k) && (T(k) == Tag::kHowMany || (T(k) == Tag::kWhich && AtStart(k)) || T(k) == Tag::kList)) {
      zone_ = Zone::kWanted;
      return i + 1;
    }
    if (In(k) && (T(k) == Tag::kCount || IsAggregate(T(k))) && preposition_ != Tag::kWhose && !negated_) {
      zone_ = Zone::kWanted;
      return i + 1;
    }
    if (In(i + 1) && T(i + 1) == Tag::kTheir && ColumnLike(i + 2)) {
      zone_ = Zone::kWanted;
      return i + 2;
    }
    and_ = true;
    return i + 1;
  }

  int Comma(int i) {
    if (zone_ == Zone::kWanted) return i + 1;
    after_and_ = true;
    int k = Skip(i + 1);
    if (s_.targets.empty()) {
      zone_ = Zone::kWanted;  // "For each stadium, how many …", "Of all dogs, which …"
      return i + 1;
    }
    if (In(k) && (T(k) == Tag::kHowMany || T(k) == Tag::kWhich || T(k) == Tag::kList)) {
      zone_ = Zone::kWanted;
      ++sentence_;
    }
    return i + 1;
  }

  int Each(int i) {
    Use(i);
    int k = Skip(i + 1);
    while (In(k) && (T(k) == Tag::kOf || T(k) == Tag::kDistinct || T(k) == Tag::kFiller || T(k) == Tag::kTheir)) ++k;
    // "for each month" is a bucket of its own; "each country's name".
    bool any = false;
    while (Noun(k)) {
      int noun = k;
      if (Compound(noun)) Use(noun++);
      if (TableLike(noun) && ColumnLike(noun + 1) && M(noun + 1).BestTable() < 0.9f && T(noun + 1) == Tag::kNone &&
          !Value(noun + 1)) {
        AddEntity(noun);
        ++noun;
      }
      if (s_.targets.empty() && TableLike(noun) && In(noun + 1) && T(noun + 1) == Tag::kPossessive && Noun(noun + 2)) {
        owner_ = AddEntity(noun);  // "each owner's first name"
        zone_ = Zone::kWanted;
        return noun + 2;
      }
      GroupKey g;
      g.mention = noun;
      s_.groups.push_back(g);
      Use(noun);
      any = true;
      if (TableLike(noun)) {
        int e = AddEntity(noun);
        s_.entities[static_cast<std::size_t>(e)].each = true;
        if (s_.targets.empty()) owner_ = e;
        for (Target& t : s_.targets) {
          if (t.owner < 0 && t.kind == Target::kThing && !t.explicit_list) t.owner = e;
        }
        if (In(noun + 1) && T(noun + 1) == Tag::kPossessive) {
          owner_ = e;
          return noun + 2;
        }
      }
      // "for each age and gender"
      int q = noun + 1;
      if (In(q) && (T(q) == Tag::kAnd) && ColumnLike(Skip(q + 1)) && !TableLike(noun) && zone_ != Zone::kWanted) {
        k = Skip(q + 1);
        continue;
      }
      k = noun + 1;
      break;
    }
    if (!any) return i + 1;
    if (s_.targets.empty()) {
      zone_ = Zone::kModifier;
    } else {
      zone_ = Zone::kModifier;
    }
    preposition_ = Tag::kNone;
    after_and_ = false;
    of_ = false;
    return k;
  }

  int Order(int i) {
    // Directions and the key may come in either order.
    bool ordered = false, descending = false, any = false;
    int k = i;
    std::vector<OrderKey> keys;
    while (In(k)) {
      Tag t = T(k);
      if (t == Tag::kOrder) {
        Use(k);
        any = true;
        ++k;
      } else if (t == Tag::kAscending || t == Tag::kDescending) {
        descending = t == Tag::kDescending;
        ordered = true;
        Use(k);
        ++k;
      } else if (t == Tag::kBy || t == Tag::kOf || t == Tag::kFiller || t == Tag::kTheir || t == Tag::kIn ||
                 t == Tag::kFor ||
                 (t == Tag::kComma && (T(k + 1) == Tag::kAscending || T(k + 1) == Tag::kDescending))) {
        ++k;
      } else if (t == Tag::kCount || t == Tag::kHowMany) {
        int noun = Skip(k + 1);
        OrderKey key;
        key.count = true;
        Use(k);
        if (Noun(noun)) {
          key.mention = noun;
          Use(noun);
          k = noun + 1;
        } else {
          ++k;
        }
        keys.push_back(key);
        any = true;
      } else if (IsAggregate(t) && Noun(Skip(k + 1))) {
        OrderKey key;
        key.aggregate = AggregateOf(t);
        key.mention = Skip(k + 1);
        Use(k);
        Use(key.mention);
        k = key.mention + 1;
        keys.push_back(key);
      } else if (Noun(k) && (any || ordered) && keys.empty()) {
        if (TableLike(k) && T(k + 1) == Tag::kPossessive && Noun(k + 2))
          k += 2;
        else if (TableLike(k) && ColumnLike(k + 1))
          ++k;
        OrderKey key;
        key.mention = k;
        Use(k);
        keys.push_back(key);
        ++k;
      } else {
        break;
      }
    }
    if (!any && !ordered) return i + 1;
    if (keys.empty()) {
      OrderKey key;
      if (pending_ >= 0) key.mention = pending_;
      keys.push_back(key);
    }
    for (OrderKey& key : keys) {
      key.descending = descending;
      s_.orders.push_back(key);
    }
    zone_ = Zone::kModifier;
    after_and_ = false;
    return k;
  }

  int Possessive(int i) {
    // A target that turns out to be an owner: "singers' names" after the mark was lost is handled in Wanted().
    if (!s_.targets.empty() && s_.targets.back().kind == Target::kThing && s_.targets.back().mention == i - 1 &&
        Noun(i + 1)) {
      int owner = s_.targets.back().owner;
      s_.targets.pop_back();
      owner_ = owner;
      zone_ = Zone::kWanted;
    }
    return i + 1;
  }

  int Only(int i) {
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

  // A value: eq-condition on the pending column, on a neighbour that names it, or on wherever it occurs.
  int ValueAt(int i) {
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
  int DateAt(int i) {
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

  int NumberAt(int i) {
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
    if (c.column < 0 && Noun(k) && !SentenceBreak(i, k)) {
      if (TableLike(k) && zone_ == Zone::kModifier && v < 1000) {
        Condition q = c;
        q.op = kEqual;
        negated_ = false;
        Use(i);
        return Quantify(k, q);
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

  void Finish() {
    if (how_much_ >= 0 && !how_much_done_) {
      // "how tall is X": the measure of the thing asked about.
      bool column = false;
      for (const Target& t : s_.targets)
        column |= t.kind != Target::kThing || (t.mention >= 0 && ColumnLike(t.mention));
      if (!column) {
        Target t;
        t.concept_id = M(how_much_).arg;
        t.owner = s_.targets.empty() ? last_entity_ : s_.targets[0].owner;
        std::erase_if(s_.targets, [](const Target& old) { return old.kind == Target::kThing; });
        s_.targets.push_back(t);
      }
    }
    // A top-n without a key orders by what stands beside it.
    s_.where_question = wants_ == Tag::kWhere;
    s_.when_question = wants_ == Tag::kWhen;
    s_.distinct |= distinct_;
    if (s_.limit > 0 && s_.superlatives.empty() && s_.orders.empty() && top_at_ >= 0 && !top_descending_)
      s_.doubt += 0.2;
    for (int i = 0; i < n_; ++i) {
      if (used_[static_cast<std::size_t>(i)]) continue;
      const Mention& m = M(i);
      bool content = m.Names() || !m.values.empty() || m.is_number || m.quoted;
      if (content && m.tag != Tag::kFiller) s_.unused.push_back(i);
    }
  }

  const std::vector<Mention>& m_;
  int n_;
  std::vector<bool> used_;
  Sketch s_;
  Zone zone_ = Zone::kWanted;
  Tag preposition_ = Tag::kNone, wants_ = Tag::kNone;
  int sentence_ = 0;
  int last_entity_ = -1, owner_ = -1, pending_ = -1, last_target_ = -1, last_column_ = -1;
  int last_value_ = -1, last_value_column_ = -1, hint_ = -1, hint_after_ = -1, count_pending_ = -1, how_much_ = -1;
  int whose_ = -1, part_ = 0, via_ = -1;
  int both_or_ = 0, top_at_ = -1;
  long top_n_ = 0;
  bool top_descending_ = true;
  bool negated_ = false, negated_keep_ = false, or_ = false, and_ = false, both_ = false, distinct_ = false,
       of_ = false, which_ = false;
  bool loose_negated_ = false, how_much_done_ = false;
  bool after_and_ = false, after_and_target_ = false, owner_targets_open_ = false, aggregate_is_super_ = false;
  std::vector<std::string> aggregates_;
  std::string having_aggregate_;
  std::vector<int> loose_;
  Condition comparing_;
};

}  // namespace

Sketch SketchEnglish(const std::vector<Mention>& mentions) {
  return Parser(mentions).Run();
}

}  // namespace toomai::templates
