// Queries that cannot be what was asked, whatever the words were: to refuse is better than any of these.
#include <algorithm>

#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

bool CountsRows(const Expr& e) {
  return e.kind == ExprKind::kAggregate && e.name == "count" && e.args[0]->kind == ExprKind::kStar && !e.over &&
         e.args.size() == 1;
}

bool AnyExpr(const Expr& e, const std::function<bool(const Expr&)>& is) {
  return is(e) || std::any_of(e.args.begin(), e.args.end(), [&](const ExprPtr& a) { return AnyExpr(*a, is); });
}

bool AnyExpr(const Query& q, const std::function<bool(const Expr&)>& is) {
  auto item = [&](const SelectItem& i) { return AnyExpr(*i.expr, is); };
  auto order = [&](const OrderItem& i) { return AnyExpr(*i.expr, is); };
  auto plain = [&](const ExprPtr& e) { return AnyExpr(*e, is); };
  return std::any_of(q.select.begin(), q.select.end(), item) || std::any_of(q.order.begin(), q.order.end(), order) ||
         std::any_of(q.where.begin(), q.where.end(), plain) || std::any_of(q.having.begin(), q.having.end(), plain);
}

// What follows says which rows are meant.
bool Introduces(Tag tag) {
  return tag == Tag::kWith || tag == Tag::kBy || tag == Tag::kThat || tag == Tag::kHave || tag == Tag::kWithout ||
         tag == Tag::kWhose;
}

}  // namespace

// The column behind an expression of `q`; invalid: it is none of a table.
Choice Resolver::ColumnOf(const Query& q, const Expr& e) const {
  Choice c;
  if (e.kind != ExprKind::kColumn || e.source < 0) return c;
  const Source& source = q.sources[static_cast<std::size_t>(e.source)];
  if (source.derived || source.table < 0) return c;
  c.table = source.table;
  c.column = e.column;
  return c;
}

bool Resolver::TellsRowsApart(const Choice& c) const {
  return x_.schema->tables[static_cast<std::size_t>(c.table)].primary_key == std::vector<int>{c.column};
}

// "the number of teachers of each teacher": each row is counted by itself.
bool Resolver::CountsEachByItself(const Query& q) const {
  if (q.sources.size() != 1 || q.sources[0].derived || q.group.empty() || !AnyExpr(q, CountsRows)) return false;
  const bool by_default = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& w) {
    return w.kind == Target::kThing && w.table == q.sources[0].table && !w.column.Valid() && w.called < 0;
  });
  return std::any_of(q.group.begin(), q.group.end(), [&](const ExprPtr& g) {
    const Choice c = ColumnOf(q, *g);
    return c.Valid() && (TellsRowsApart(c) || (by_default && c.column == Defaults(c.table).display));
  });
}

// The sum or the mean of keys.
bool Resolver::AddsKeys(const Query& q) const {
  return AnyExpr(q, [&](const Expr& e) {
    if (e.kind != ExprKind::kAggregate || (e.name != "sum" && e.name != "avg")) return false;
    const Choice c = ColumnOf(q, *e.args[0]);
    if (!c.Valid() || IsDerived(Col(c.table, c.column))) return false;
    const int edge = x_.joins.EdgeFromColumn(c.table, c.column);
    const bool refers = edge >= 0 && x_.joins.edges()[static_cast<std::size_t>(edge)].declared;
    return refers || (c.column == Defaults(c.table).key &&
                      x_.schema->tables[static_cast<std::size_t>(c.table)].primary_key == std::vector<int>{c.column});
  });
}

bool Resolver::Nonsense(const Query& q) const {
  if (CountsEachByItself(q) || AddsKeys(q)) return true;
  if (q.other && Nonsense(*q.other)) return true;
  return std::any_of(q.sources.begin(), q.sources.end(),
                     [&](const Source& s) { return s.derived && Nonsense(*s.derived); });
}

// Only what is given is shown: "patients allergic to penicillin" answered with "penicillin".
bool Resolver::ShowsWhatIsGiven(const Query& q) const {
  if (q.select.size() != 1 || !q.group.empty() || q.sources.empty()) return false;
  const Choice shown = ColumnOf(q, *q.select[0].expr);
  if (!shown.Valid()) return false;
  if (Col(shown.table, shown.column).type_class == TypeClass::kBoolean && !IsDerived(Col(shown.table, shown.column)))
    return true;  // "club officers" answered with yes and no
  return std::any_of(q.where.begin(), q.where.end(), [&](const ExprPtr& e) {
    const bool fixes = e->kind == ExprKind::kIsNull ||
                       (e->kind == ExprKind::kBinary && e->name == "=" &&
                        (e->args[1]->kind == ExprKind::kText || e->args[1]->kind == ExprKind::kNumber));
    if (!fixes) return false;
    const Choice given = ColumnOf(q, *e->args[0]);
    return given.table == shown.table && given.column == shown.column;
  });
}

