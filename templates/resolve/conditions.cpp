// What must hold: words of the question as facts about tables.
#include <algorithm>
#include <cmath>

#include "schema/calendar.h"
#include "schema/numbers.h"
#include "schema/words.h"
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

// Digits with at most one point, a sign in front: what may stand in SQL without quotes.
bool PlainNumber(const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  return digits.find_first_of("0123456789") != std::string::npos &&
         digits.find_first_not_of("0123456789.") == std::string::npos &&
         std::count(digits.begin(), digits.end(), '.') <= 1;
}

// Digits with marks between them, as of a date.
bool DateLike(const std::string& digits) {
  return digits.find('-', 1) != std::string::npos || digits.find('/') != std::string::npos;
}

// A day of the calendar: YYYY-MM-DD, or with slashes.
bool IsDay(std::string digits) {
  std::replace(digits.begin(), digits.end(), '/', '-');
  return schema::IsIsoDate(digits);
}

}  // namespace

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

// A number of a year against a date or timestamp column, or a plain comparison.
ExprPtr Resolver::CompareNumber(TypeClass type, ExprPtr column, int op, const std::string& digits, double v) {
  if (schema::IsMoment(type)) {
    if (DateLike(digits)) {
      std::string iso = digits;
      std::replace(iso.begin(), iso.end(), '/', '-');
      return MakeBinary(OperatorText(op), column, MakeText(iso));
    }
    if (YearLike(v)) {
      long y = static_cast<long>(v);
      auto day = [](long year) { return MakeText(std::to_string(year) + "-01-01"); };
      switch (op) {
        case kEqual:
          return Make(ExprKind::kAnd, "", {MakeBinary(">=", column, day(y)), MakeBinary("<", column, day(y + 1))});
        case kNotEqual:
          return Make(ExprKind::kOr, "", {MakeBinary("<", column, day(y)), MakeBinary(">=", column, day(y + 1))});
        case kLess:
          return MakeBinary("<", column, day(y));
        case kLessEqual:
          return MakeBinary("<", column, day(y + 1));
        case kGreater:
          return MakeBinary(">=", column, day(y + 1));
        default:
          return MakeBinary(">=", column, day(y));
      }
    }
  }
  if (type == TypeClass::kText || type == TypeClass::kEnum)
    return MakeBinary(OperatorText(op), column, MakeText(digits));
  return MakeBinary(OperatorText(op), column, MakeNumber(digits));
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
    if (same && facts_.back().equality && f.equality && s_.both) {
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
  // "placed before June and after June": no row is both.
  for (std::size_t i = 0; i + 1 < facts_.size(); ++i) {
    Fact &a = facts_[i], &b = facts_[i + 1];
    bool same = a.column >= 0 && a.column == b.column && a.column_table == b.column_table && a.part == b.part;
    if (same && a.numeric && b.numeric && !a.negated && !b.negated && !b.or_previous && Contradict(a, b))
      a.both = b.both = true;
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

bool Resolver::MakeCondition(const Condition& c, Fact* f) {
  int owner = OwnerTable(c.owner);
  Choice col;
  auto set = [&](const Choice& choice) {
    f->tables = {choice.table};
    f->column_table = choice.table;
    f->column = choice.column;
    NoteName(choice.name_score);
    AddAnchor(choice.table);
  };
  switch (c.a.kind) {
    case OperandKind::kValue: {
      const Mention& v = M(c.a.mention);
      Choice value = ChooseValue(c, c.a.mention);
      if (!value.Valid()) {
        value = TextColumn(c);
        if (!value.Valid() || value.column < 0) return false;
        if (!Fits(value.table, value.column, Need::kText)) return false;
        value.value = v.text;
        r_.features.empty += 1;
      } else {
        r_.matched_values.push_back("'" + value.value + "' -> " +
                                    x_.schema->tables[static_cast<std::size_t>(value.table)].name + "." +
                                    Col(value.table, value.column).name);
      }
      int role = c.column >= 0 ? RoleEdge(c.column, value.table) : -1;
      if (role < 0) role = RoleByWords(c.a.mention, value.table);
      if (role >= 0) {
        const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(role)];
        int t1 = edge.table1, c1 = edge.columns[0].first, t2 = edge.table2, c2 = edge.columns[0].second,
            vc = value.column;
        std::string wanted = value.value;
        const Context* x = &x_;
        f->tables = {t1};
        f->column_table = t1;
        f->column = c1;
        f->make = [=](QueryBuilder& q) {
          if (c2 == vc) return MakeBinary("=", q.Column(t1, c1), MakeText(wanted));  // the key itself is named
          QueryBuilder inner(*x, t2);
          inner.query().select.push_back({inner.Column(t2, c2), ""});
          inner.query().where.push_back(MakeBinary("=", inner.Column(t2, vc), MakeText(wanted)));
          return MakeIn(q.Column(t1, c1), inner.Take());
        };
        return true;
      }
      set(value);
      if (v.partial_value) r_.features.partial_value += 1;
      int t = value.table, k = value.column;
      const bool array = Col(t, k).type_class == TypeClass::kArray;  // one of its elements
      std::string text = array ? v.text : v.partial_value ? "%" + v.text + "%" : value.value;
      bool partial = v.partial_value || (!value.value_found && v.quoted == false);
      bool number = schema::IsNumber(Col(t, k).type_class);
      if (number && (partial || !PlainNumber(text))) return false;  // words are never written as a number
      int op = c.op;
      bool negated = f->negated;
      f->equality = op == kEqual;
      if (c.between) op = kEqual;
      f->make = [=](QueryBuilder& q) {
        ExprPtr column = q.Column(t, k);
        if (array) return MakeBinary("=", MakeText(text), Make(ExprKind::kCall, "any", {column}));
        if (partial) return MakeBinary("ILIKE", column, MakeText(text));
        return MakeBinary(OperatorText(op), column, number ? MakeNumber(text) : MakeText(text));
      };
      (void)negated;
      return true;
    }
    case OperandKind::kPattern: {
      const Mention& v = M(c.a.mention);
      col = TextColumn(c);
      if (!col.Valid() || col.column < 0) return false;
      set(col);
      int t = col.table, k = col.column;
      std::string text = v.text;
      if (c.pattern == "starts")
        text += "%";
      else if (c.pattern == "ends")
        text = "%" + text;
      else
        text = "%" + text + "%";
      f->make = [=](QueryBuilder& q) { return MakeBinary("ILIKE", q.Column(t, k), MakeText(text)); };
      return true;
    }
    case OperandKind::kNull:
    case OperandKind::kNotNull: {
      col = ChooseColumn(c.column, owner, Need::kAny);
      if (!col.Valid()) return false;
      set(col);
      int t = col.table, k = col.column;
      ExprKind kind = c.a.kind == OperandKind::kNull ? ExprKind::kIsNull : ExprKind::kIsNotNull;
      f->make = [=](QueryBuilder& q) { return Make(kind, "", {q.Column(t, k)}); };
      return true;
    }
    case OperandKind::kDate: {
      const Mention& v = M(c.a.mention);
      const bool of_each = c.owner >= 0 && s_.entities[static_cast<std::size_t>(c.owner)].each;
      if (of_each && Known(head_) && Defaults(head_).time >= 0) owner = head_;  // "orders of each client in 2024"
      if (c.column < 0 && SaysBorn(c) && !(col = BirthColumn(Known(owner) ? owner : head_)).Valid()) return false;
      if (c.column >= 0) col = ChooseColumn(c.column, owner, Need::kMoment);
      if (!col.Valid()) col = DoneColumn(v, owner);
      if (!col.Valid() || !schema::IsMoment(Col(col.table, col.column).type_class)) {
        col = TimeColumn(owner);
        if (col.Valid()) AssumeTime(col, v.text);
      }
      if (!col.Valid()) return false;
      set(col);
      int t = col.table, k = col.column, op = c.op;
      f->period = op == kEqual;
      f->relative = v.date.relative;
      f->at_mention = c.a.mention;
      schema::DateRange range = v.date;
      f->make = [=](QueryBuilder& q) {
        ExprPtr column = q.Column(t, k);
        ExprPtr from = MakeRaw(range.from), to = MakeRaw(range.to.empty() ? range.from : range.to);
        switch (op) {
          case kGreater:
            return MakeBinary(range.to.empty() ? ">" : ">=", column, to);
          case kGreaterEqual:
            return MakeBinary(">=", column, from);
          case kLess:
            return MakeBinary("<", column, from);
          case kLessEqual:
            return MakeBinary("<", column, to);
          default:
            break;
        }
        if (range.to.empty()) return MakeBinary(">=", column, from);
        return Make(ExprKind::kAnd, "", {MakeBinary(">=", column, from), MakeBinary("<", column, to)});
      };
      return true;
    }
    case OperandKind::kNumber: {
      const Mention& v = M(c.a.mention);
      int op = c.op;
      bool flip = false;
      if (c.column < 0 && c.aggregate == "count" && Known(head_)) {  // "more than 1000 times"
        f->tables = {head_};
        f->having = "count";
        const std::string times = schema::FormatNumber(v.number);
        f->make = [=](QueryBuilder&) {
          return MakeBinary(OperatorText(op), MakeAggregate("count", MakeStar()), MakeNumber(times));
        };
        return true;
      }
      if (c.column >= 0) {
        col = ChooseColumn(c.column, owner, v.number == std::floor(v.number) ? Need::kAny : Need::kNumber);
        Choice comparable = ChooseColumn(c.column, owner, Need::kComparable);
        const bool orders = op != kEqual && op != kNotEqual;
        const bool number = col.Valid() && schema::IsNumber(Col(col.table, col.column).type_class);
        const bool key = col.Valid() && Defaults(col.table).key == col.column && M(c.column).BestColumn() < 0.9f;
        if (comparable.Valid() && col.Valid() && ((!number && op != kEqual) || (orders && key))) col = comparable;
        if (c.concept_id > 0 && col.Valid() && c.op != kEqual) {
          const auto& words = ConceptWords(c.concept_id);
          for (const std::string& w : x_.lexicon.NameOf(col.table, col.column).words) {
            for (const std::string& cw : words) flip |= cw.substr(1) == w && cw[0] == '-';
          }
        }
        // A table mentioned where a number stands: the number of a thing of that name.
      } else if (SaysBorn(c) && YearLike(v.number)) {
        col = BirthColumn(Known(owner) ? owner : head_);
        if (!col.Valid()) return false;
      } else if (c.concept_id > 0) {
        col = ConceptColumn(c.concept_id, owner, &flip, false, c.at >= 0 ? M(c.at).norm : std::string());
        if (c.concept_id == 8 && YearLike(v.number)) {
          Choice year = YearColumn(owner);
          if (year.Valid() && (!col.Valid() || !schema::IsMoment(Col(col.table, col.column).type_class) ||
                               Near(year.table, owner) > Near(col.table, owner)))
            col = year, flip = false;
        }
      }
      bool measured = ((c.between && !YearLike(v.number)) || (c.op != kEqual && c.op != kNotEqual)) &&
                      c.concept_id == 0 && Known(owner) && Defaults(owner).measure >= 0;
      if (!col.Valid() && measured) {
        col.table = owner;
        col.column = Defaults(owner).measure;
        col.name_score = 0.8;
        r_.features.guessed += 0.4;
      }
      const bool of_each = c.owner >= 0 && s_.entities[static_cast<std::size_t>(c.owner)].each;
      if (!col.Valid() && YearLike(v.number) && of_each && YearColumn(head_).table == head_)
        col = YearColumn(head_);  // "orders of each client in 2024"
      if (!col.Valid() && YearLike(v.number)) col = YearColumn(owner);
      if (!col.Valid() && IsDay(v.digits)) {
        int t = owner;
        if (Known(t) && Defaults(t).time >= 0) {
          col.table = t;
          col.column = Defaults(t).time;
          col.name_score = 0.8;
        }
      }
      if (!col.Valid() && !v.values.empty()) {
        Condition as_value = c;
        Choice value = ChooseValue(as_value, c.a.mention);
        if (value.Valid()) col = value;
      }
      if (!col.Valid()) return false;
      if (flip) op = Flip(op);
      const bool reference = x_.joins.EdgeFromColumn(col.table, col.column) >= 0;
      if (reference && op != kEqual && op != kNotEqual && !c.between && col.table != head_) {
        f->tables = {col.table};  // "whose followers are more than 15": so many rows that refer, not a number of theirs
        f->quantified = true;
        f->op = op;
        f->n = v.number;
        NoteName(col.name_score);
        AddAnchor(col.table);
        return true;
      }
      if (reference && op != kEqual && op != kNotEqual && !c.between && !SaysNumber(M(std::max(c.column, 0)).norm)) {
        const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(ReferenceEdge(col))];
        if (edge.table2 != col.table || edge.columns.size() != 1) return false;  // no number to compare
        set(col);
        const int rows = col.table, key = edge.columns[0].second, refers = col.column;
        const std::string times = schema::FormatNumber(v.number);
        const Context* x = &x_;
        f->make = [=](QueryBuilder& q) {  // "invited more than 3 people": so many rows refer to this one
          QueryBuilder inner(*x, rows);
          const ExprPtr by = inner.Column(rows, refers);
          inner.query().select.push_back({by, ""});
          inner.query().group.push_back(by);
          inner.query().having.push_back(
              MakeBinary(OperatorText(op), MakeAggregate("count", MakeStar()), MakeNumber(times)));
          return MakeIn(q.Column(rows, key), inner.Take());
        };
        return true;
      }
      set(col);
      int t = col.table, k = col.column;
      TypeClass type = Col(t, k).type_class;
      std::string digits = v.digits.empty() ? schema::FormatNumber(v.number) : v.digits;
      double number = v.number;
      const bool plain = PlainNumber(digits);
      if (schema::IsNumber(type) && !plain) return false;
      if (!schema::IsNumber(type) && !schema::IsMoment(type) && type != TypeClass::kText && type != TypeClass::kEnum)
        return false;
      if (schema::IsMoment(type) && !(YearLike(number) && plain) && !IsDay(digits)) return false;
      if (type == TypeClass::kText && op != kEqual && op != kNotEqual) r_.features.doubt += 0.3;
      f->equality = op == kEqual;
      f->period = op == kEqual && !c.between && schema::IsMoment(type);
      f->at_mention = c.a.mention;
      f->numeric = !c.between && c.aggregate.empty();
      f->op = op;
      f->n = v.number;
      if (c.between) {
        const Mention& w = M(c.b.mention);
        std::string upper = w.digits.empty() ? schema::FormatNumber(w.number) : w.digits;
        double high = w.number;
        if (schema::IsNumber(type) && !PlainNumber(upper)) return false;
        f->equality = false;
        f->make = [=](QueryBuilder& q) {
          ExprPtr column = q.Column(t, k);
          if (schema::IsMoment(type)) {
            return Make(ExprKind::kAnd, "",
                        {CompareNumber(type, column, kGreaterEqual, digits, number),
                         CompareNumber(type, column, kLessEqual, upper, high)});
          }
          return Make(ExprKind::kBetween, "", {column, MakeNumber(digits), MakeNumber(upper)});
        };
        if (!schema::IsNumber(type) && !schema::IsMoment(type)) return false;
        return true;
      }
      std::string aggregate = HavingAggregate(c, col);
      f->having = aggregate;
      f->make = [=](QueryBuilder& q) {
        ExprPtr column = q.Column(t, k);
        if (!aggregate.empty()) column = MakeAggregate(aggregate, column);
        return CompareNumber(type, column, op, digits, number);
      };
      return true;
    }
    case OperandKind::kAggregate: {
      bool flip = false;
      int mention = c.column >= 0 ? c.column : c.a.mention;
      if (mention >= 0)
        col = ChooseColumn(mention, owner, Need::kNumber);
      else if (c.concept_id > 0)
        col = ConceptColumn(c.concept_id, owner, &flip);
      if (!col.Valid() || !schema::IsNumber(Col(col.table, col.column).type_class)) return false;
      set(col);
      int t = col.table, k = col.column;
      int op = flip ? Flip(c.op) : c.op;
      std::string aggregate = c.a.aggregate;
      const double factor = c.a.factor;
      const Context* x = &x_;
      f->make = [=](QueryBuilder& q) {
        QueryBuilder inner(*x, t);
        inner.query().select.push_back({MakeAggregate(aggregate, inner.Column(t, k)), ""});
        ExprPtr whole = MakeSubquery(inner.Take());
        if (factor != 1) whole = MakeBinary("*", MakeNumber(schema::FormatNumber(factor)), whole);
        return MakeBinary(OperatorText(op), q.Column(t, k), whole);
      };
      return true;
    }
    case OperandKind::kThingOf: {
      bool flip = false;
      col =
          c.column >= 0 ? ChooseColumn(c.column, owner, Need::kComparable) : ConceptColumn(c.concept_id, owner, &flip);
      const bool same = c.op == kEqual;
      if (same) col = ChooseColumn(c.column, owner, Need::kAny);
      if (!col.Valid() || (!same && !schema::IsNumber(Col(col.table, col.column).type_class) &&
                           !schema::IsMoment(Col(col.table, col.column).type_class)))
        return false;
      Condition of;
      of.owner = c.owner;
      of.a.kind = OperandKind::kValue;
      Choice value = ChooseValue(of, c.a.of_value);
      for (const auto& hit : M(c.a.of_value).values) {
        if (value.Valid() && value.table != col.table && hit.table == col.table) {
          value.table = hit.table;
          value.column = hit.column;
          value.value = std::string(hit.value);
        }
      }
      if (!value.Valid()) return false;
      set(col);
      int t = col.table, k = col.column, vt = value.table, vc = value.column;
      int op = flip ? Flip(c.op) : c.op;
      bool more = op == kGreater || op == kGreaterEqual;
      std::string aggregate = more != c.any ? "max" : "min", text = value.value;
      const Context* x = &x_;
      f->make = [=](QueryBuilder& q) {
        QueryBuilder inner(*x, t);
        const ExprPtr of_it = inner.Column(t, k);
        inner.query().select.push_back({same ? of_it : MakeAggregate(aggregate, of_it), ""});
        inner.query().where.push_back(MakeBinary("=", inner.Column(vt, vc), MakeText(text)));
        if (same) return MakeIn(q.Column(t, k), inner.Take());
        return MakeBinary(OperatorText(op), q.Column(t, k), MakeSubquery(inner.Take()));
      };
      return true;
    }
    case OperandKind::kColumn: {
      Choice left = c.column >= 0 ? ChooseColumn(c.column, owner, Need::kAny) : Choice{};
      Choice right = ChooseColumn(c.a.mention, owner, Need::kAny);
      if (!left.Valid() || !right.Valid() || (left.table == right.table && left.column == right.column)) return false;
      if (Col(left.table, left.column).type_class != Col(right.table, right.column).type_class &&
          !(schema::IsNumber(Col(left.table, left.column).type_class) &&
            schema::IsNumber(Col(right.table, right.column).type_class)))
        return false;
      set(left);
      f->tables.push_back(right.table);
      int op = c.op;
      f->make = [=](QueryBuilder& q) {
        return MakeBinary(OperatorText(op), q.Column(left.table, left.column), q.Column(right.table, right.column));
      };
      return true;
    }
    default:
      return false;
  }
}

// "customers with revenue above 1000", "who spent more than 3000 in total": compared once the rows are put together.
std::string Resolver::HavingAggregate(const Condition& c, const Choice& column) const {
  const std::string metric = MetricAggregate(Col(column.table, column.column));
  if (!metric.empty() && (c.aggregate.empty() || metric == kWholeExpression)) return metric;
  const bool sums = s_.total || (c.column >= 0 && M(c.column).sums);
  const bool total = sums && c.aggregate.empty() && schema::IsNumber(Col(column.table, column.column).type_class) &&
                     Known(head_) && head_ != column.table && HasToMany(Walk(x_, head_, column.table, &hints_));
  return total ? "sum" : c.aggregate;
}

}  // namespace toomai::templates
