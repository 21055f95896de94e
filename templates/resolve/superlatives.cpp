// The largest, the most common, the one with most of something.
#include "templates/derived_columns.h"
#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

void Resolver::ResolveSuperlatives() {
  for (const ConceptSup& in : concept_sups_) {
    Sup out;
    bool flip = false;
    out.owner = in.table;
    out.column = ConceptColumn(in.concept_id, in.table, &flip, true);
    if (!out.column.Valid()) {
      r_.features.doubt += 1.2;
      continue;
    }
    out.descending = in.descending != flip;
    AddAnchor(out.column.table);
    sups_.push_back(out);
  }
  for (const Superlative& in : s_.superlatives) {
    Sup out;
    out.mention = in.at;
    out.by_count = in.by_count;
    out.descending = in.descending;
    out.n = in.n;
    out.offset = in.offset;
    out.aggregate = in.aggregate;
    out.owner_entity = in.owner;
    out.sums = in.column >= 0 && M(in.column).sums;
    out.owner = in.of_target || in.owner < 0 ? head_ : OwnerTable(in.owner);
    if (in.owner >= 0 && in.of_target) out.owner = OwnerTable(in.owner);
    if (!Known(out.owner)) out.owner = head_;
    if (in.common != -1) {
      out.is_common = true;
      out.by_count = true;
      if (in.common >= 0) {
        out.common = ChooseColumn(in.common, head_, Need::kAny);
        if (out.common.Valid()) NoteName(out.common.name_score);
      } else if (!wanted_.empty() && wanted_[0].column.Valid()) {
        out.common = wanted_[0].column;
      }
      out.owner = head_;
      // "the most used hashtags", where each has one row: those that refer to it are counted.
      const bool one_row =
          out.common.Valid() && out.common.table == head_ &&
          (x_.joins.IsUnique(head_, out.common.column) || out.common.column == Defaults(head_).display);
      out.counted = one_row ? CountedBy(head_) : -1;
      out.is_common = out.counted < 0;
      sups_.push_back(out);
      continue;
    }
    if (in.by_count) {
      if (in.column >= 0) {
        float table = M(in.column).BestTable(), column = M(in.column).BestColumn();
        if (table > 0 && table >= column - 0.001f) {
          out.counted = ChooseTable(in.column);
          AddAnchor(out.counted);
        } else {
          out.column = ChooseColumn(in.column, out.owner, Need::kAny);
          if (!out.column.Valid()) {
            r_.features.doubt += 1;
            continue;
          }
          NoteName(out.column.name_score);
          AddAnchor(out.column.table);
          TypeClass type = Col(out.column.table, out.column.column).type_class;
          bool key = x_.joins.EdgeFromColumn(out.column.table, out.column.column) >= 0 ||
                     Defaults(out.column.table).key == out.column.column;
          if (schema::IsNumber(type) && !key) {
            out.by_count = false;
            out.sums |= AddsUp(out.column);  // "spends the most on salaries"
          } else
            out.counted = out.column.table;
        }
      } else {
        // "which X … the most": counts what links.
        for (std::size_t e = 0; e < s_.entities.size(); ++e) {
          if (entity_table_[e] != head_ && entity_table_[e] >= 0) out.counted = entity_table_[e];
        }
        if (out.counted < 0) out.counted = CountedBy(head_);
        if (out.counted < 0) {
          r_.features.doubt += 1;
          continue;
        }
      }
    } else if (in.column >= 0) {
      out.column = ChooseColumn(in.column, out.owner, Need::kComparable);
      if (!out.column.Valid()) {
        r_.features.doubt += 1;
        continue;
      }
      NoteName(out.column.name_score);
      AddAnchor(out.column.table);
      if (in.extreme && !schema::IsNumber(Col(out.column.table, out.column.column).type_class)) {
        out.column = MeasureBeside(out.column);
        if (!out.column.Valid()) continue;
      }
    } else {
      bool flip = false;
      out.column = ConceptColumn(in.concept_id, out.owner, &flip, true);
      if (!out.column.Valid()) {
        // The only measure of the table, else its default.
        int measure = Defaults(out.owner).measure;
        if (in.concept_id == 8) measure = Defaults(out.owner).time;
        if (measure < 0) {
          r_.features.doubt += 1.2;
          continue;
        }
        out.column.table = out.owner;
        out.column.column = measure;
        r_.features.guessed += 0.6;
      } else {
        r_.features.guessed += 0.1;
      }
      if (flip) out.descending = !out.descending;
      AddAnchor(out.column.table);
    }
    sups_.push_back(out);
  }
  for (Sup& sup : sups_) {
    bool measure =
        !sup.by_count && sup.column.Valid() && schema::IsNumber(Col(sup.column.table, sup.column.column).type_class);
    if ((s_.total || s_.by_measure || o_.sums_over_many || sup.sums) && measure && sup.aggregate.empty() &&
        sup.column.table != sup.owner && HasToMany(Walk(x_, sup.owner, sup.column.table, &hints_)))
      sup.aggregate = "sum";
    const std::string metric = measure ? MetricAggregate(Col(sup.column.table, sup.column.column)) : "";
    if (!metric.empty() && (sup.aggregate.empty() || metric == kWholeExpression)) sup.aggregate = metric;
  }
  if (s_.limit > 0 && sups_.size() == 1 && sups_[0].n == 1) sups_[0].n = s_.limit;
}

// The one table whose rows refer to rows of `table`; -1: none, or several.
int Resolver::CountedBy(int table) const {
  int counted = -1;
  for (int e : x_.joins.EdgesOf(table)) {
    const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
    if (edge.table2 != table || edge.table1 == table || edge.table1 == counted) continue;
    if (counted >= 0) return -1;
    counted = edge.table1;
  }
  return counted;
}

}  // namespace toomai::templates
