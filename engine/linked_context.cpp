#include "engine/linked_context.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "llm/tokens.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kManyTables = 100;
constexpr std::int64_t kLeastTokens = 1000, kTokensOfCreatedColumn = 10;
constexpr std::size_t kMaxColumns = 60;  // of one table in compact text; wider ones end in "…"
constexpr std::size_t kMaxCommentBytes = 80;
constexpr std::size_t kMaxValueBytes = 40;
constexpr std::size_t kMaxListedValues = 12;  // a closed list in full; else a few examples
constexpr std::size_t kExampleValues = 3;
constexpr std::size_t kMaxListedTables = 60;
constexpr std::size_t kLinkedForJoins = 6;  // best tables whose join paths are added

std::string OneLine(std::string_view text, std::size_t bytes) {
  std::string clean = CleanUtf8(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == '`'; }, ' ');
  return Ellipsis(Trim(clean), bytes);
}

std::string ShortType(const schema::Column& column) {
  std::string type = column.type;
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"character varying", "varchar"},
                                 {"timestamp without time zone", "timestamp"},
                                 {"timestamp with time zone", "timestamptz"},
                                 {"double precision", "float8"},
                                 {"time without time zone", "time"}}) {
    if (type.compare(0, from.size(), from) == 0) type = std::string(to) + type.substr(from.size());
  }
  return type;
}

std::string Reference(const schema::Schema& schema, const schema::Table& table, int column) {
  for (const schema::ForeignKey& key : table.foreign_keys) {
    if (key.columns.size() != 1 || key.columns[0] != column || key.target_table < 0) continue;
    return " -> " + schema::QualifiedName(schema, key.target_table) + "." +
           schema::QuoteIdentifier(schema.column(key.target_table, key.target_columns[0]).name);
  }
  return {};
}

std::string Rows(double estimate) {
  if (estimate < 0) return {};
  const auto count = static_cast<long long>(estimate);
  if (count >= 1'000'000) return "~" + std::to_string(count / 1'000'000) + "M rows";
  if (count >= 1'000) return "~" + std::to_string(count / 1'000) + "k rows";
  return "~" + std::to_string(count) + " rows";
}

std::string QuotedList(const std::vector<std::string>& values, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, values.size()); ++i) {
    out += (i ? ", " : "") + QuoteLiteral(OneLine(values[i], kMaxValueBytes));
  }
  return out;
}

// "one of: 'new', 'paid'", "e.g. 'Paris'", "2019-01-02 … 2026-03-13".
std::string ValuesText(int table, int index, const schema::Column& column, const schema::ValueIndex* values,
                       bool show_values) {
  const auto& closed = !column.enum_values.empty() ? column.enum_values : column.check_values;
  if (!closed.empty()) return "one of: " + QuotedList(closed, kMaxListedValues * 2);
  if (!show_values) return {};
  const schema::ColumnValues* known = values ? values->Of(table, index) : nullptr;
  if (known && !known->values.empty() &&
      (column.type_class == schema::TypeClass::kText || known->values.size() <= kMaxListedValues)) {
    if (known->complete && known->values.size() <= kMaxListedValues)
      return "one of: " + QuotedList(known->values, kMaxListedValues);
    return "e.g. " + QuotedList(known->values, kExampleValues);
  }
  if (column.stats && !column.stats->low.empty() &&
      (schema::IsMoment(column.type_class) || schema::IsNumber(column.type_class))) {
    return OneLine(column.stats->low, 24) + " … " + OneLine(column.stats->high, 24);
  }
  return {};
}

bool IsKey(const schema::Table& table, int column) {
  return table.primary_key.size() == 1 && table.primary_key[0] == column;
}

// Of a catalog with many tables the text takes at most a quarter of what all its CREATE TABLE text would.
std::int64_t WithinShare(const schema::Schema& schema, std::int64_t tokens) {
  if (schema.tables.size() <= kManyTables) return tokens;
  std::int64_t columns = 0;
  for (const schema::Table& table : schema.tables) columns += static_cast<std::int64_t>(table.columns.size());
  return std::min(tokens, std::max(kLeastTokens, columns * kTokensOfCreatedColumn / 4));
}

class Chooser {
 public:
  Chooser(const schema::Schema& schema, const schema::Linker& linker, const schema::Links& links,
          const schema::ValueIndex* values, const schema::JoinGraph* joins, const ContextOptions& options)
      : schema_(schema), linker_(linker), links_(links), values_(values), joins_(joins), options_(options) {}

