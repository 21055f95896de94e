// Nothing may vanish: what the question says and the query does not hold.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "templates/resolve/resolver_state.h"
#include "templates/verbs.h"

namespace toomai::templates {
namespace {

// What a query holds, its subqueries included.
struct Held {
  std::set<std::string> literals;
  std::set<double> numbers;
  std::string raw;  // what date rules wrote
  std::set<std::string> functions;
  std::set<std::pair<int, int>> columns;
  std::set<int> tables;
  int comparisons = 0, periods = 0;
  bool ordered = false;

  void Add(const Query& q) {
    for (const Source& s : q.sources) {
      if (s.table >= 0) tables.insert(s.table);
      if (s.derived) Add(*s.derived);
      for (const auto& [parent, own] : s.on) {
        if (s.table >= 0) columns.insert({s.table, own});
        if (s.parent >= 0) columns.insert({q.sources[static_cast<std::size_t>(s.parent)].table, parent});
      }
    }
    for (const SelectItem& item : q.select) Add(q, *item.expr);
    for (const ExprPtr& e : q.where) Add(q, *e);
    for (const ExprPtr& e : q.group) Add(q, *e);
    for (const ExprPtr& e : q.having) Add(q, *e);
    for (const OrderItem& item : q.order) Add(q, *item.expr);
    ordered |= !q.order.empty();
    if (q.limit) numbers.insert(static_cast<double>(*q.limit));
    if (q.offset) numbers.insert(static_cast<double>(*q.offset + 1));
    if (q.other) Add(*q.other);
  }

  bool Number(double v) const { return numbers.count(v) != 0; }
  bool Literal(const std::string& text) const {
    return literals.count(text) != 0 || std::any_of(literals.begin(), literals.end(), [&](const std::string& one) {
             return one.size() > text.size() && one.find('%') != std::string::npos &&
                    one.find(text) != std::string::npos;
           });
  }

 private:
  static bool IsMomentText(const Expr& e) { return e.kind == ExprKind::kRaw || e.kind == ExprKind::kText; }
  static bool IsPeriod(const Expr& e) {
    auto bound = [](const ExprPtr& a, const char* op) {
      return a->kind == ExprKind::kBinary && a->name == op && IsMomentText(*a->args[1]);
    };
    return e.kind == ExprKind::kAnd && e.args.size() == 2 && bound(e.args[0], ">=") && bound(e.args[1], "<");
  }

  void Add(const Query& q, const Expr& e) {
    if (e.kind == ExprKind::kColumn && e.source >= 0)
      columns.insert({q.sources[static_cast<std::size_t>(e.source)].table, e.column});
    if (e.kind == ExprKind::kText) {
      literals.insert(e.name);
      if (e.name.size() == 10 && e.name[4] == '-') {  // 'YYYY-01-01' is where a year begins, or the one before ends
        const double year = std::strtod(e.name.substr(0, 4).c_str(), nullptr);
        numbers.insert({year, year - 1});
      }
    }
    if (e.kind == ExprKind::kNumber) {
      literals.insert(e.name);
      numbers.insert(std::strtod(e.name.c_str(), nullptr));
    }
    if (e.kind == ExprKind::kRaw) raw += e.name + '\n';
    if (e.kind == ExprKind::kAggregate || e.kind == ExprKind::kCall) functions.insert(e.name);
    const bool compares = e.kind == ExprKind::kBinary && (e.name == "<>" || e.name[0] == '<' || e.name[0] == '>');
    comparisons += compares || e.kind == ExprKind::kBetween ? 1 : 0;
    periods += IsPeriod(e) ? 1 : 0;
    for (const ExprPtr& a : e.args) Add(q, *a);
    for (const ExprPtr& a : e.over_order) Add(q, *a);
    if (e.query) Add(*e.query);
  }
};

bool SaysNameOf(const Mention& m) {
  return m.norm == "name" || m.norm == "names" || m.norm == "kind" || m.norm == "type";
}

bool Compares(const Mention& m) {
  switch (m.tag) {
    case Tag::kBetween:
    case Tag::kBetweenEnd:
    case Tag::kYori:
      return true;
    case Tag::kCompare:
    case Tag::kCompareAdjective:
      return m.arg % 16 != kEqual;
    case Tag::kCompareAfter:
      return m.arg % 128 != kEqual;
    default:
      return false;
  }
}

bool Counts(Tag tag) {
  return tag == Tag::kHowMany || tag == Tag::kHowManyAfter || tag == Tag::kCount || tag == Tag::kCountAfter;
}

bool Aggregates(Tag tag) {
  return tag == Tag::kAverage || tag == Tag::kSum || tag == Tag::kSumAfter || tag == Tag::kMax || tag == Tag::kMin;
}

bool HoldsAggregate(const Held& held, Tag tag) {
  auto has = [&](const char* name) { return held.functions.count(name) != 0; };
  switch (tag) {
    case Tag::kAverage:
      return has("avg");
    case Tag::kSum:
    case Tag::kSumAfter:
      return has("sum") || has("count");
    case Tag::kMax:
      return has("max") || held.ordered;
    default:
      return has("min") || held.ordered;
  }
}

}  // namespace

// "orders of customer 5" need no customers: a column that refers to them is enough.
bool Resolver::RefersFrom(const std::set<std::pair<int, int>>& columns, int table) const {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const auto& c) { return ReferenceTo(c.first, c.second) == table; });
}

