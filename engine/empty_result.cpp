#include "engine/empty_result.h"

#include <algorithm>

#include "base/text.h"
#include "validator/parser.h"

namespace toomai::engine {
namespace {

using validator::NodeId;
using validator::NodeKind;

void ReadComparison(const validator::Tree& tree, NodeId id, FilterProbe* probe) {
  if (tree[id].kind != NodeKind::kBinary || tree[id].child_count != 2) return;
  for (const NodeId child : tree.Children(id)) {
    if (tree[child].kind == NodeKind::kColumnRef && tree.NameCount(child) > 0)
      probe->column = std::string(tree.LastName(child));
    if (tree[child].kind == NodeKind::kLiteral &&
        validator::OpOf<validator::LiteralOp>(tree[child]) == validator::LiteralOp::kString) {
      probe->literal = std::string(tree.LiteralValue(child));
    }
  }
}

}  // namespace

std::vector<FilterProbe> FindFilters(std::string_view sql) {
  validator::Tree tree;
  validator::ParseError error;
  if (!validator::Parse(sql, {}, &tree, &error)) return {};
  const NodeId body = tree.Child(tree.root(), validator::QuerySlots::kBody);
  if (body == validator::kNoNode || tree[body].kind != NodeKind::kSelect) return {};
  const NodeId where = tree.Child(body, validator::SelectSlots::kWhere);
  if (where == validator::kNoNode) return {};
  std::vector<NodeId> filters{where};
  if (tree[where].kind == NodeKind::kAnd) {
    const auto children = tree.Children(where);
    filters.assign(children.begin(), children.end());
  }
  std::vector<FilterProbe> probes;
  for (const NodeId filter : filters) {
    if (probes.size() == kMaxProbes) break;
    const validator::ByteRange range = tree.Range(filter);
    FilterProbe probe;
    probe.filter = std::string(sql.substr(range.begin, range.end - range.begin));
    probe.sql_without = std::string(sql.substr(0, range.begin)) + "true" + std::string(sql.substr(range.end));
    ReadComparison(tree, filter, &probe);
    probes.push_back(std::move(probe));
  }
  return probes;
}

std::string NearestValue(const FilterProbe& probe, const schema::Schema& schema, const std::vector<std::string>& tables,
                         const std::vector<schema::ColumnValues>& values) {
  if (probe.column.empty() || probe.literal.empty()) return {};
  std::vector<std::string> near;
  for (const schema::ColumnValues& known : values) {
    const schema::Table& table = schema.tables[static_cast<std::size_t>(known.table)];
    if (table.columns[static_cast<std::size_t>(known.column)].name != probe.column) continue;
    if (std::find(tables.begin(), tables.end(), table.schema + "." + table.name) == tables.end()) continue;
    for (const std::string& value : known.values) {
      if (value == probe.literal) return {};
      if (EqualsIgnoreAsciiCase(Trim(value), Trim(probe.literal))) return value;
      near.push_back(value);
    }
  }
  return NearestName(probe.literal, near);
}

std::string NoRowHas(const std::string& filter, const std::string& nearest, std::string_view language) {
  if (language == "zh") return "没有满足 " + filter + " 的行；有 '" + nearest + "'";
  if (language == "ja") return filter + " に当てはまる行はありません。'" + nearest + "' ならあります";
  return "no row has " + filter + "; there is '" + nearest + "'";
}

std::string RowsWithout(const std::string& filter, std::string_view language) {
  if (language == "zh") return "去掉条件 " + filter + " 就会有结果";
  if (language == "ja") return "条件 " + filter + " を外すと行があります";
  return "without the filter " + filter + " there would be rows";
}

}  // namespace toomai::engine
