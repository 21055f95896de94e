// What must hold: words of the question as facts about tables.
#include <algorithm>
#include <cmath>

#include "schema/calendar.h"
#include "schema/numbers.h"
#include "schema/words.h"
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
Choice Resolver::ChooseValue(const Condition& c, int operand) {
  const Mention& m = M(operand);
  Choice best;
  best.score = -1e9;
  int owner = OwnerTable(c.owner);
  double second = -1e9;
  const int said = RoleSaid(operand);
  // A value spelled just as it was asked for leaves no room for one that differs in blanks.
  const bool as_spelled =
      std::any_of(m.values.begin(), m.values.end(), [&](const schema::ValueHit& hit) { return hit.value == m.text; });
  for (const auto& hit : m.values) {
    if (Avoided(operand, hit.table, hit.column)) continue;
    Choice v;
    v.table = hit.table;
    v.column = hit.column;
    v.value = std::string(hit.value);
    v.value_found = !m.partial_value;
    v.name_score = hit.exact ? 1 : 0.9;
    v.score = (hit.exact ? 1 : 0.85) + 0.8 * Near(hit.table, owner);
    if (m.text == hit.value) v.score += 0.05;
    if (said != 0) {
      int role = RoleOfColumn(hit.table, hit.column);
      v.score += role == said ? 0.3 : role != 0 ? -0.3 : 0;
    }
    if (as_spelled && m.text != hit.value && schema::Fold(hit.value) != schema::Fold(m.text)) continue;
    if (Defaults(hit.table).display == hit.column) v.score += 0.1;
    if (c.other && (hit.table == owner || ReferenceTo(hit.table, hit.column) == owner)) v.score -= 1;
    bool of_subject = c.owner < 0 || s_.entities[static_cast<std::size_t>(c.owner)].via < 0;
    if (of_subject && ShownByItself(hit.table, hit.column)) v.score -= 0.6;  // asking for what is given
    if (c.beside && !facts_.empty()) {
      // "austin texas": the same row told twice.
      const Fact& before = facts_.back();
      if (before.column_table == hit.table) v.score += before.column == hit.column ? -0.7 : 0.35;
    }
    if (c.column >= 0) {
      double hint = 0;
      for (const auto& name : M(c.column).names) {
        if (name.table == hit.table && (name.column == hit.column)) hint = std::max<double>(hint, name.score);
        if (name.table == hit.table && name.column < 0) hint = std::max<double>(hint, 0.6 * name.score);
        // The column hinted at refers to the table whose value this is: "country France" over makers.country.
        if (name.column >= 0) {
          int e = x_.joins.EdgeFromColumn(name.table, name.column);
          if (e >= 0 && x_.joins.edges()[static_cast<std::size_t>(e)].table2 == hit.table)
            hint = std::max(hint, 0.55 * static_cast<double>(name.score));
        }
      }
      v.score += hint > 0 ? 0.9 * hint : -0.35;
    }
    if (v.score > best.score) {
      second = best.score;
      best = v;
    } else {
      second = std::max(second, v.score);
    }
  }
  if (best.Valid() && second > best.score - 0.05) close_calls_ += 0.5;
  NoteChoice(operand, best, second);
  return best;
}

