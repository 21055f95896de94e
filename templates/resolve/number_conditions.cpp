// Comparisons with a number: of which column, and in which form.
#include <algorithm>
#include <cmath>

#include "schema/calendar.h"
#include "schema/numbers.h"
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

// Digits with marks between them, as of a date.
bool DateLike(const std::string& digits) {
  return digits.find('-', 1) != std::string::npos || digits.find('/') != std::string::npos;
}

// A day of the calendar: YYYY-MM-DD, or with slashes.
bool IsDay(std::string digits) {
  std::replace(digits.begin(), digits.end(), '/', '-');
  return schema::IsIsoDate(digits);
}

bool Orders(const Condition& c) {
  return c.op != kEqual && c.op != kNotEqual;
}

std::string DigitsOf(const Mention& m) {
  return m.digits.empty() ? schema::FormatNumber(m.number) : m.digits;
}

}  // namespace

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

// "more than 1000 times": so many rows.
bool Resolver::SoManyTimes(const Condition& c, Fact* f) {
  if (c.column >= 0 || c.aggregate != "count" || !Known(head_)) return false;
  const int op = c.op;
  const std::string times = schema::FormatNumber(M(c.a.mention).number);
  f->tables = {head_};
  f->having = "count";
  f->make = [=](QueryBuilder&) {
    return MakeBinary(OperatorText(op), MakeAggregate("count", MakeStar()), MakeNumber(times));
  };
  return true;
}

// The column that the words before the number name.
Choice Resolver::NamedNumber(const Condition& c, int owner, bool* flip) {
  const Mention& v = M(c.a.mention);
  Choice col = ChooseColumn(c.column, owner, v.number == std::floor(v.number) ? Need::kAny : Need::kNumber);
  const Choice comparable = ChooseColumn(c.column, owner, Need::kComparable);
  const bool number = col.Valid() && schema::IsNumber(Col(col.table, col.column).type_class);
  const bool key = col.Valid() && Defaults(col.table).key == col.column && M(c.column).BestColumn() < 0.9f;
  if (comparable.Valid() && col.Valid() && ((!number && c.op != kEqual) || (Orders(c) && key))) col = comparable;
  if (c.concept_id > 0 && col.Valid() && c.op != kEqual) {
    const auto& words = ConceptWords(c.concept_id);
    for (const std::string& w : x_.lexicon.NameOf(col.table, col.column).words) {
      for (const std::string& cw : words) *flip |= cw.substr(1) == w && cw[0] == '-';
    }
  }
  return col;
}

// The column that an adjective says: "older than 40", "after 2020".
Choice Resolver::NumberOfConcept(const Condition& c, int owner, bool* flip) {
  Choice col = ConceptColumn(c.concept_id, owner, flip, false, c.at >= 0 ? M(c.at).norm : std::string());
  if (c.concept_id != 8 || !YearLike(M(c.a.mention).number)) return col;
  const Choice year = YearColumn(owner);
  const bool better = year.Valid() && (!col.Valid() || !schema::IsMoment(Col(col.table, col.column).type_class) ||
                                       Near(year.table, owner) > Near(col.table, owner));
  if (!better) return col;
  *flip = false;
  return year;
}

// Nothing says which column: the measure of what is spoken of, its year, its day, or a column that has the number.
Choice Resolver::NumberByDefault(const Condition& c, int owner) {
  const Mention& v = M(c.a.mention);
  Choice col;
  const bool compared = (c.between && !YearLike(v.number)) || Orders(c);
  if (compared && c.concept_id == 0 && Known(owner) && Defaults(owner).measure >= 0) {
    col.table = owner;
    col.column = Defaults(owner).measure;
    col.name_score = 0.8;
    r_.features.guessed += 0.4;
    return col;
  }
  const bool of_each = c.owner >= 0 && s_.entities[static_cast<std::size_t>(c.owner)].each;
  if (YearLike(v.number) && of_each && YearColumn(head_).table == head_) return YearColumn(head_);
  if (YearLike(v.number)) col = YearColumn(owner);
  if (!col.Valid() && IsDay(v.digits) && Known(owner) && Defaults(owner).time >= 0) {
    col.table = owner;
    col.column = Defaults(owner).time;
    col.name_score = 0.8;
  }
  if (!col.Valid() && !v.values.empty()) col = ChooseValue(c, c.a.mention);
  return col;
}

