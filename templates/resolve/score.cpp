// What a reading is worth: its shape and what it leaves unexplained.
#include <algorithm>

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

// ---- score ----
void Resolver::Shape(const Query& q, int depth) {
  Features& f = r_.features;
  f.tables += static_cast<double>(q.sources.size());
  f.nested += depth > 0 ? 1 : 0;
  f.grouped += q.group.empty() ? 0 : 1;
  f.ordered += q.order.empty() ? 0 : 1;
  f.set_operation += q.other ? 1 : 0;
  for (const SelectItem& item : q.select) ShapeOf(*item.expr, depth);
  for (const ExprPtr& e : q.where) ShapeOf(*e, depth);
  for (const Source& s : q.sources) {
    if (s.derived) Shape(*s.derived, depth + 1);
  }
  if (q.other) Shape(*q.other, depth + 1);
}

void Resolver::ShapeOf(const Expr& e, int depth) {
  if (e.kind == ExprKind::kAggregate) r_.features.aggregates += 1;
  for (const ExprPtr& a : e.args) ShapeOf(*a, depth);
  if (e.query) Shape(*e.query, depth + 1);
}

// Signs of a misreading in the query itself: a column twice, tables nobody spoke of, an order by text.
void Resolver::Suspect(const Query& q) {
  Features& f = r_.features;
  for (std::size_t i = 0; i < q.select.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) f.twice += SameColumn(q.select[i].expr, q.select[k].expr) ? 1 : 0;
  }
  for (const Source& s : q.sources) {
    if (s.table >= 0 && votes_[static_cast<std::size_t>(s.table)] < 0.3) f.unnamed += 1;
  }
  auto type_of = [&](const Expr& e) {
    return Col(q.sources[static_cast<std::size_t>(e.source)].table, e.column).type_class;
  };
  for (const OrderItem& o : q.order) {
    bool column = o.expr->kind == ExprKind::kColumn && q.sources[static_cast<std::size_t>(o.expr->source)].table >= 0;
    if (column && type_of(*o.expr) == TypeClass::kText && q.limit) f.untyped += 1;
  }
}

// How much of the question was read in one way only.
void Resolver::Weigh() {
  Features& f = r_.features;
  bool exact = true;
  for (std::size_t i = 0; i < m_.size(); ++i) {
    const Mention& m = m_[i];
    if (m.tag != Tag::kNone) continue;
    if (m.Unknown() && m.soft) f.soft += 1;
    if (!m.values.empty() && m.names.empty())
      f.choices += std::min<double>(static_cast<double>(m.values.size()) - 1, 3);
    if (!m.names.empty() && m.names.front().synonym) f.synonyms += 1;
    exact &= m.quoted || m.is_number || m.is_date || (!m.names.empty() && m.names.front().score > 0.97f) ||
             (!m.values.empty() && m.values.front().exact) || (m.Unknown() && m.soft);
  }
  f.plain = exact ? 1 : 0;
}

// "what is the password of …": before anything is said about it, an unknown word stands for what is asked for.
bool Resolver::UnknownWanted() const {
  for (const Mention& m : m_) {
    switch (m.tag) {
      case Tag::kOf:
      case Tag::kThat:
      case Tag::kWhose:
      case Tag::kWith:
      case Tag::kIn:
      case Tag::kFrom:
      case Tag::kHave:
      case Tag::kDo:
      case Tag::kBe:
      case Tag::kStop:
        return false;
      default:
        break;
    }
    if (m.Unknown() && !m.soft) return true;
    if (m.tag == Tag::kNone && (!m.names.empty() || !m.values.empty()) && m.BestTable() > 0.9f) return false;
  }
  return false;
}

// No column is asked for by name, nothing is denied, ranked or grouped: rows as they are.
bool Resolver::NothingSaid() const {
  const bool rows = std::all_of(wanted_.begin(), wanted_.end(), [](const Wanted& w) { return !w.column.Valid(); });
  const bool denied = std::any_of(facts_.begin(), facts_.end(), [](const Fact& f) { return f.negated; });
  return rows && !denied && !s_.ratio && !s_.percent && sups_.empty() && groups_.empty();
}

