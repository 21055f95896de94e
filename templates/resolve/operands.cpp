// A condition of the sketch as a fact: one function for each kind of what is compared with.
#include <algorithm>
#include <cmath>

#include "schema/numbers.h"
#include "schema/words.h"
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

bool Resolver::MakeCondition(const Condition& c, Fact* f) {
  switch (c.a.kind) {
    case OperandKind::kValue:
      return OfValue(c, f);
    case OperandKind::kPattern:
      return OfPattern(c, f);
    case OperandKind::kNull:
    case OperandKind::kNotNull:
      return OfNull(c, f);
    case OperandKind::kDate:
      return OfDate(c, f);
    case OperandKind::kNumber:
      return OfNumber(c, f);
    case OperandKind::kAggregate:
      return OfAggregate(c, f);
    case OperandKind::kThingOf:
      return OfThing(c, f);
    case OperandKind::kColumn:
      return OfColumn(c, f);
    default:
      return false;
  }
}

void Resolver::SetColumn(Fact* f, const Choice& column) {
  f->tables = {column.table};
  f->column_table = column.table;
  f->column = column.column;
  NoteName(column.name_score);
  AddAnchor(column.table);
}

bool Resolver::OfValue(const Condition& c, Fact* f) {
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
    int t1 = edge.table1, c1 = edge.columns[0].first, t2 = edge.table2, c2 = edge.columns[0].second, vc = value.column;
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
  SetColumn(f, value);
  if (v.partial_value) r_.features.partial_value += 1;
  int t = value.table, k = value.column;
  const bool array = Col(t, k).type_class == TypeClass::kArray;  // one of its elements
  std::string text = array ? v.text : v.partial_value ? "%" + v.text + "%" : value.value;
  bool partial = v.partial_value || (!value.value_found && v.quoted == false);
  bool number = schema::IsNumber(Col(t, k).type_class);
  if (number && (partial || !schema::IsPlainNumber(text))) return false;  // words are never written as a number
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

bool Resolver::OfPattern(const Condition& c, Fact* f) {
  Choice col;
  const Mention& v = M(c.a.mention);
  col = TextColumn(c);
  if (!col.Valid() || col.column < 0) return false;
  SetColumn(f, col);
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

bool Resolver::OfNull(const Condition& c, Fact* f) {
  int owner = OwnerTable(c.owner);
  Choice col;
  col = ChooseColumn(c.column, owner, Need::kAny);
  if (!col.Valid()) return false;
  SetColumn(f, col);
  int t = col.table, k = col.column;
  ExprKind kind = c.a.kind == OperandKind::kNull ? ExprKind::kIsNull : ExprKind::kIsNotNull;
  f->make = [=](QueryBuilder& q) { return Make(kind, "", {q.Column(t, k)}); };
  return true;
}

bool Resolver::OfDate(const Condition& c, Fact* f) {
  int owner = OwnerTable(c.owner);
  Choice col;
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
  SetColumn(f, col);
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

// The column of `table` that says which department, which category a row is of; -1: none.
int Resolver::SharedColumnOf(int table, const std::vector<schema::NameHit>& group) const {
  constexpr float kNamed = 0.55f;
  for (const schema::NameHit& hit : group) {
    if (hit.score < kNamed) continue;
    if (hit.table == table && hit.column >= 0) return hit.column;
    if (hit.column >= 0 || hit.table == table) continue;
    const std::vector<Hop> hops = Walk(x_, table, hit.table, &hints_);
    if (hops.size() == 1 && !hops[0].to_many && hops[0].columns.size() == 1) return hops[0].columns[0].first;
  }
  return -1;
}

bool Resolver::OfAggregate(const Condition& c, Fact* f) {
  int owner = OwnerTable(c.owner);
  Choice col;
  bool flip = false;
  int mention = c.column >= 0 ? c.column : c.a.mention;
  if (mention >= 0)
    col = ChooseColumn(mention, owner, Need::kNumber);
  else if (c.concept_id > 0)
    col = ConceptColumn(c.concept_id, owner, &flip);
  if (!col.Valid() || !schema::IsNumber(Col(col.table, col.column).type_class)) return false;
  SetColumn(f, col);
  int t = col.table, k = col.column;
  int op = flip ? Flip(c.op) : c.op;
  std::string aggregate = c.a.aggregate;
  const double factor = c.a.factor;
  const bool of_group = c.a.whole >= 0 && !M(c.a.whole).among.empty();
  const int shared = of_group ? SharedColumnOf(t, M(c.a.whole).among) : -1;
  if (of_group && shared < 0) return false;
  const Context* x = &x_;
  f->make = [=](QueryBuilder& q) {
    QueryBuilder inner(*x, t);
    inner.query().select.push_back({MakeAggregate(aggregate, inner.Column(t, k)), ""});
    if (shared >= 0) {
      auto own = std::make_shared<Expr>(*MakeColumn(q.SourceOf(t), shared));
      own->of_outer = true;
      inner.query().where.push_back(MakeBinary("=", inner.Column(t, shared), own));
    }
    ExprPtr whole = MakeSubquery(inner.Take());
    if (factor != 1) whole = MakeBinary("*", MakeNumber(schema::FormatNumber(factor)), whole);
    return MakeBinary(OperatorText(op), q.Column(t, k), whole);
  };
  return true;
}

bool Resolver::OfThing(const Condition& c, Fact* f) {
  int owner = OwnerTable(c.owner);
  Choice col;
  bool flip = false;
  col = c.column >= 0 ? ChooseColumn(c.column, owner, Need::kComparable) : ConceptColumn(c.concept_id, owner, &flip);
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
  SetColumn(f, col);
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

bool Resolver::Comparable(const Choice& a, const Choice& b) const {
  const TypeClass one = Col(a.table, a.column).type_class, other = Col(b.table, b.column).type_class;
  return one == other || (schema::IsNumber(one) && schema::IsNumber(other)) ||
         (schema::IsMoment(one) && schema::IsMoment(other));
}

// "paid after their due date": of the same rows, where they have such a column.
Choice Resolver::BesideColumn(int mention, const Choice& left) const {
  constexpr float kNamed = 0.5f;
  Choice best;
  for (const schema::NameHit& hit : M(mention).names) {
    if (hit.table != left.table || hit.column < 0 || hit.column == left.column || hit.score < kNamed) continue;
    Choice c;
    c.table = hit.table;
    c.column = hit.column;
    c.score = c.name_score = hit.score;
    if (c.score > best.score && Comparable(left, c)) best = c;
  }
  return best;
}

// "earn more than their manager": the same number of the row that is referred to.
bool Resolver::OfReferredRow(const Choice& left, const Choice& reference, int op, Fact* f) {
  const int e = ReferenceEdge(reference);
  if (e < 0) return false;
  const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
  if (edge.table2 != left.table || reference.table != left.table || edge.columns.size() != 1) return false;
  SetColumn(f, left);
  const int t = left.table, k = left.column, refers = reference.column, key = edge.columns[0].second;
  const Context* x = &x_;
  f->make = [=](QueryBuilder& q) {
    QueryBuilder inner(*x, t);
    inner.query().select.push_back({inner.Column(t, k), ""});
    auto own = std::make_shared<Expr>(*MakeColumn(q.SourceOf(t), refers));
    own->of_outer = true;
    inner.query().where.push_back(MakeBinary("=", inner.Column(t, key), own));
    return MakeBinary(OperatorText(op), q.Column(t, k), MakeSubquery(inner.Take()));
  };
  return true;
}

bool Resolver::OfColumn(const Condition& c, Fact* f) {
  const int owner = OwnerTable(c.owner);
  const Choice left = c.column >= 0 ? ChooseColumn(c.column, owner, Need::kAny) : Choice{};
  if (!left.Valid()) return false;
  Choice right = BesideColumn(c.a.mention, left);
  if (!right.Valid()) right = ChooseColumn(c.a.mention, owner, Need::kAny);
  if (!right.Valid() || (left.table == right.table && left.column == right.column)) return false;
  const int op = c.op;
  const bool orders = op != kEqual && op != kNotEqual;
  if (orders && IsMeasure(left) && ReferenceEdge(right) >= 0) return OfReferredRow(left, right, op, f);
  if (!Comparable(left, right)) return false;
  SetColumn(f, left);
  f->tables.push_back(right.table);
  f->make = [=](QueryBuilder& q) {
    return MakeBinary(OperatorText(op), q.Column(left.table, left.column), q.Column(right.table, right.column));
  };
  return true;
}

}  // namespace toomai::templates
