#include "engine/mask_scope.h"

#include "base/text.h"

namespace toomai::engine {
namespace {

constexpr std::string_view kComputed = "redact";  // a value made from a masked one is shown not at all

std::string QualifiedName(const schema::Table& table) {
  return schema::QuoteIdentifier(table.schema) + "." + schema::QuoteIdentifier(table.name);
}

std::string WithoutQuotes(std::string name) {
  std::erase(name, '"');
  return name;
}

// What a generated column is computed from. Without an answer (an expression that we may not read), all the table has.
std::vector<validator::ColumnRef> SourcesOf(const schema::Table& table, const schema::Column& column,
                                            const validator::Catalog& catalog) {
  validator::Policy open;
  open.max_rows = -1;
  const auto verdict =
      validator::Validate("SELECT (" + column.default_expr + ") FROM " + QualifiedName(table), &catalog, open);
  if (verdict.sql) return verdict.sql->facts().outputs.at(0).lineage;
  std::vector<validator::ColumnRef> all;
  for (const schema::Column& other : table.columns) all.push_back({table.schema, table.name, other.name});
  return all;
}

}  // namespace

bool MatchesColumn(const std::string& pattern, const validator::ColumnRef& column) {
  std::vector<std::string> parts = Split(pattern, '.');
  if (parts.size() == 2) parts.insert(parts.begin(), "*");
  if (parts.size() != 3) return false;
  const auto matches = [](const std::string& part, const std::string& name) { return part == "*" || part == name; };
  return matches(parts[0], column.schema) && matches(parts[1], column.table) && matches(parts[2], column.column);
}

MaskScope::MaskScope(std::vector<MaskRule> rules, const schema::Schema& schema, const validator::Catalog& catalog)
    : rules_(std::move(rules)) {
  if (rules_.empty()) return;
  for (const schema::Table& table : schema.tables) {
    for (const schema::Column& column : table.columns) {
      if (!column.generated || column.default_expr.empty()) continue;
      for (const validator::ColumnRef& source : SourcesOf(table, column, catalog)) {
        if (!MethodFor(source).empty()) derived_[{table.schema, table.name, column.name}] = kComputed;
      }
    }
  }
  AddPartitions(schema, catalog);
  AddViews(schema, catalog);
}

// What is selected from a view is followed to its base columns anyway; this is for columns that are only filtered by.
void MaskScope::AddViews(const schema::Schema& schema, const validator::Catalog& catalog) {
  validator::Policy open;
  open.max_rows = -1;
  for (const schema::Table& table : schema.tables) {
    if (table.kind != schema::TableKind::kView && table.kind != schema::TableKind::kMaterializedView) continue;
    const auto verdict = validator::Validate("SELECT * FROM " + QualifiedName(table), &catalog, open);
    const auto* outputs = verdict.sql ? &verdict.sql->facts().outputs : nullptr;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      bool masked = outputs == nullptr || outputs->size() != table.columns.size();
      for (std::size_t k = 0; !masked && k < (*outputs)[i].lineage.size(); ++k)
        masked = !MethodFor((*outputs)[i].lineage[k]).empty();
      if (masked) derived_[{table.schema, table.name, table.columns[i].name}] = kComputed;
    }
  }
}

// The catalog has each partition as a table with its parent's columns.
void MaskScope::AddPartitions(const schema::Schema& schema, const validator::Catalog& catalog) {
  std::map<std::string, const schema::Table*> parents;
  for (const schema::Table& table : schema.tables) {
    for (const std::string& partition : table.partitions) parents[WithoutQuotes(partition)] = &table;
  }
  if (parents.empty()) return;
  for (const validator::CatalogTable* table : catalog.Tables()) {
    const auto parent = parents.find(WithoutQuotes(table->schema + "." + table->name));
    if (parent == parents.end()) continue;
    for (const schema::Column& column : parent->second->columns) {
      const std::string method(MethodFor({parent->second->schema, parent->second->name, column.name}));
      if (!method.empty()) derived_[{table->schema, table->name, column.name}] = method;
    }
  }
}

std::string_view MaskScope::MethodFor(const validator::ColumnRef& column) const {
  for (const MaskRule& rule : rules_) {
    if (MatchesColumn(rule.column, column)) return rule.method.empty() ? kComputed : std::string_view(rule.method);
  }
  const auto derived = derived_.find(column);
  return derived == derived_.end() ? std::string_view() : derived->second;
}

}  // namespace toomai::engine
