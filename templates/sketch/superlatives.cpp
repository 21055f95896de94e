// Superlatives: "largest", "most", "top 5", "most common".
#include <algorithm>
#include <string_view>

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

// "top 10 customers by sales", "… by number of orders"
int SketchParser::TopBy(int i) {
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

// A column whose name is a superlative stands for the row that has it.
void SketchParser::AddExtreme(int i, int owner) {
  Superlative sup;
  sup.column = i;
  sup.descending = M(i).extreme > 0;
  sup.owner = owner;
  sup.extreme = true;
  sup.at = i;
  s_.superlatives.push_back(sup);
  Use(i);
}

long SketchParser::OrdinalBefore(int i) {
  const long ordinal = In(i - 1) ? OrdinalOf(M(i - 1).norm) : 0;
  if (ordinal == 0) return 1;
  Use(i - 1);
  return ordinal;
}

// Whose rows are ranked: those said last, but not 手机类别里最贵的商品, where a value names the kind of what is asked
// for.
int SketchParser::Ranked() const {
  const bool inserted = std::any_of(m_.begin(), m_.end(), [](const Mention& m) {
    return m.tag == Tag::kThat && m.from == m.to;  // by the order of Chinese and Japanese words
  });
  const bool of_kind = inserted && last_entity_ >= 0 && last_value_ >= 0 && !s_.targets.empty() &&
                       s_.entities[static_cast<std::size_t>(last_entity_)].mention == last_value_ + 1;
  return of_kind ? -1 : last_entity_;
}

int SketchParser::Super(int i) {
  const Mention& m = M(i);
  const long said = m.arg / kOrdinalArg;  // 第二高, 2番目に高い
  offset_ = (said > 0 ? said : OrdinalBefore(i)) - 1;
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
    bool stored = s_.targets.empty() && ColumnLike(noun) && M(noun).numeric && aggregate.empty();
    if (Noun(noun) && !stored) return CountSuperlative(i, noun, descending, n);
    if (stored) Use(q), q = noun;  // "the maximum number of tables made": a column holds it
  }
  q = SkipProperties(q);
  if (Value(q) && !Noun(q) && s_.targets.empty() && zone_ == Zone::kWanted && n == 1 && offset_ == 0 &&
      EndsPhrase(q + 1)) {  // "the highest humidity recorded"
    aggregates_.push_back(descending ? "max" : "min");
    Use(i);
    return MeasureOf(q);
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
      sup.concept_id = m.arg % kOrdinalArg;
      sup.descending = descending;
      sup.n = n;
      sup.offset = offset_;
      const bool of_each = last_entity_ >= 0 && s_.entities[static_cast<std::size_t>(last_entity_)].each;
      sup.owner = of_each && !s_.targets.empty() ? -1 : Ranked();  // 每个类别中最便宜的商品
      sup.at = i;
      // "is the largest in revenue", "largest by area"
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
  sup.concept_id = m.arg % kOrdinalArg;
  sup.descending = descending;
  sup.n = n;
  sup.offset = offset_;
  sup.at = i;
  sup.aggregate = aggregate;
  Use(i);
  if (TableLike(q) && ColumnLike(q + 1) && M(q + 1).BestTable() < 0.9f && aggregate.empty() &&
      !SentenceBreak(q, q + 1) && T(q + 1) == Tag::kNone && !Value(q + 1)) {
    // "largest city population"
    owner_ = AddEntity(q);
    ++q;
  }
  if (ColumnLike(q) && ColumnLike(q + 1) && M(q + 1).from == M(q).to && SameTable(q, q + 1) && M(q + 1).numeric &&
      !Value(q + 1) && T(q + 1) == Tag::kNone) {
    Use(q++);  // "the highest unit price"
  }
  if (ColumnLike(q) || !aggregate.empty()) {
    sup.column = q;
    sup.owner = Ranked();
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
      t.concept_id = m.arg % kOrdinalArg;
      AddTarget(t);
      if (n > 1 || offset_ > 0) {
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
  // "the youngest customer", "largest depot"
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
    s_.by_measure |= T(by) == Tag::kBy;
    Use(sup.column);
    s_.superlatives.push_back(sup);
    return sup.column + 1;
  }
  s_.superlatives.push_back(sup);
  of_ = false;
  return q + 1;
}

// "the largest official …", "the most open orders": a property said before the noun.
int SketchParser::SkipProperties(int k) {
  while (Noun(k) && M(k).boolean_like && !Value(k) && TableLike(k + 1) && M(k + 1).from >= M(k).to) {
    AddLoose(k, M(k).negative ? -1 : 0);
    ++k;
  }
  return k;
}

int SketchParser::CountSuperlative(int i, int noun, bool descending, long n) {
  noun = SkipProperties(noun);
  Use(i);
  Use(noun);
  if (Compound(noun)) Use(++noun);
  Superlative sup;
  sup.by_count = true;
  sup.column = noun;
  sup.descending = descending;
  sup.n = n;
  sup.offset = offset_;
  sup.owner = last_entity_;
  sup.at = i;
  if (Compound(noun)) ++noun, Use(noun);
  // Adjectives before a table: "most poker players" is one mention already; "most car makers" too.
  if (via_ >= 0) {
    sup.column = via_;  // "follows the most users": the relation is what is counted
    via_ = -1;
  } else if (TableLike(noun)) {
    int owner = last_entity_;
    while (owner >= 0 && M(s_.entities[static_cast<std::size_t>(owner)].mention).norm.ends_with("ing"))
      owner = s_.entities[static_cast<std::size_t>(owner)].after;  // "the shop that is hiring the most employees"
    int e = AddEntity(noun);
    s_.entities[static_cast<std::size_t>(e)].superlative = true;
    sup.owner = owner;
  }
  s_.superlatives.push_back(sup);
  return noun + 1;
}

int SketchParser::Most(int i) {
  bool descending = T(i) == Tag::kMostOf;
  const long said = M(i).arg / kOrdinalArg;
  offset_ = (said > 0 ? said : OrdinalBefore(i)) - 1;
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
  if (T(k) == Tag::kIn && ColumnLike(Skip(k + 1)) && M(Skip(k + 1)).numeric) k = Skip(k + 1);  // "the most on salaries"
  int noun = k;
  while (In(noun) && !Noun(noun) && (Value(noun) || M(noun).Unknown()) && noun < k + 3) ++noun;
  bool stored = Noun(noun) && noun == k && s_.targets.empty() && zone_ == Zone::kWanted && ColumnLike(noun) &&
                M(noun).numeric && !Value(noun) && n == 1 && M(i).norm.find("number") != std::string::npos;
  if (stored) {
    Use(i);
    aggregates_.push_back(descending ? "max" : "min");  // "the maximum number of tables made": a column holds it
    return noun;
  }
  if (Noun(noun)) {
    for (int v = k; v < noun; ++v) {
      if (Value(v)) ValueAt(v);
    }
    noun = SkipProperties(noun);
    if (ColumnLike(noun)) {
      Superlative sup;
      sup.column = noun;
      sup.descending = descending;
      sup.n = n;
      sup.offset = offset_;
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
  sup.offset = offset_;
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

int SketchParser::Common(int i) {
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

int SketchParser::Top(int i) {
  int k = Skip(i + 1);
  if (Number(k)) {
    top_n_ = static_cast<long>(std::min(M(k).number, 100000.0));
    if (top_n_ < 1 || T(k + 1) == Tag::kPercent || M(k).text.ends_with('%')) s_.doubt += 3;  // "top 0", "top 10 %"
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

}  // namespace toomai::templates