// Words that say which rows are meant, though no name or value of the data explains them: "paid posts", "events that
// are sold out", "products we still sell", "the same city". Behind them stands nothing that they could belong to.
bool Resolver::Unbound(const Mention& m) const {
  static const std::set<std::string_view> kAlways = {"same", "the same", "still", "no longer", "only", "solely"};
  static const std::set<std::string_view> kStates = {
      "paid",     "sold",     "bought",    "visited",   "released",  "treated", "taught",   "enrolled", "hired",
      "employed", "assigned", "available", "published", "graduated", "won",     "directed", "live",     "temporarily"};
  const std::size_t at = static_cast<std::size_t>(&m - m_.data());
  const bool said_again = at + 1 < m_.size() && (m_[at + 1].negative || m_[at + 1].state);  // "still unread"
  if (said_again) return false;
  const bool compared = std::any_of(s_.conditions.begin(), s_.conditions.end(), [&](const Condition& c) {
    return c.at == static_cast<int>(at) && c.a.kind == OperandKind::kThingOf;  // "the same city as"
  });
  if (compared) return false;
  const bool only =
      m.tag == Tag::kOnly && std::find(s_.unused.begin(), s_.unused.end(), static_cast<int>(at)) != s_.unused.end();
  if (only) return true;
  const bool turned = m.norm == "out" && m.tag == Tag::kFiller && at > 0 && IsParticiple(m_[at - 1].norm) &&
                      m_[at - 1].to == m.from;  // "sold out" is not "sold"
  if (turned) return true;
  if (kAlways.count(m.norm) != 0 && (m.Unknown() || m.tag == Tag::kFiller || m.tag == Tag::kTheir)) return true;
  if (!(m.Unknown() || m.tag == Tag::kFiller) || kStates.count(m.norm) == 0) return false;
  const Mention* before = at > 0 ? &m_[at - 1] : nullptr;
  const Mention* next = at + 1 < m_.size() ? &m_[at + 1] : nullptr;
  const bool ends = next == nullptr || next->tag == Tag::kStop || next->tag == Tag::kAnd || next->norm == "out";
  const bool predicate =
      before != nullptr && (before->tag == Tag::kBe || before->tag == Tag::kThat || before->tag == Tag::kNot) && ends;
  static const std::set<std::string_view> kArticles = {"the", "all", "our", "any", "these", "all the", "of"};
  const bool starts = before == nullptr || before->tag == Tag::kList || before->tag == Tag::kWhich ||
                      before->tag == Tag::kHowMany || before->tag == Tag::kCount || kArticles.count(before->norm) != 0;
  const bool attribute = starts && next != nullptr && next->tag == Tag::kNone && next->BestTable() > 0.8f;
  return predicate || attribute;
}

