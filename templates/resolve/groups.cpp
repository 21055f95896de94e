// What results are grouped by.
#include <algorithm>
#include <string_view>

#include "schema/stem.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

void Resolver::ResolveGroups() {
  for (const GroupKey& g : s_.groups) {
    Group out;
    out.mention = g.mention;
    if (g.bucket) {
      out.bucket = true;
      out.unit = g.unit;
      // A year column groups by year without any date arithmetic.
      Choice time;
      for (int a : anchors_) {
        if (Defaults(a).time >= 0 && !time.Valid()) {
          time.table = a;
          time.column = Defaults(a).time;
        }
      }
      Choice year = YearColumn(head_);
      if (g.unit == 3 && year.Valid() && schema::IsNumber(Col(year.table, year.column).type_class)) {
        out.bucket = false;
        out.column = year;
      } else if (time.Valid()) {
        out.column = time;
        r_.features.guessed += 0.2;
      } else {
        r_.features.doubt += 1;
        continue;
      }
      groups_.push_back(out);
      continue;
    }
    float table = M(g.mention).BestTable(), column = M(g.mention).BestColumn();
    if (table > 0 && table >= column - 0.001f) {
      for (std::size_t e = 0; e < s_.entities.size(); ++e) {
        if (s_.entities[e].mention == g.mention) out.table = entity_table_[e];
      }
      if (out.table < 0) out.table = ChooseTable(g.mention);
      // "each country" where the subject itself has a column country and nothing is shown of the table.
    } else {
      out.column = ChooseColumn(g.mention, head_, Need::kAny);
      if (!out.column.Valid()) continue;
      NoteName(out.column.name_score);
      AddAnchor(out.column.table);
    }
    groups_.push_back(out);
  }
  CompareValues();
  DropOwners();
  SumMeasures();
  CountThings();
}

// 每年的发票总金额: the things whose numbers are put together are not asked for themselves.
void Resolver::DropOwners() {
  if (!o_.sums_over_many) return;
  const auto total = std::find_if(wanted_.begin(), wanted_.end(), [](const Wanted& w) {
    return w.kind == Target::kAggregates && w.column.Valid() && !w.maybe_superlative;
  });
  if (total == wanted_.end()) return;
  const int rows = total->column.table;
  const bool each = std::any_of(groups_.begin(), groups_.end(), [&](const Group& g) { return g.table == rows; });
  if (each) return;
  std::erase_if(wanted_, [&](const Wanted& w) {
    return w.kind == Target::kThing && w.table == rows && !w.column.Valid() && !w.explicit_list;
  });
}

// "compare the average value of web and app": one row for each of the values.
void Resolver::CompareValues() {
  if (!s_.compared || !groups_.empty() || wanted_.size() != 1 || wanted_[0].kind == Target::kThing) return;
  const auto listed = std::find_if(facts_.begin(), facts_.end(),
                                   [](const Fact& f) { return f.listed && f.equality && !f.negated && f.column >= 0; });
  if (listed == facts_.end()) return;
  Group group;
  group.column.table = listed->column_table;
  group.column.column = listed->column;
  group.column.score = group.column.name_score = 1;
  group.mention = listed->at;
  groups_.push_back(group);
}

// "products per category", "monthly orders": put together, rows only tell how many they are.
void Resolver::CountThings() {
  const bool together =
      std::any_of(s_.groups.begin(), s_.groups.end(), [](const GroupKey& g) { return g.puts_together; });
  if (!together || groups_.empty() || wanted_.size() != 1 || !sups_.empty()) return;
  Wanted& w = wanted_[0];
  if (w.kind != Target::kThing || w.everything || !Known(w.table)) return;
  const Group& g = groups_.front();
  const bool itself = g.table == w.table ||
                      (g.table < 0 && g.column.table == w.table && !g.bucket &&
                       (x_.joins.IsUnique(w.table, g.column.column) || g.column.column == Defaults(w.table).display));
  if (itself) return;
  w.kind = Target::kCount;
  w.column = Choice{};
}

// A number that adds up over rows: amounts do, prices, ages and rates do not.
bool Resolver::Additive(const Choice& c) const {
  if (!c.Valid() || !IsMeasure(c)) return false;
  if (NamesAmount(c)) return true;
  return c.column == Defaults(c.table).measure && !x_.lexicon.NameOf(c.table, c.column).words.empty() &&
         x_.lexicon.NameOf(c.table, c.column).words.back() != "price";
}