void Resolver::Score() {
  Features& f = r_.features;
  if (r_.query) {
    Suspect(*r_.query);
    f.doubt += ShowsWhatIsGiven(*r_.query) ? 1 : 0;
    f.doubt += JoinsOverStrangers() ? 0.8 : 0;
    f.doubt += ShowsBareReference(*r_.query) ? 1 : 0;
    f.doubt += RanksText(*r_.query) ? 0.6 : 0;
  }
  FindLeftOut();
  // The opposite rows are worse than none.
  f.dropped += 3 * LostNegations() + 2 * LostPatterns() + (UnknownPredicate() ? 2 : 0);
  Weigh();
  for (const Mention& m : m_) {
    if (m.tag == Tag::kNone) f.length += 1;
    if (m.Unknown()) f.unknown += m.soft ? 0.12 : (m.capital ? 1.2 : 1.0);
    if (m.tag == Tag::kHowMuch) f.doubt += 0.1;
  }
  f.unknown_wanted = UnknownWanted() ? 1 : 0;
  f.ideographs = o_.sums_over_many ? 1 : 0;
  for (int i : s_.unused) {
    const Mention& m = M(i);
    if (m.tag == Tag::kOnly) continue;  // told by what is left out
    f.unused += m.is_number ? 0.8 : m.soft ? 0.2 : 0.6;
  }
  f.doubt += s_.doubt;
  f.ambiguous += close_calls_;
  f.mean_name = name_count_ > 0 ? name_misses_ / name_count_ : 0;
  f.parts = static_cast<double>(wanted_.size() + facts_.size() + sups_.size() + groups_.size());
  if (((s_.ratio || s_.percent) && !ratio_done_) || (s_.difference && !difference_done_)) f.doubt += 1.5;
  if (r_.query) Shape(*r_.query, 0);
  f.wanted = static_cast<double>(wanted_.size());
  f.bare = f.unknown >= 0.9 && NothingSaid() ? 1 : 0;
  for (const Fact& fact : facts_) f.negations += fact.negated ? 1 : 0;
  for (const Mention& m : m_) {
    bool group = m.tag == Tag::kEach || m.tag == Tag::kBucket;
    if (group && f.grouped == 0) f.dropped += 0.5;
    bool order = m.tag == Tag::kSuperMax || m.tag == Tag::kSuperMin || m.tag == Tag::kMostOf ||
                 m.tag == Tag::kLeastOf || m.tag == Tag::kTop || m.tag == Tag::kCommon;
    if (order && f.ordered == 0 && f.aggregates == 0) f.dropped += r_.query && r_.query->limit ? 2 : 1;
    if ((m.tag == Tag::kCompare || m.tag == Tag::kCompareAdjective || m.tag == Tag::kBetween) &&
        s_.conditions.empty() && f.nested == 0 &&
        std::none_of(facts_.begin(), facts_.end(), [](const Fact& fact) { return fact.quantified; }))
      f.dropped += 1;
    if (m.tag == Tag::kWhen || m.tag == Tag::kWhere) f.dropped += 0.3;
    if (m.tag == Tag::kHowMuch || (m.tag == Tag::kDifference && !difference_done_) ||
        (m.tag == Tag::kCumulative && !run_up_done_))
      f.dropped += 0.5;
  }
  double cost = 1.1 * f.unknown + 0.9 * f.unused + 1.2 * f.names + 0.5 * f.mean_name + 0.12 * f.joins + 0.8 * f.doubt +
                0.5 * f.guessed + 0.25 * f.ambiguous + 0.6 * f.empty + 0.5 * f.partial_value;
  r_.score = r_.query ? -cost : -100;
}

}  // namespace toomai::templates
