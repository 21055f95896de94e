#include "engine/renames.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace toomai::engine {
namespace {

using schema::Column;
using schema::Schema;
using schema::Table;

constexpr double kSameTable = 0.6;  // of the columns of both

double SharedColumns(const Table& a, const Table& b) {
  std::set<std::string> all, shared;
  for (const Column& column : a.columns) all.insert(column.name);
  for (const Column& column : b.columns) {
    if (!all.insert(column.name).second) shared.insert(column.name);
  }
  return all.empty() ? 0 : static_cast<double>(shared.size()) / static_cast<double>(all.size());
}

bool Has(const Schema& schema, const Table& table) {
  return schema.FindTable(table.schema, table.name) >= 0;
}

// The new table in the place of one that went; null: there is none.
const Table* Successor(const Schema& before, const Table& gone, const Schema& after, std::string* reason) {
  const Table* best = nullptr;
  double most = kSameTable;
  for (const Table& table : after.tables) {
    if (Has(before, table)) continue;
    if (gone.oid != 0 && gone.oid == table.oid) {
      *reason = "the same table";
      return &table;
    }
    const double share = SharedColumns(gone, table);
    if (share < most) continue;
    best = &table;
    most = share;
    *reason = std::to_string(static_cast<int>(share * 100)) + " % of the columns are the same";
  }
  return best;
}

bool LookAlike(const std::string& a, const std::string& b) {
  return a.find(b) != std::string::npos || b.find(a) != std::string::npos || !NearestName(a, {b}).empty();
}

// How well a new column takes the place of one that went; below 2 it does not.
int Fitness(const Column& gone, std::size_t gone_at, const Column& fresh, std::size_t fresh_at, std::string* reason) {
  const bool same_place = gone_at == fresh_at, same_type = gone.base_type == fresh.base_type;
  const bool same_comment = !gone.comment.empty() && gone.comment == fresh.comment;
  const bool alike = LookAlike(gone.name, fresh.name);
  std::vector<std::string> said;
  if (same_place) said.emplace_back("same place");
  if (same_type) said.emplace_back("same type");
  if (same_comment) said.emplace_back("same comment");
  if (alike) said.emplace_back("a name like it");
  *reason = Join(said, ", ");
  return (same_place ? 2 : 0) + (same_type ? 1 : -1) + (same_comment ? 2 : 0) + (alike ? 1 : 0);
}

void FindColumnRenames(const Table& before, const Table& after, std::vector<Rename>* renames) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    const Column& gone = before.columns[i];
    if (after.FindColumn(gone.name) >= 0) continue;
    Rename best{before.schema, before.name, gone.name, "", ""};
    int most = 1;
    for (std::size_t j = 0; j < after.columns.size(); ++j) {
      const Column& fresh = after.columns[j];
      if (before.FindColumn(fresh.name) >= 0 || taken.count(fresh.name) > 0) continue;
      std::string reason;
      const int fitness = Fitness(gone, i, fresh, j, &reason);
      if (fitness <= most) continue;
      most = fitness;
      best.to = fresh.name;
      best.reason = reason;
    }
    if (best.to.empty()) continue;
    taken.insert(best.to);
    renames->push_back(std::move(best));
  }
}

}  // namespace

std::string Rename::Describe() const {
  return schema + "." + table + (column.empty() ? "" : "." + column) + " is now " + to + " (" + reason + ")";
}

std::vector<Rename> FindRenames(const Schema& before, const Schema& after) {
  std::vector<Rename> renames;
  for (const Table& table : before.tables) {
    const int place = after.FindTable(table.schema, table.name);
    const Table* now = place >= 0 ? &after.tables[static_cast<std::size_t>(place)] : nullptr;
    if (now == nullptr) {
      std::string reason;
      now = Successor(before, table, after, &reason);
      if (now == nullptr) continue;
      renames.push_back({table.schema, table.name, "", now->name, reason});
    }
    FindColumnRenames(table, *now, &renames);
  }
  return renames;
}

}  // namespace toomai::engine