bool Resolver::ShowsNumber(const Query& q) const {
  return std::any_of(q.select.begin(), q.select.end(), [&](const SelectItem& item) {
    const Choice c = ColumnOf(q, *item.expr);
    return !c.Valid() || schema::IsNumber(Col(c.table, c.column).type_class);
  });
}

// What is left out, as it was said; the words that change most are counted in `dropped`.
void Resolver::FindLeftOut() {
  constexpr double kChangesAll = 2, kChangesSome = 1, kChangesLittle = 0.5;
  if (!r_.query) return;
  Held held;
  held.Add(*r_.query);
  auto leave = [&](const Mention& m, double weight) {
    r_.features.dropped += weight;
    if (!m.text.empty()) r_.left_out.push_back(m.text);
  };
  auto names = [&](const Mention& m) {
    return std::any_of(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
      return hit.column < 0 ? held.tables.count(hit.table) != 0 || RefersFrom(held.columns, hit.table)
                            : held.columns.count({hit.table, hit.column}) != 0;
    });
  };
  int comparisons = 0, last_comparison = -1;
  const std::vector<Mention>& question = o_.said != nullptr ? *o_.said : m_;
  for (std::size_t i = 0; i < question.size(); ++i) {
    const Mention& m = question[i];
    const bool said = !m.text.empty() && m.to > m.from;
    if (!said) continue;
    const bool named = names(m);
    if (m.is_date) {
      const bool kept = held.raw.find(m.date.from) != std::string::npos ||
                        (!m.date.to.empty() && held.raw.find(m.date.to) != std::string::npos);
      const bool before = previous_row_ && m.date.relative;  // told by the row before
      if (!kept && !before) leave(m, kChangesAll);
    } else if (m.is_number) {
      const bool kept = m.number == 1 || held.Number(m.number) || held.raw.find(m.digits) != std::string::npos ||
                        held.Literal(m.digits) || held.Literal(m.text) || named || m.tag != Tag::kNone;
      if (!kept) leave(m, kChangesAll);
    } else if (m.tag == Tag::kNone && (!m.values.empty() || m.quoted)) {
      const bool kept =
          named || held.Literal(m.text) ||
          std::any_of(m.values.begin(), m.values.end(), [&](const schema::ValueHit& hit) {
            return held.Literal(std::string(hit.value)) || held.columns.count({hit.table, hit.column}) != 0;
          });
      if (!kept) leave(m, kChangesAll);
    } else if (m.tag == Tag::kNone && !m.names.empty()) {
      // "population density", "airline names": what stands beside it says it.
      const bool beside = (i > 0 && question[i - 1].to == m.from && names(question[i - 1])) ||
                          (i + 1 < question.size() && question[i + 1].from == m.to && names(question[i + 1]));
      const bool sure = std::max(m.BestTable(), m.BestColumn()) > 0.9f && !m.names.front().synonym;
      if (!named && !beside && m.extreme == 0 && !SaysNameOf(m)) leave(m, sure ? kChangesSome : kChangesLittle);
    } else if (o_.said == nullptr && Unbound(m)) {
      leave(m, kChangesAll);
    } else if (m.Unknown() && !m.soft) {
      r_.left_out.push_back(m.text);
    } else if (Counts(m.tag) && !named && held.functions.empty() && !ShowsNumber(*r_.query)) {
      leave(m, kChangesAll);
    } else if (Aggregates(m.tag) && !named && !HoldsAggregate(held, m.tag)) {
      leave(m, kChangesAll);
    } else if (Compares(m) && !s_.ratio) {
      const bool at_least_one = i + 1 < question.size() && question[i + 1].is_number && question[i + 1].number == 1;
      comparisons += at_least_one ? 0 : 1;
      last_comparison = static_cast<int>(i);
    }
  }
  if (comparisons > held.comparisons + held.periods)
    leave(question[static_cast<std::size_t>(last_comparison)], kChangesAll);
}

}  // namespace toomai::templates