// The number of some other row, which nobody asked for: "warehouse stock value" answered with warehouse_id.
bool Resolver::ShowsBareReference(const Query& q) const {
  if (std::any_of(wanted_.begin(), wanted_.end(), [](const Wanted& w) { return w.everything; })) return false;
  return std::any_of(q.select.begin(), q.select.end(), [&](const SelectItem& item) {
    const Choice c = ColumnOf(q, *item.expr);
    if (!c.Valid()) return false;
    const int e = x_.joins.EdgeFromColumn(c.table, c.column);
    const bool number = schema::IsNumber(Col(c.table, c.column).type_class);
    if (e < 0 || !number || !x_.joins.edges()[static_cast<std::size_t>(e)].declared) return false;
    return std::none_of(m_.begin(), m_.end(), [&](const Mention& m) {
      return std::any_of(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
        return hit.table == c.table && hit.column == c.column && hit.score > 0.9f;
      });
    });
  });
}

// "groups with no events", tied only by users who own the one and host the other: nobody spoke of users.
bool Resolver::JoinsOverStrangers() const {
  return std::any_of(facts_.begin(), facts_.end(), [&](const Fact& f) {
    if (f.subject < 0 || !f.negated || !Known(head_) || f.tables[0] == head_) return false;
    const std::vector<Hop> hops = Walk(x_, head_, f.tables[0], &hints_);
    for (std::size_t i = 0; i + 1 < hops.size(); ++i) {
      const auto& edges = x_.joins.edges();
      const bool to_one = edges[static_cast<std::size_t>(hops[i].edge)].table1 == hops[i].from;
      const bool to_many = edges[static_cast<std::size_t>(hops[i + 1].edge)].table2 == hops[i + 1].from;
      if (to_one && to_many && votes_[static_cast<std::size_t>(hops[i].to)] < 0.3) return true;
    }
    return false;
  });
}

// The first or the last in the alphabet: rarely what "highest" asks for.
bool Resolver::RanksText(const Query& q) const {
  return AnyExpr(q, [&](const Expr& e) {
    if (e.kind != ExprKind::kAggregate || (e.name != "min" && e.name != "max")) return false;
    const Choice c = ColumnOf(q, *e.args[0]);
    return c.Valid() && Col(c.table, c.column).type_class == TypeClass::kText;
  });
}

// Patterns ("starts with A") that left no condition.
double Resolver::LostPatterns() const {
  double said = 0, kept = 0;
  for (const Mention& m : m_) said += m.tag == Tag::kStarts || m.tag == Tag::kEnds ? 1 : 0;
  for (const Condition& c : s_.conditions) kept += c.a.kind == OperandKind::kPattern ? 1 : 0;
  return std::max(0.0, said - kept);
}

// Words that must leave a negation behind, and did not.
double Resolver::LostNegations() const {
  double said = 0, kept = 0;
  for (const Mention& m : o_.said != nullptr ? *o_.said : m_) {
    said += m.tag == Tag::kNotAfter || m.tag == Tag::kNot || m.tag == Tag::kWithout || m.tag == Tag::kExcept ||
                    m.tag == Tag::kNeither
                ? 1
                : 0;
  }
  for (const Fact& f : facts_) kept += f.negated || f.undenied ? 1 : 0;
  for (const Loose& l : s_.loose) kept += l.kind < 0 || l.denied ? 1 : 0;
  for (const Condition& c : s_.conditions) kept += c.a.kind == OperandKind::kNull || c.op == kNotEqual ? 1 : 0;
  return std::max(0.0, said - kept);
}

// "how many devices are offline": what an unknown word says of the rows cannot be left out.
bool Resolver::UnknownPredicate() const {
  for (std::size_t i = 1; i < m_.size() && o_.said == nullptr; ++i) {
    if (!m_[i].Unknown() || m_[i].soft || m_[i].capital) continue;
    std::size_t before = i - 1;
    while (before > 0 && (m_[before].tag == Tag::kFiller || m_[before].tag == Tag::kNot)) --before;
    if (Introduces(m_[before].tag)) return true;  // "rooms with a bathtub", "orders delivered by drone"
    const bool ends = i + 1 == m_.size() || m_[i + 1].tag == Tag::kStop || m_[i + 1].tag == Tag::kAnd;
    if (m_[before].tag == Tag::kBe && ends) return true;
  }
  for (std::size_t i = 0; o_.said != nullptr && i + 1 < o_.said->size(); ++i) {
    const Mention &m = (*o_.said)[i], &next = (*o_.said)[i + 1];
    const bool describes = next.tag == Tag::kDe || next.tag == Tag::kRelative || next.norm == "の" || next.norm == "的";
    constexpr std::size_t kCharacter = 3;                                     // bytes
    if (m.Unknown() && m.norm.size() > kCharacter && describes) return true;  // イタリア製の商品
  }
  return false;
}

}  // namespace toomai::templates
