// Columns named without a comparison: "abandoned", "unpaid", "without an e-mail address".
#include "schema/words.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// "cancelled orders", "main categories", "without an e-mail address": a column named as a property.
void Resolver::LooseColumns() {
  for (const Loose& loose : s_.loose) {
    const int i = loose.mention;
    Choice c = ChooseColumn(i, head_, Need::kAny);
    if (!c.Valid()) continue;
    if (loose.kind < 0 && NeverHappened(c)) {
      NoteName(c.name_score);
      AddAnchor(c.table);
      Fact none;
      none.tables = {c.table};
      none.negated = true;
      none.at = i;
      facts_.push_back(std::move(none));
      continue;
    }
    auto make = M(i).boolean_like ? SaysYes(c, loose.kind < 0) : nullptr;
    const bool property = make != nullptr;
    if (!make) make = Holds(c, loose.kind);
    if (!make) continue;
    NoteName(c.name_score);
    AddAnchor(c.table);
    Fact f;
    f.tables = {c.table};
    f.column_table = c.table;
    f.column = c.column;
    f.at = i;
    f.part = s_.percent ? 1 : 0;
    f.make = std::move(make);
    f.or_previous = loose.or_previous;
    if (property && loose.denied) f.undenied = SaysYes(c, false);
    for (std::size_t e = 0; e < s_.entities.size(); ++e) {
      if (entity_table_[e] == c.table) f.entity = static_cast<int>(e);
    }
    facts_.push_back(std::move(f));
  }
}

// "customers who never ordered", by when other rows happened: there is no such row, rather than one without a time.
bool Resolver::NeverHappened(const Choice& c) const {
  return Known(head_) && c.table != head_ && Defaults(c.table).time == c.column &&
         HasToMany(Walk(x_, head_, c.table, &hints_));
}

// A yes-or-no column; null: it is none.
std::function<ExprPtr(QueryBuilder&)> Resolver::SaysYes(const Choice& c, bool no) const {
  const TypeClass type = Col(c.table, c.column).type_class;
  const std::string yes = YesValue(c.table, c.column);
  if (yes.empty() && type != TypeClass::kBoolean) return nullptr;
  const bool number = schema::IsNumber(type);
  const int t = c.table, k = c.column;
  return [=](QueryBuilder& q) {
    if (type == TypeClass::kBoolean) return no ? Make(ExprKind::kNot, "", {q.Column(t, k)}) : q.Column(t, k);
    return MakeBinary(no ? "<>" : "=", q.Column(t, k), number ? MakeNumber(yes) : MakeText(yes));
  };
}

// Something is stored there (kind 1) or nothing is (-1): "unpaid", "out of stock".
std::function<ExprPtr(QueryBuilder&)> Resolver::Holds(const Choice& c, int kind) const {
  const schema::Column& column = Col(c.table, c.column);
  const int t = c.table, k = c.column;
  if (kind == 0) return nullptr;
  if (!column.not_null) {
    const ExprKind null = kind < 0 ? ExprKind::kIsNull : ExprKind::kIsNotNull;
    return [=](QueryBuilder& q) { return Make(null, "", {q.Column(t, k)}); };
  }
  if (!schema::IsNumber(column.type_class) || x_.joins.EdgeFromColumn(t, k) >= 0) {
    if (kind > 0) return nullptr;  // true of every row
    return [=](QueryBuilder& q) { return Make(ExprKind::kIsNull, "", {q.Column(t, k)}); };
  }
  const char* op = kind < 0 ? "=" : ">";
  return [=](QueryBuilder& q) { return MakeBinary(op, q.Column(t, k), MakeNumber("0")); };
}

std::string Resolver::YesValue(int table, int column) const {
  const schema::ColumnValues* values = x_.values.Of(table, column);
  if (values == nullptr) return "";
  for (const std::string& v : values->values) {
    std::string f = schema::Fold(v);
    if (f == "1" || f == "t" || f == "y" || f == "yes" || f == "true") return v;
  }
  return "";
}

}  // namespace toomai::templates
