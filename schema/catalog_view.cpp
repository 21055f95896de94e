#include "schema/catalog_view.h"

#include <algorithm>
#include <utility>

namespace toomai::schema {
namespace {

// The entry in `schema`, or without one the first by the search path.
template <typename T>
const T* Pick(const std::vector<const T*>& entries, std::string_view schema,
              const std::vector<std::string>& search_path) {
  const auto in = [&entries](std::string_view wanted) -> const T* {
    for (const T* entry : entries) {
      if (entry->schema == wanted) return entry;
    }
    return nullptr;
  };
  if (!schema.empty()) return in(schema);
  for (const std::string& place : search_path) {
    if (const T* entry = in(place)) return entry;
  }
  return nullptr;
}

// schema.name, either part quoted or not.
bool SplitName(std::string_view text, std::string* schema, std::string* name) {
  std::string parts[2];
  int part = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (quoted && i + 1 < text.size() && text[i + 1] == '"')
        parts[part].push_back(text[i++]);
      else
        quoted = !quoted;
    } else if (text[i] == '.' && !quoted) {
      if (++part > 1) return false;
    } else {
      parts[part].push_back(text[i]);
    }
  }
  *schema = std::move(parts[0]);
  *name = std::move(parts[1]);
  return part == 1;
}

// Only superusers make functions of the language internal, and such a one that bears the name of a range type came with
// it.
bool MakesRange(const Schema& schema, const Function& function) {
  return function.language == "internal" && std::ranges::any_of(schema.types, [&](const TypeInfo& type) {
           return (type.kind == 'r' || type.kind == 'm') && type.name == function.name &&
                  type.schema == function.schema;
         });
}

template <typename T>
std::vector<const T*> All(const std::unordered_map<std::string_view, std::vector<const T*>>& by_name,
                          std::string_view name) {
  const auto it = by_name.find(name);
  return it == by_name.end() ? std::vector<const T*>() : it->second;
}

}  // namespace

CatalogView::CatalogView(SchemaPtr schema) : schema_(std::move(schema)) {
  for (const std::string& place : schema_->search_path) schemas_.insert(place);
  std::vector<validator::CatalogTable> partitions;  // tables of their own, with the columns of the whole
  for (const Table& table : schema_->tables) {
    validator::CatalogTable& entry = tables_.emplace_back();
    entry.schema = table.schema;
    entry.name = table.name;
    for (const Column& column : table.columns)
      entry.columns.push_back({column.name, column.type.empty() ? column.base_type : column.type});
    entry.is_materialized = table.kind == TableKind::kMaterializedView;
    entry.is_view = table.kind == TableKind::kView || entry.is_materialized;
    entry.view_definition = table.view_definition;
    entry.primary_key = table.primary_key;
    entry.IndexColumns();
    schemas_.insert(table.schema);
    for (const std::string& partition : table.partitions) {
      validator::CatalogTable copy = tables_.back();
      if (!SplitName(partition, &copy.schema, &copy.name)) continue;
      if (tables_.back().name == copy.name && tables_.back().schema == copy.schema) continue;
      schemas_.insert(copy.schema);
      partitions.push_back(std::move(copy));
    }
  }
  for (validator::CatalogTable& partition : partitions) tables_.push_back(std::move(partition));
  for (const Function& function : schema_->functions) {
    functions_.push_back({function.schema, function.name, function.argument_types, function.arguments,
                          function.return_type, function.kind == 'a', function.returns_set, function.security_definer,
                          function.volatility, MakesRange(*schema_, function)});
    schemas_.insert(function.schema);
  }
  for (const Operator& one : schema_->operators)
    operators_.push_back({one.schema, one.name, one.left_type, one.right_type});
  for (const TypeInfo& type : schema_->types) {
    validator::CatalogType& entry = types_.emplace_back();
    entry = {type.schema, type.name, type.kind, type.base, type.check_functions, {}};
    for (const auto& [name, field_type] : type.fields) entry.fields.push_back({name, field_type});
    schemas_.insert(type.schema);
  }
  for (const Cast& cast : schema_->casts)
    casts_.push_back({cast.source_type, cast.target_type, cast.function, cast.context});
  for (const auto& table : tables_) tables_by_name_[table.name].push_back(&table);
  for (const auto& function : functions_) functions_by_name_[function.name].push_back(&function);
  for (const auto& one : operators_) operators_by_name_[one.name].push_back(&one);
  for (const auto& type : types_) types_by_name_[type.name].push_back(&type);
}

const validator::CatalogTable* CatalogView::FindTable(std::string_view schema, std::string_view name) const {
  const auto it = tables_by_name_.find(name);
  return it == tables_by_name_.end() ? nullptr : Pick(it->second, schema, schema_->search_path);
}

const validator::CatalogType* CatalogView::FindType(std::string_view schema, std::string_view name) const {
  const auto it = types_by_name_.find(name);
  return it == types_by_name_.end() ? nullptr : Pick(it->second, schema, schema_->search_path);
}

std::vector<const validator::CatalogTable*> CatalogView::Tables() const {
  std::vector<const validator::CatalogTable*> tables;
  for (const auto& table : tables_) tables.push_back(&table);
  return tables;
}

std::vector<const validator::CatalogFunction*> CatalogView::FindFunctions(std::string_view name) const {
  return All(functions_by_name_, name);
}
std::vector<const validator::CatalogOperator*> CatalogView::FindOperators(std::string_view name) const {
  return All(operators_by_name_, name);
}

}  // namespace toomai::schema