// Less than Additive: a number of which there may be most in all, as of salaries, and not of prices or ages.
bool Resolver::AddsUp(const Choice& c) const {
  if (!IsMeasure(c)) return false;
  static constexpr std::string_view kNever[] = {"price",   "rate",      "age",  "score",
                                                "percent", "percentag", "rank", "grade"};
  const auto& words = x_.lexicon.NameOf(c.table, c.column).words;
  return std::none_of(words.begin(), words.end(), [](const std::string& w) {
    return std::find(std::begin(kNever), std::end(kNever), w) != std::end(kNever);
  });
}

// Many rows of the measure to one of the group.
bool Resolver::ManyToEach(const Choice& measure, const Group& g) const {
  const int t = g.table >= 0 ? g.table : g.column.table;
  return g.bucket || (g.table < 0 && !x_.joins.IsUnique(t, g.column.column)) ||
         (t != measure.table && HasToMany(Walk(x_, t, measure.table, &hints_)));
}

// "the sales in each quarter", "sales by country": many rows to a group, so their sum.
void Resolver::SumMeasures() {
  for (Wanted& w : wanted_) {
    if (w.kind != Target::kThing || !Additive(w.column)) continue;
    const bool many =
        std::any_of(groups_.begin(), groups_.end(), [&](const Group& g) { return ManyToEach(w.column, g); });
    if (!many && !SumsAlone()) continue;
    w.kind = Target::kAggregates;
    w.aggregates = {"sum"};
  }
  MeanMeasures();
}

// "price by category": put together, a number that does not add up is told by its mean.
void Resolver::MeanMeasures() {
  const bool together =
      std::any_of(s_.groups.begin(), s_.groups.end(), [](const GroupKey& g) { return g.puts_together; });
  if (!together || groups_.empty() || wanted_.size() != 1 || !sups_.empty()) return;
  Wanted& w = wanted_[0];
  if (w.kind != Target::kThing || !w.column.Valid() || !IsMeasure(w.column) || !ManyToEach(w.column, groups_[0]))
    return;
  w.kind = Target::kAggregates;
  w.aggregates = {AddsUp(w.column) ? "sum" : "avg"};
  r_.features.doubt += 0.3;  // the question does not say which
}

// "sales in 2025", "what were our sales last month?": one measure of no rows that are named is asked for as a whole.
bool Resolver::SumsAlone() const {
  static constexpr std::string_view kWhole[] = {"sales", "takings", "earnings", "proceeds"};
  const bool single = s_.targets.size() == 1 && wanted_.size() == 1 && groups_.empty() && sups_.empty() &&
                      s_.superlatives.empty() && s_.orders.empty() && s_.limit == 0 && !s_.difference && !s_.ratio &&
                      !s_.percent && !s_.distinct;
  if (!single || s_.targets[0].mention < 0 || wanted_[0].kind != Target::kThing) return false;
  const bool rows_named =
      s_.entities.size() > 1 || (s_.entities.size() == 1 && s_.entities[0].mention + 1 != s_.targets[0].mention);
  if (rows_named) return false;  // "the amounts of the orders", not "the order amount"
  const Mention& said = M(s_.targets[0].mention);
  const bool each = said.norm.ends_with('s') && std::none_of(std::begin(kWhole), std::end(kWhole),
                                                             [&](auto whole) { return said.norm.ends_with(whole); });
  return !each && m_[0].tag != Tag::kList && NamesAmount(wanted_[0].column) && !OneRowNamed(wanted_[0].column.table);
}

// A column called an amount, a total, sales: never a price.
bool Resolver::NamesAmount(const Choice& c) const {
  if (!c.Valid() || !IsMeasure(c)) return false;
  for (const std::string& w : x_.lexicon.NameOf(c.table, c.column).words) {
    for (const char* sum : {"amount", "total", "sale", "revenu", "quantiti", "profit", "incom", "turnov", "hour"}) {
      if (w == schema::Stem(sum) || w == sum) return true;
    }
  }
  return false;
}

}  // namespace toomai::templates
