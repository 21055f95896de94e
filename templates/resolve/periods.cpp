// Periods beside each other, one after the other, and the difference of two numbers.
#include <algorithm>

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

bool SamePeriod(const Fact& a, const Fact& b) {
  return a.period && b.period && a.column_table == b.column_table && a.column == b.column && !a.negated && !b.negated &&
         !a.or_previous && !b.or_previous && a.part == b.part;
}

bool IsAggregate(const SelectItem& item) {
  return item.expr->kind == ExprKind::kAggregate;
}

std::string AliasOf(const std::string& said) {
  constexpr std::size_t kLongest = 30;
  std::string alias = said.size() > kLongest ? std::string() : said;
  std::replace(alias.begin(), alias.end(), ' ', '_');
  return alias;
}

}  // namespace

// "this month and last month": no row is of both, so the numbers stand side by side, or the rows are of either.
void Resolver::FindPeriods() {
  bool buckets = false;
  for (const Group& g : groups_) buckets |= g.bucket;
  if (s_.compared && buckets) {
    // "per year, compared with the previous year": the row before, not last year's rows.
    const auto last =
        std::find_if(facts_.rbegin(), facts_.rend(), [](const Fact& f) { return f.period && f.relative; });
    if (last != facts_.rend()) facts_.erase(std::next(last).base());
    SumWanted();
    previous_row_ = true;
    return;
  }
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    for (std::size_t k = i + 1; k < facts_.size(); ++k) {
      if (!SamePeriod(facts_[i], facts_[k])) continue;
      if (SumWanted() || s_.difference) {
        compared_ = {facts_[i], facts_[k]};
        facts_.erase(facts_.begin() + static_cast<long>(k));
        facts_.erase(facts_.begin() + static_cast<long>(i));
      } else {
        auto a = facts_[i].make, b = facts_[k].make;
        facts_[i].make = [a, b](QueryBuilder& q) { return Make(ExprKind::kOr, "", {a(q), b(q)}); };
        facts_[i].period = false;
        facts_.erase(facts_.begin() + static_cast<long>(k));
      }
      return;
    }
  }
}

// Measures asked for become sums; is any number asked for?
bool Resolver::SumWanted() {
  bool any = false;
  for (Wanted& w : wanted_) {
    if (w.kind == Target::kThing && Additive(w.column)) {
      w.kind = Target::kAggregates;
      w.aggregates = {"sum"};
    }
    any |= w.kind != Target::kThing;
  }
  return any;
}

void Resolver::ComparePeriods(QueryBuilder& b) {
  if (compared_.size() != 2) return;
  Query& q = b.query();
  for (std::size_t i = 0; i < q.select.size(); ++i) {
    if (!IsAggregate(q.select[i])) continue;
    const ExprPtr whole = q.select[i].expr;
    std::vector<SelectItem> parts;
    for (const Fact& f : compared_) {
      auto part = std::make_shared<Expr>(*whole);
      part->args.push_back(f.make(b));
      parts.push_back({part, AliasOf(M(f.at_mention).text)});
    }
    parts.push_back({MakeBinary("-", parts[0].expr, parts[1].expr), "difference"});
    q.select.erase(q.select.begin() + static_cast<long>(i));
    q.select.insert(q.select.begin() + static_cast<long>(i), parts.begin(), parts.end());
    break;
  }
}

// Running totals, and the number of the period before.
void Resolver::RunUp(Query& q) {
  if (!s_.cumulative && !previous_row_) return;
  ExprPtr bucket;
  for (const ExprPtr& g : q.group) {
    if (g->kind == ExprKind::kCast) bucket = g;
  }
  if (!bucket) return;
  for (std::size_t i = 0; i < q.select.size(); ++i) {
    if (!IsAggregate(q.select[i])) continue;
    const ExprPtr value = q.select[i].expr;
    ExprPtr over = MakeAggregate(previous_row_ ? "lag" : "sum", value);
    over->over = true;
    over->over_order = {bucket};
    if (previous_row_) {
      q.select.insert(q.select.begin() + static_cast<long>(i) + 1,
                      {{over, "previous"}, {MakeBinary("-", value, over), "change"}});
    } else {
      q.select[i] = {over, "running_total"};
    }
    run_up_done_ = true;
    break;
  }
}

// "the difference between the highest and the lowest price": of the last two numbers shown.
void Resolver::Subtract(Query& q) {
  if (q.select.size() < 2 || difference_done_) return;
  SelectItem &first = q.select[q.select.size() - 2], &second = q.select.back();
  const bool both = IsAggregate(first) && IsAggregate(second);
  const bool columns =
      first.expr->kind == ExprKind::kColumn && second.expr->kind == ExprKind::kColumn && q.group.empty();
  if (!both && !columns) return;
  first = {MakeBinary("-", first.expr, second.expr), "difference"};
  q.select.pop_back();
  difference_done_ = true;
}

}  // namespace toomai::templates
