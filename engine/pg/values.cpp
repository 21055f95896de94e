#include "engine/pg/values.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "engine/pg/array_text.h"

namespace toomai::engine::pg {
namespace {

using schema::Column;
using schema::ColumnValues;
using schema::Schema;
using schema::Table;
using schema::TableKind;
using schema::TypeClass;

constexpr std::size_t kColumnsPerBatch = 64;       // statements in one round trip
constexpr double kSmallBytes = 2.0 * 1024 * 1024;  // a table never analyzed counts as small below this size

bool IsTextArray(const Column& column) {
  return column.type_class == TypeClass::kArray &&
         (column.base_type == "text[]" || column.base_type == "varchar[]" || column.base_type == "bpchar[]");
}
bool HoldsText(const Column& column) {
  return column.type_class == TypeClass::kText || IsTextArray(column);
}

// Views are left out: their values come from tables, and looking may cost anything.
bool MayScan(const Table& table) {
  return table.kind == TableKind::kTable || table.kind == TableKind::kPartitioned ||
         table.kind == TableKind::kMaterializedView;
}

struct Candidate {
  int table, column;
  double rows;
};

class Collector {
 public:
  Collector(Connection& connection, const Deadline& deadline, const Schema& schema, const ValueOptions& options)
      : connection_(connection), deadline_(deadline.Within(options.budget)), schema_(schema), options_(options) {}

  Expected<std::vector<ColumnValues>> Collect() {
    TakeDeclared();
    if (auto ready = Prepare(); !ready) return Fail(ready.error());
    MeasureUnknownTables();
    ScanColumns();
    TakeStatistics();
    connection_.Post({Text("RESET ALL")});
    std::vector<ColumnValues> all;
    for (auto& [key, values] : found_) {
      if (!values.values.empty()) all.push_back(std::move(values));
    }
    return all;
  }

 private:
  static Statement Text(std::string sql) {
    Statement statement;
    statement.sql = std::move(sql);
    statement.ends_group = true;  // a column that fails must not stop the next
    return statement;
  }

  bool Allowed(const Table& table, const Column& column) const {
    return table.readable && column.readable && (!options_.allowed || options_.allowed(table, column));
  }

  ColumnValues& Found(int table, int column) {
    ColumnValues& values = found_[{table, column}];
    values.table = table;
    values.column = column;
    return values;
  }

  // Enum labels and CHECK lists cost nothing.
  void TakeDeclared() {
    for (int t = 0; t < static_cast<int>(schema_.tables.size()); ++t) {
      const Table& table = schema_.tables[t];
      for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
        const Column& column = table.columns[c];
        const auto& declared = column.enum_values.empty() ? column.check_values : column.enum_values;
        if (declared.empty() || !Allowed(table, column)) continue;
        ColumnValues& values = Found(t, c);
        values.values = declared;
        values.complete = true;
      }
    }
  }

  // Session settings, not a transaction: every column is a transaction of its own.
  Expected<void> Prepare() {
    auto set = connection_.Query(
        deadline_,
        "SELECT pg_catalog.set_config('default_transaction_read_only', 'on', false),"
        " pg_catalog.set_config('statement_timeout', $1, false), pg_catalog.set_config('lock_timeout', '200', false),"
        " pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)",
        {std::to_string(options_.column_timeout.count())});
    if (!set) return Fail(set.error());
    return {};
  }

  void MeasureUnknownTables() {
    std::vector<std::string> unknown;
    std::map<std::uint32_t, int> by_oid;
    for (int t = 0; t < static_cast<int>(schema_.tables.size()); ++t) {
      const Table& table = schema_.tables[t];
      rows_.push_back(table.row_estimate);
      if (!MayScan(table) || table.row_estimate >= 0) continue;
      unknown.push_back(std::to_string(table.oid));
      by_oid[table.oid] = t;
    }
    if (unknown.empty()) return;
    Statement sizes = Text(
        "SELECT oid, pg_total_relation_size(oid) + coalesce((SELECT sum(pg_total_relation_size(relid))"
        " FROM pg_partition_tree(oid) WHERE isleaf AND relid <> oid), 0)"
        " FROM unnest($1::oid[]) AS wanted(oid)");
    sizes.parameters = {WriteTextArray(unknown)};
    sizes.on_row = [&](const RowView& row) {
      const auto found = by_oid.find(static_cast<std::uint32_t>(std::strtoul(row[0].data(), nullptr, 10)));
      const double bytes = std::strtod(row[1].data(), nullptr);
      // Up to kSmallBytes it counts as the largest small table: behind those whose size is known.
      if (found != by_oid.end() && !row.IsNull(1) && bytes <= kSmallBytes)
        rows_[found->second] = options_.small_table - 1;
      return RowAction::kContinue;
    };
    Note(connection_.Run(deadline_, {sizes}));
  }