  LinkedContext Choose() {
    if (options_.whole_when_small && TakeEverything()) return Finish(true);
    reserve_ = options_.tokens / 8;
    JoinPaths();
    // Names with types of the linked tables first, in order of score; a table that does not fit leaves room for smaller
    // ones.
    int missed = 0;
    for (const schema::TableLink& link : links_.tables) {
      if (!Take(link.table, Detail::kCompact) && ++missed > 8) break;
    }
    Neighbours();
    // What is left of the budget makes the best tables richer.
    for (const schema::TableLink& link : links_.tables) {
      if (!Take(link.table, Detail::kFull)) break;
    }
    return Finish(false);
  }

 private:
  std::int64_t Cost(int table, Detail detail) {
    auto [found, made] = costs_.try_emplace({table, detail}, 0);
    if (made) found->second = llm::EstimateTokens(TableText(schema_, table, detail, values_, options_.values));
    return found->second;
  }

  bool Take(int table, Detail detail) {
    auto found = taken_.find(table);
    const std::int64_t has = found == taken_.end() ? 0 : Cost(table, found->second);
    if (found != taken_.end() && found->second >= detail) return true;
    const std::int64_t cost = Cost(table, detail);
    if (used_ - has + cost > options_.tokens - reserve_) return false;
    used_ += cost - has;
    taken_[table] = detail;
    return true;
  }

  bool TakeEverything() {
    if (schema_.tables.size() > 200) return false;
    std::int64_t compact = 0;
    std::vector<int> all;
    for (std::size_t i = 0; i < schema_.tables.size(); ++i) {
      const int table = static_cast<int>(i);
      if (!schema_.tables[i].readable || linker_.Representative(table) != table) continue;
      compact += Cost(table, Detail::kCompact);
      all.push_back(table);
      if (compact > options_.tokens / 3) return false;
    }
    for (int table : all) Take(table, Detail::kCompact);
    for (int table : all) Take(table, Detail::kFull);
    return true;
  }

  // Bridge tables are never named in a question, but the joins of what is named go through them.
  void JoinPaths() {
    if (!joins_) return;
    const std::size_t count = std::min(kLinkedForJoins, links_.tables.size());
    std::vector<int> have;
    for (std::size_t i = 0; i < count; ++i) {
      const TableScore table{links_.tables[i].table, links_.tables[i].score};
      if (i > 0 && table.score < 0.35 * links_.tables[0].score) break;
      if (!have.empty()) {
        const std::vector<int> path = joins_->Path(have, table.table);
        if (path.size() > 1 && path.size() <= 3) {
          for (int index : path) {
            const schema::JoinEdge& edge = joins_->edges()[static_cast<std::size_t>(index)];
            for (int on_path : {edge.table1, edge.table2}) Take(linker_.Representative(on_path), Detail::kCompact);
          }
        }
      }
      have.push_back(table.table);
    }
  }

  struct TableScore {
    int table;
    double score;
  };

  // Tables of the best schema, and neighbours of the best tables, that no word of the question named.
  void Neighbours() {
    if (links_.tables.empty()) return;
    if (joins_) {
      for (std::size_t i = 0; i < std::min<std::size_t>(3, links_.tables.size()); ++i) {
        for (int index : joins_->EdgesOf(links_.tables[i].table)) {
          const schema::JoinEdge& edge = joins_->edges()[static_cast<std::size_t>(index)];
          Take(linker_.Representative(edge.table1 == links_.tables[i].table ? edge.table2 : edge.table1),
               Detail::kCompact);
        }
      }
    }
    const std::string& home = schema_.tables[static_cast<std::size_t>(links_.tables[0].table)].schema;
    for (std::size_t i = 0; i < schema_.tables.size() && used_ < options_.tokens; ++i) {
      const int table = static_cast<int>(i);
      if (schema_.tables[i].schema == home && schema_.tables[i].readable && linker_.Representative(table) == table &&
          !Take(table, Detail::kCompact))
        Take(table, Detail::kNames);
    }
  }

  LinkedContext Finish(bool whole) {
    LinkedContext context;
    for (const auto& [table, detail] : taken_) context.tables.push_back({table, detail});
    for (const ContextTable& table : context.tables) {
      context.text += TableText(schema_, table.table, table.detail, values_, options_.values);
    }
    for (const schema::Family& family : linker_.families()) {
      if (!taken_.count(family.members.back())) continue;
      context.text += "-- " + schema_.tables[static_cast<std::size_t>(family.members.back())].name + " stands for " +
                      std::to_string(family.members.size()) +
                      " tables alike: " + schema_.tables[static_cast<std::size_t>(family.members.front())].name +
                      " … " + schema_.tables[static_cast<std::size_t>(family.members.back())].name + "\n";
    }
    if (joins_) context.text += InferredJoins();
    if (!whole) {
      std::string listed;
      std::size_t count = 0;
      for (const schema::TableLink& link : links_.tables) {
        if (taken_.count(link.table)) continue;
        if (++count > kMaxListedTables || llm::EstimateTokens(listed) > options_.tokens / 24) break;
        listed += (listed.empty() ? "" : ", ") + schema::QualifiedName(schema_, link.table);
      }
      if (!listed.empty()) context.text += "-- other tables, columns not shown: " + listed + "\n";
      context.left_out = static_cast<int>(schema_.tables.size()) - static_cast<int>(taken_.size() + count);
    }
    context.whole = whole;
    context.tokens = llm::EstimateTokens(context.text);
    return context;
  }

