// Columns named without a comparison: "abandoned", "unpaid", "without an e-mail address".
#include "schema/words.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// "abandoned dogs", "official languages": a yes-or-no column named as a property.
void Resolver::LooseColumns() {
  for (int i : s_.loose) {
    Choice c = ChooseColumn(i, head_, Need::kAny);
    if (!c.Valid()) continue;
    std::string yes = YesValue(c.table, c.column);
    TypeClass type = Col(c.table, c.column).type_class;
    if (!M(i).boolean_like || (yes.empty() && type != TypeClass::kBoolean)) {
      // "without an e-mail address", "unpaid": nothing is stored there.
      if (Col(c.table, c.column).not_null || LooseKind(i) == 0) continue;
      Fact f;
      f.tables = {c.table};
      f.column_table = c.table;
      f.column = c.column;
      f.at = i;
      f.part = s_.percent ? 1 : 0;
      for (std::size_t e = 0; e < s_.entities.size(); ++e) {
        if (entity_table_[e] == c.table) f.entity = static_cast<int>(e);
      }
      int t = c.table, k = c.column;
      ExprKind kind = LooseKind(i) < 0 ? ExprKind::kIsNull : ExprKind::kIsNotNull;
      NoteName(c.name_score);
      f.make = [=](QueryBuilder& q) { return Make(kind, "", {q.Column(t, k)}); };
      facts_.push_back(std::move(f));
      continue;
    }
    NoteName(c.name_score);
    AddAnchor(c.table);
    Fact f;
    f.tables = {c.table};
    f.column_table = c.table;
    f.column = c.column;
    f.at = i;
    f.part = s_.percent ? 1 : 0;
    for (std::size_t e = 0; e < s_.entities.size(); ++e) {
      if (entity_table_[e] == c.table) f.entity = static_cast<int>(e);
    }
    int t = c.table, k = c.column;
    bool number = schema::IsNumber(type), no = LooseKind(i) < 0;
    f.make = [=](QueryBuilder& q) {
      if (type == TypeClass::kBoolean) return no ? Make(ExprKind::kNot, "", {q.Column(t, k)}) : q.Column(t, k);
      if (no) return MakeBinary("<>", q.Column(t, k), number ? MakeNumber(yes) : MakeText(yes));
      return MakeBinary("=", q.Column(t, k), number ? MakeNumber(yes) : MakeText(yes));
    };
    facts_.push_back(std::move(f));
  }
}

int Resolver::LooseKind(int mention) const {
  for (std::size_t i = 0; i < s_.loose.size(); ++i) {
    if (s_.loose[i] == mention) return s_.loose_kind[i];
  }
  return 0;
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