void Resolver::ResolveConditions() {
  // Entities that only have to exist, not to exist, or to be so many.
  for (std::size_t e = 0; e < s_.entities.size(); ++e) {
    const EntityUse& use = s_.entities[e];
    int t = entity_table_[e];
    if (t < 0 || use.counted || use.target || use.each || use.superlative) continue;
    if (t == head_ && !use.quantified && !use.negated && use.via < 0) continue;
    if (t == head_ && use.negated && static_cast<int>(e) == head_entity_) continue;
    Fact f;
    f.tables = {t};
    f.negated = use.negated;
    f.quantified = use.quantified;
    f.op = use.op;
    f.part = use.part;
    f.n = use.n;
    f.subject = static_cast<int>(e);
    f.entity = static_cast<int>(e);
    f.at = use.mention;
    f.or_previous = use.or_previous;
    facts_.push_back(std::move(f));
  }
  LooseColumns();
  for (std::size_t k = 0; k < s_.conditions.size(); ++k) {
    const Condition& c = s_.conditions[k];
    if (FarWord(c)) {
      r_.features.unused += 0.4;
      r_.features.dropped += 1;
      continue;
    }
    Fact f;
    f.entity = c.owner;
    f.negated = c.negated;
    f.both = c.both;
    f.at = c.at;
    f.having = c.aggregate;
    f.part = c.part;
    if (!MakeCondition(c, &f)) {
      r_.features.doubt += 1;
      continue;
    }
    ++r_.features.conditions;
    bool same = !facts_.empty() && facts_.back().column >= 0 && facts_.back().column == f.column &&
                facts_.back().column_table == f.column_table;
    bool two_rows = same && c.also && !facts_.back().listed && HasToMany(Walk(x_, head_, f.column_table, &hints_)) &&
                    facts_.back().equality && f.equality && !f.negated && !facts_.back().negated;
    if (two_rows) facts_.back().both = f.both = true;
    bool listed = same && c.listed && facts_.back().equality && f.equality && !f.both && !s_.both &&
                  facts_.back().negated == f.negated;
    const bool beside = s_.both && !facts_.empty() && !same && facts_.back().column >= 0 && f.column >= 0 &&
                        facts_.back().column_table == f.column_table &&
                        HasToMany(Walk(x_, head_, f.column_table, &hints_));
    if ((same || beside) && facts_.back().equality && f.equality && s_.both) {
      facts_.back().both = true;
      f.both = true;
    }
    bool previous_condition = !facts_.empty() && facts_.back().subject < 0 && !EntityBetween(facts_.back().at, c.at);
    f.or_previous = c.or_previous;
    if ((c.or_previous && previous_condition) || listed) {
      Fact& previous = facts_.back();
      auto a = previous.make;
      auto b = f.make;
      bool negated = previous.negated;
      previous.make = [a, b](QueryBuilder& q) { return Make(ExprKind::kOr, "", {a(q), b(q)}); };
      for (int t : f.tables) previous.tables.push_back(t);
      previous.negated = negated;
      previous.listed = true;
      continue;
    }
    facts_.push_back(std::move(f));
  }
  std::stable_sort(facts_.begin(), facts_.end(), [](const Fact& a, const Fact& b) { return a.at < b.at; });
  // "a customer above 40 and a customer below 30": two of them, not one.
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    for (std::size_t k = i + 1; k < facts_.size(); ++k) {
      Fact &a = facts_[i], &b = facts_[k];
      bool same = a.column >= 0 && a.column == b.column && a.column_table == b.column_table;
      if (!same || a.entity == b.entity || a.entity < 0 || b.entity < 0 || a.negated || b.negated) continue;
      if (entity_table_[static_cast<std::size_t>(a.entity)] != entity_table_[static_cast<std::size_t>(b.entity)])
        continue;
      a.both = b.both = true;
    }
  }
  DenyTogether();
  DropImplied();
  // "placed before June and after June": no row is both.
  for (std::size_t i = 0; i + 1 < facts_.size(); ++i) {
    Fact &a = facts_[i], &b = facts_[i + 1];
    bool same = a.column >= 0 && a.column == b.column && a.column_table == b.column_table && a.part == b.part;
    if (same && a.numeric && b.numeric && !a.negated && !b.negated && !b.or_previous && Contradict(a, b))
      a.both = b.both = true;
  }
}