  std::vector<Candidate> Candidates() const {
    std::vector<Candidate> candidates;
    for (int t = 0; t < static_cast<int>(schema_.tables.size()); ++t) {
      const Table& table = schema_.tables[t];
      if (!MayScan(table)) continue;
      const bool small = options_.scan_small && rows_[t] >= 0 && rows_[t] < options_.small_table;
      for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
        const Column& column = table.columns[c];
        if (!HoldsText(column) || !Allowed(table, column) || found_.count({t, c}) > 0) continue;
        const bool few = options_.scan && column.stats && column.stats->distinct > 0 &&
                         column.stats->distinct <= options_.few_values;
        if (small || few) candidates.push_back({t, c, rows_[t]});
      }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto& a, const auto& b) { return a.rows < b.rows; });
    if (candidates.size() > static_cast<std::size_t>(options_.max_columns)) candidates.resize(options_.max_columns);
    return candidates;
  }

  // A NULL among the rows stands for values too long to be names.
  std::string ScanText(const Table& table, const Column& column) const {
    const std::string name = schema::QuoteIdentifier(column.name);
    const std::string from = schema::QuoteIdentifier(table.schema) + "." + schema::QuoteIdentifier(table.name);
    const std::string source = IsTextArray(column) ? "(SELECT unnest(" + name + ")::text AS v FROM " + from + ") AS s"
                                                   : "(SELECT " + name + "::text AS v FROM " + from + ") AS s";
    return "SELECT DISTINCT CASE WHEN octet_length(v) <= " + std::to_string(options_.max_value_bytes) +
           " THEN v END FROM " + source + " WHERE v IS NOT NULL LIMIT " + std::to_string(options_.max_values + 2);
  }

  void ScanColumns() {
    const std::vector<Candidate> candidates = Candidates();
    for (std::size_t at = 0; at < candidates.size() && !deadline_.over() && connection_.usable();
         at += kColumnsPerBatch) {
      std::vector<Statement> batch;
      for (std::size_t i = at; i < std::min(at + kColumnsPerBatch, candidates.size()); ++i) {
        const Table& table = schema_.tables[candidates[i].table];
        ColumnValues* values = &Found(candidates[i].table, candidates[i].column);
        Statement scan = Text(ScanText(table, table.columns[candidates[i].column]));
        scan.on_fields = [values](const std::vector<Field>&) {
          values->complete = true;
        };  // until a row says otherwise
        scan.on_row = [this, values](const RowView& row) {
          if (row.IsNull(0) || values->values.size() >= options_.max_values)
            values->complete = false;
          else
            values->values.emplace_back(row[0]);
          return RowAction::kContinue;
        };
        batch.push_back(std::move(scan));
      }
      Note(connection_.Run(deadline_, batch));
    }
  }

  // Samples of the columns that were not scanned.
  void TakeStatistics() {
    std::set<std::string> tables;
    for (int t = 0; t < static_cast<int>(schema_.tables.size()); ++t) {
      const Table& table = schema_.tables[t];
      for (int c = 0; c < static_cast<int>(table.columns.size()); ++c) {
        if (Samples(t, c)) tables.insert(table.name);
      }
    }
    if (tables.empty() || deadline_.over() || !connection_.usable()) return;
    Statement statistics = Text(
        "SELECT schemaname, tablename, attname, most_common_vals::text, histogram_bounds::text,"
        " coalesce(most_common_elems::text, '') FROM pg_stats WHERE tablename = ANY ($1)");
    statistics.parameters = {WriteTextArray({tables.begin(), tables.end()})};
    statistics.on_row = [this](const RowView& row) {
      const int t = schema_.FindTable(row[0], row[1]);
      const int c = t < 0 ? -1 : schema_.tables[t].FindColumn(row[2]);
      if (c >= 0 && Samples(t, c)) AddSamples(row, t, c);
      return RowAction::kContinue;
    };
    Note(connection_.Run(deadline_, {statistics}));
  }

  bool Samples(int t, int c) const {
    const Table& table = schema_.tables[t];
    const Column& column = table.columns[c];
    if (!HoldsText(column) || !Allowed(table, column)) return false;
    const auto found = found_.find({t, c});
    return found == found_.end() || (found->second.values.empty() && !found->second.complete);
  }

  void AddSamples(const RowView& row, int t, int c) {
    const bool array = IsTextArray(schema_.tables[t].columns[c]);
    std::vector<std::string> samples = ParseTextArray(row[array ? 5 : 3], options_.max_values);
    if (!array) {
      for (auto& bound : ParseTextArray(row[4], options_.max_values)) samples.push_back(std::move(bound));
    }
    ColumnValues& values = Found(t, c);
    std::set<std::string_view> seen;
    for (const std::string& sample : samples) {
      if (sample.size() > options_.max_value_bytes || values.values.size() >= options_.max_values) continue;
      if (seen.insert(sample).second) values.values.push_back(sample);
    }
  }

  void Note(const Expected<void>& done) {
    if (done) return;
    Log(Level::kDebug, "values", "some columns were left out", {{"reason", done.error().message}});
  }

  Connection& connection_;
  const Deadline deadline_;
  const Schema& schema_;
  const ValueOptions& options_;
  std::vector<double> rows_;  // per table; -1: unknown and not small
  std::map<std::pair<int, int>, ColumnValues> found_;
};

}  // namespace

Expected<std::vector<ColumnValues>> CollectValues(Connection& connection, const Deadline& deadline,
                                                  const Schema& schema, const ValueOptions& options) {
  return Collector(connection, deadline, schema, options).Collect();
}

}  // namespace toomai::engine::pg