// "whose followers are more than 15", "invited more than 3 people": so many rows that refer, not a number of theirs.
// Is the column a reference that is compared so?
bool Resolver::SoManyRefer(const Condition& c, const Choice& col, int op, Fact* f, bool* made) {
  if (ReferenceEdge(col) < 0 || op == kEqual || op == kNotEqual || c.between) return false;
  const double n = M(c.a.mention).number;
  if (col.table != head_) {
    f->tables = {col.table};
    f->quantified = true;
    f->op = op;
    f->n = n;
    NoteName(col.name_score);
    AddAnchor(col.table);
    return *made = true;
  }
  if (SaysNumber(M(std::max(c.column, 0)).norm)) return false;
  const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(ReferenceEdge(col))];
  *made = edge.table2 == col.table && edge.columns.size() == 1;
  if (!*made) return true;  // no number to compare
  SetColumn(f, col);
  const int rows = col.table, key = edge.columns[0].second, refers = col.column;
  const std::string times = schema::FormatNumber(n);
  const Context* x = &x_;
  f->make = [=](QueryBuilder& q) {
    QueryBuilder inner(*x, rows);
    const ExprPtr by = inner.Column(rows, refers);
    inner.query().select.push_back({by, ""});
    inner.query().group.push_back(by);
    inner.query().having.push_back(MakeBinary(OperatorText(op), MakeAggregate("count", MakeStar()), MakeNumber(times)));
    return MakeIn(q.Column(rows, key), inner.Take());
  };
  return true;
}

// "took more than 3 days": how long it is from one moment to another, against a length of time.
void Resolver::CompareSpan(const Condition& c, const Choice& span, Fact* f) {
  const Mention& low = M(c.a.mention);
  const std::string unit = low.unit.empty() ? "day" : low.unit;
  const bool days = CountsDays(Col(span.table, span.column));
  const int t = span.table, k = span.column, op = c.op;
  auto length = [=](const Mention& m) {
    const bool whole = days && (unit == "day" || unit == "week");
    if (whole) return MakeNumber(schema::FormatNumber(m.number * (unit == "week" ? 7 : 1)));
    return MakeRaw("INTERVAL '" + schema::FormatNumber(m.number) + " " + unit + (m.number == 1 ? "" : "s") + "'");
  };
  auto lasted = [=](QueryBuilder& q) {
    const bool whole = !days || unit == "day" || unit == "week";
    return whole ? q.Column(t, k) : MakeBinary("*", q.Column(t, k), MakeRaw("INTERVAL '1 day'"));
  };
  const ExprPtr from = length(low), to = c.between ? length(M(c.b.mention)) : nullptr;
  f->make = [=](QueryBuilder& q) {
    if (to) return Make(ExprKind::kBetween, "", {lasted(q), from, to});
    return MakeBinary(OperatorText(op), lasted(q), from);
  };
}

// From one number to another.
bool Resolver::Ranges(const Condition& c, const Choice& col, Fact* f) {
  const int t = col.table, k = col.column;
  const TypeClass type = Col(t, k).type_class;
  if (!schema::IsNumber(type) && !schema::IsMoment(type)) return false;
  const std::string lower = DigitsOf(M(c.a.mention)), upper = DigitsOf(M(c.b.mention));
  const double low = M(c.a.mention).number, high = M(c.b.mention).number;
  if (schema::IsNumber(type) && !schema::IsPlainNumber(upper)) return false;
  f->equality = false;
  f->make = [=](QueryBuilder& q) {
    const ExprPtr column = q.Column(t, k);
    if (schema::IsMoment(type))
      return Make(ExprKind::kAnd, "",
                  {CompareNumber(type, column, kGreaterEqual, lower, low),
                   CompareNumber(type, column, kLessEqual, upper, high)});
    return Make(ExprKind::kBetween, "", {column, MakeNumber(lower), MakeNumber(upper)});
  };
  return true;
}

bool Resolver::OfNumber(const Condition& c, Fact* f) {
  if (SoManyTimes(c, f)) return true;
  const int owner = OwnerTable(c.owner);
  const Mention& v = M(c.a.mention);
  bool flip = false;
  Choice col;
  if (c.column >= 0) {
    col = NamedNumber(c, owner, &flip);
  } else if (SaysBorn(c) && YearLike(v.number)) {
    col = BirthColumn(Known(owner) ? owner : head_);
    if (!col.Valid()) return false;
  } else if (c.concept_id > 0) {
    col = NumberOfConcept(c, owner, &flip);
  }
  if (!col.Valid()) col = NumberByDefault(c, owner);
  if (!col.Valid()) return false;
  const int op = flip ? Flip(c.op) : c.op;
  bool made = false;
  if (SoManyRefer(c, col, op, f, &made)) return made;
  SetColumn(f, col);
  const int t = col.table, k = col.column;
  const TypeClass type = Col(t, k).type_class;
  if (IsSpan(Col(t, k))) {
    CompareSpan(c, col, f);
    return true;
  }
  const std::string digits = DigitsOf(v);
  const double number = v.number;
  const bool plain = schema::IsPlainNumber(digits);
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
  f->n = number;
  if (c.between) return Ranges(c, col, f);
  const std::string aggregate = HavingAggregate(c, col);
  f->having = aggregate;
  f->make = [=](QueryBuilder& q) {
    ExprPtr column = q.Column(t, k);
    if (!aggregate.empty()) column = MakeAggregate(aggregate, column);
    return CompareNumber(type, column, op, digits, number);
  };
  return true;
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