// 本を借りたことがない: of whom nothing of the deed is, nothing of its object is; and who bought a product has an
// order.
void Resolver::DropImplied() {
  auto bare = [&](const Fact& f) { return f.subject >= 0 && !f.make && !f.quantified && !f.or_previous && !f.both; };
  for (std::size_t i = 0; Known(head_) && i < facts_.size(); ++i) {
    const bool plain = bare(facts_[i]) && facts_[i].tables[0] != head_ &&
                       !(i + 1 < facts_.size() && facts_[i + 1].or_previous) &&
                       s_.entities[static_cast<std::size_t>(facts_[i].subject)].via < 0;
    if (!plain) continue;
    const int deed = facts_[i].tables[0], subject = facts_[i].subject;
    const bool told = std::any_of(facts_.begin(), facts_.end(), [&](const Fact& f) {
      return f.subject != subject && (f.entity == subject || f.tables[0] == deed);
    });
    if (told) continue;  // "bought a product in an order of 2025"
    for (std::size_t k = 0; k < facts_.size(); ++k) {
      Fact& object = facts_[k];
      if (k == i || object.part != facts_[i].part || object.negated || object.quantified || object.tables.size() != 1)
        continue;
      const std::vector<Hop> hops = Walk(x_, head_, object.tables[0], &hints_);
      const bool through =
          hops.size() > 1 && std::any_of(hops.begin(), hops.end() - 1, [&](const Hop& hop) { return hop.to == deed; });
      if (!through || !hops.front().to_many) continue;
      if (!facts_[i].negated) {
        if (!object.make && !bare(object)) continue;
        facts_.erase(facts_.begin() + static_cast<long>(i--));
      } else if (bare(object)) {
        facts_.erase(facts_.begin() + static_cast<long>(k));
        i -= k < i ? 1 : 0;
      } else {
        continue;
      }
      break;
    }
  }
}

// "where paper is not the main category": of no row at once, not of some row that is English and unofficial.
void Resolver::DenyTogether() {
  for (std::size_t i = 0; i + 1 < facts_.size(); ++i) {
    Fact &said = facts_[i], &denied = facts_[i + 1];
    const bool together = denied.undenied && said.equality && !said.negated && !said.or_previous && said.make &&
                          said.column_table == denied.column_table && Known(head_) && head_ != said.column_table &&
                          HasToMany(Walk(x_, head_, said.column_table, &hints_));
    if (!together) continue;
    auto a = said.make, b = denied.undenied;
    said.make = [a, b](QueryBuilder& q) { return Make(ExprKind::kAnd, "", {a(q), b(q)}); };
    said.negated = true;
    facts_.erase(facts_.begin() + static_cast<long>(i) + 1);
  }
}

// "the amount received": a plain word that some far-away column happens to hold as a value.
bool Resolver::FarWord(const Condition& c) {
  constexpr double kFar = 2.5;  // joins
  if (c.a.kind != OperandKind::kValue || c.a.mention < 0 || c.column >= 0) return false;
  const Mention& m = M(c.a.mention);
  if (m.quoted || m.capital || m.values.empty() || m.to != m.from + 1 || anchors_.empty()) return false;
  if (m.norm.empty() || m.norm[0] < 'a' || m.norm[0] > 'z' || m.text != m.norm) return false;
  for (const auto& hit : m.values) {
    for (int t : anchors_) {
      if (Distance(t, hit.table) < kFar) return false;
    }
  }
  return true;
}

bool Resolver::Contradict(const Fact& a, const Fact& b) {
  auto below = [](int op) { return op == kLess || op == kLessEqual; };
  auto above = [](int op) { return op == kGreater || op == kGreaterEqual; };
  if (below(a.op) && above(b.op)) return a.n <= b.n;
  if (above(a.op) && below(b.op)) return b.n <= a.n;
  return a.op == kEqual && b.op == kEqual && a.n != b.n;
}

// The table that a column of another refers to, or -1.
int Resolver::ReferenceTo(int table, int column) const {
  int e = x_.joins.EdgeFromColumn(table, column);
  return e < 0 ? -1 : x_.joins.edges()[static_cast<std::size_t>(e)].table2;
}

bool Resolver::EntityBetween(int a, int b) const {
  for (const Fact& f : facts_) {
    if (f.subject >= 0 && f.at > a && f.at < b && f.quantified) return true;
  }
  return false;
}

void Resolver::AssumeTime(const Choice& time, const std::string& said) {
  const std::string column =
      x_.schema->tables[static_cast<std::size_t>(time.table)].name + "." + Col(time.table, time.column).name;
  r_.assumptions.push_back(o_.language == "zh"   ? "“" + said + "”指 " + column + " 的时间"
                           : o_.language == "ja" ? "「" + said + "」は " + column + " の時"
                                                 : column + " is the time meant by '" + said + "'");
}

}  // namespace toomai::templates
