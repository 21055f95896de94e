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
  SumMeasures();
}

// A number that adds up over rows: amounts do, prices, ages and rates do not.
bool Resolver::Additive(const Choice& c) const {
  if (!c.Valid() || !IsMeasure(c)) return false;
  for (const std::string& w : x_.lexicon.NameOf(c.table, c.column).words) {
    for (const char* sum : {"amount", "total", "sale", "revenu", "quantiti", "profit", "incom", "turnov", "hour"}) {
      if (w == schema::Stem(sum) || w == sum) return true;
    }
  }
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

// "the sales in each quarter", "sales by country": many rows to a group, so their sum.
void Resolver::SumMeasures() {
  for (Wanted& w : wanted_) {
    if (w.kind != Target::kThing || !Additive(w.column)) continue;
    for (const Group& g : groups_) {
      const int t = g.table >= 0 ? g.table : g.column.table;
      const bool many = g.bucket || (g.table < 0 && !x_.joins.IsUnique(t, g.column.column)) ||
                        (t != w.column.table && HasToMany(Walk(x_, t, w.column.table, &hints_)));
      if (!many) continue;
      w.kind = Target::kAggregates;
      w.aggregates = {"sum"};
      break;
    }
  }
}

}  // namespace toomai::templates
