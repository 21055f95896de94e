#include "engine/mask_scope.h"

#include <algorithm>

#include "engine/relatives.h"
#include "validator/name_pattern.h"

namespace toomai::engine {
namespace {

constexpr std::string_view kComputed = "redact";  // a value made from a masked one is shown not at all

std::string QualifiedName(const schema::Table& table) {
  return schema::QuoteIdentifier(table.schema) + "." + schema::QuoteIdentifier(table.name);
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

MaskScope::MaskScope(std::vector<MaskRule> rules, const schema::Schema& schema, const validator::Catalog& catalog)
    : rules_(WithRelatives(std::move(rules), schema)) {
  if (rules_.empty()) return;
  AddGenerated(schema, catalog);
  AddViews(schema, catalog);
}

void MaskScope::AddGenerated(const schema::Schema& schema, const validator::Catalog& catalog) {
  const FamilyTree family(schema);
  for (const schema::Table& table : schema.tables) {
    for (const schema::Column& column : table.columns) {
      if (!column.generated) continue;
      const auto sources = SourcesOf(table, column, catalog);
      if (std::all_of(sources.begin(), sources.end(), [&](const auto& source) { return MethodFor(source).empty(); }))
        continue;
      derived_[{table.schema, table.name, column.name}] = kComputed;
      for (const auto& [place, name] : family.RelativesOf(Relation(table.schema, table.name)))
        derived_[{place, name, column.name}] = kComputed;
    }
  }
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

std::string_view MaskScope::MethodFor(const validator::ColumnRef& column) const {
  for (const MaskRule& rule : rules_) {
    if (validator::ColumnMatches(rule.column, column.schema, column.table, column.column))
      return rule.method.empty() ? kComputed : std::string_view(rule.method);
  }
  const auto derived = derived_.find(column);
  return derived == derived_.end() ? std::string_view() : derived->second;
}

}  // namespace toomai::engine