  std::string InferredJoins() const {
    std::string out;
    std::size_t count = 0;
    for (const schema::JoinEdge& edge : joins_->edges()) {
      if (edge.declared || edge.columns.size() != 1 || !taken_.count(edge.table1) || !taken_.count(edge.table2))
        continue;
      if (++count > 40 || llm::EstimateTokens(out) > options_.tokens / 16) break;
      out += (out.empty() ? "-- joins guessed from names: " : "; ") + schema::QualifiedName(schema_, edge.table1) +
             "." + schema::QuoteIdentifier(schema_.column(edge.table1, edge.columns[0].first).name) + " = " +
             schema::QualifiedName(schema_, edge.table2) + "." +
             schema::QuoteIdentifier(schema_.column(edge.table2, edge.columns[0].second).name);
    }
    return out.empty() ? out : out + "\n";
  }

  const schema::Schema& schema_;
  const schema::Linker& linker_;
  const schema::Links& links_;
  const schema::ValueIndex* values_;
  const schema::JoinGraph* joins_;
  const ContextOptions& options_;
  std::int64_t used_ = 0;
  std::int64_t reserve_ = 0;     // for joins guessed and tables listed
  std::map<int, Detail> taken_;  // by table: schemas sort tables by schema and name
  std::map<std::pair<int, Detail>, std::int64_t> costs_;
};

}  // namespace

std::string TableText(const schema::Schema& schema, int table, Detail detail, const schema::ValueIndex* values,
                      bool show_values) {
  const schema::Table& info = schema.tables[static_cast<std::size_t>(table)];
  const std::string name = schema::QualifiedName(schema, table);
  if (detail == Detail::kListed) return name + "\n";
  std::string out = detail == Detail::kFull ? "TABLE " + name : name + "(";
  if (detail == Detail::kFull) {
    const std::string rows = Rows(info.row_estimate);
    if (!rows.empty()) out += "  " + rows;
    if (info.kind != schema::TableKind::kTable) out += "  " + std::string(schema::ToString(info.kind));
    if (info.partition_count > 0) out += "  " + std::to_string(info.partition_count) + " partitions, query this table";
    if (!info.comment.empty()) out += "  -- " + OneLine(info.comment, kMaxCommentBytes);
    out += "\n";
  }
  std::size_t shown = 0;
  for (std::size_t i = 0; i < info.columns.size(); ++i) {
    const schema::Column& column = info.columns[i];
    if (!column.readable) continue;
    if (++shown > kMaxColumns && detail != Detail::kFull) {
      out += ", …";
      break;
    }
    const std::string word = schema::QuoteIdentifier(column.name);
    const int index = static_cast<int>(i);
    if (detail == Detail::kNames) {
      out += (shown > 1 ? ", " : "") + word;
    } else if (detail == Detail::kCompact) {
      out += (shown > 1 ? ", " : "") + word + " " + ShortType(column) + Reference(schema, info, index);
    } else {
      out += "  " + word + " " + ShortType(column) + (IsKey(info, index) ? " PK" : "") + Reference(schema, info, index);
      const std::string known = ValuesText(table, index, column, values, show_values);
      if (!known.empty()) out += "  -- " + known;
      if (!column.comment.empty()) out += (known.empty() ? "  -- " : "; ") + OneLine(column.comment, kMaxCommentBytes);
      out += "\n";
    }
  }
  return detail == Detail::kFull ? out : out + ")\n";
}

LinkedContext MakeContext(const schema::Schema& schema, const schema::Linker& linker, const schema::Links& links,
                          const schema::ValueIndex* values, const schema::JoinGraph* joins,
                          const ContextOptions& options) {
  ContextOptions within = options;
  within.tokens = WithinShare(schema, options.tokens);
  return Chooser(schema, linker, links, values, joins, within).Choose();
}

std::vector<std::string> ValueLines(const schema::Schema& schema, const schema::Links& links, std::size_t most) {
  std::vector<std::string> lines;
  std::set<std::string> seen;
  for (const schema::ValueLink& value : links.values) {
    if (lines.size() >= most) break;
    std::string line = "'" + OneLine(value.words, kMaxValueBytes) + "' -> " +
                       schema::QualifiedName(schema, value.table) + "." +
                       schema::QuoteIdentifier(schema.column(value.table, value.column).name) + " = " +
                       QuoteLiteral(OneLine(value.value, kMaxValueBytes));
    if (seen.insert(line).second) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace toomai::engine
