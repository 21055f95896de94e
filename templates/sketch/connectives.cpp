// Words that carry on, group or order: "and", commas, "each", "sorted by".
#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

int SketchParser::And(int i) {
  after_and_ = true;
  int k = Skip(i + 1);
  if (zone_ == Zone::kWanted) return i + 1;
  // "… and the count of …", "… and what is …": wanted again.
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
  const std::string& word = M(i).norm;
  bool beside = word.starts_with("along") || word.starts_with("together") || word.starts_with("as well");
  if (beside && Noun(k) && !Value(k) && !negated_) {
    zone_ = Zone::kWanted;  // "…, along with the number of seats"
    owner_ = -1;
    return i + 1;
  }
  bool of_phrase = preposition_ == Tag::kOf && s_.conditions.empty() && s_.superlatives.empty() && !negated_;
  if (of_phrase && TableLike(k) && !SaidBefore(k) && !Value(k)) {
    zone_ = Zone::kWanted;  // "the names of conductors and the orchestras they conducted"
    owner_ = -1;
    return i + 1;
  }
  and_ = true;
  return i + 1;
}

int SketchParser::Comma(int i) {
  if (zone_ == Zone::kWanted) return i + 1;
  after_and_ = true;
  int k = Skip(i + 1);
  if (s_.targets.empty()) {
    zone_ = Zone::kWanted;  // "For each warehouse, how many …", "Of all orders, which …"
    return i + 1;
  }
  if (In(k) && (T(k) == Tag::kHowMany || T(k) == Tag::kWhich || T(k) == Tag::kList)) {
    zone_ = Zone::kWanted;
    ++sentence_;
  }
  return i + 1;
}

int SketchParser::Each(int i) {
  Use(i);
  int k = Skip(i + 1);
  while (In(k) && (T(k) == Tag::kOf || T(k) == Tag::kDistinct || T(k) == Tag::kFiller || T(k) == Tag::kTheir ||
                   (T(k) == Tag::kCount && ColumnLike(Skip(k + 1)))))
    ++k;
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
      owner_ = AddEntity(noun);  // "each customer's city"
      zone_ = Zone::kWanted;
      return noun + 2;
    }
    GroupKey g;
    g.mention = noun;
    g.puts_together = T(i) == Tag::kBy || M(i).norm == "per";
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
    int next = Skip(q + 1);
    if (T(next) == Tag::kEach) next = Skip(next + 1);  // "for each A and each B"
    const bool columns = ColumnLike(next) && !TableLike(noun) && zone_ != Zone::kWanted;
    const bool keys = g.puts_together && Noun(next) && !Value(next);
    if (T(q) == Tag::kAnd && (columns || keys)) {
      k = next;
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

int SketchParser::Order(int i) {
  int first = Skip(i + 1);
  if (T(i) == Tag::kOrder && s_.targets.empty() && AtStart(i) && Noun(first) && T(i + 1) != Tag::kBy) {
    order_pending_ = true;  // "sort the names by age"
    Use(i);
    return i + 1;
  }
  // Directions and the key may come in either order.
  bool ordered = false, descending = false, any = T(i) == Tag::kBy;
  int measured = 0;
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
      measured = M(k).arg;
      ordered = true;
      Use(k);
      ++k;
    } else if (t == Tag::kBy || t == Tag::kOf || t == Tag::kFiller || t == Tag::kTheir || t == Tag::kIn ||
               t == Tag::kFor || (t == Tag::kComma && (T(k + 1) == Tag::kAscending || T(k + 1) == Tag::kDescending))) {
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
    key.concept_id = measured;
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

}  // namespace toomai::templates
