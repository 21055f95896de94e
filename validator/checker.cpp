#include "validator/checker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "validator/builtins.h"
#include "validator/name_pattern.h"

namespace toomai::validator {
namespace {

bool FunctionMatches(std::string_view pattern, std::string_view name) {
  if (pattern.starts_with("pg_catalog.")) pattern.remove_prefix(11);
  if (const std::size_t open = pattern.find('('); open != std::string_view::npos) pattern = pattern.substr(0, open);
  return PartMatches(pattern, name);
}

// "numeric(12,2)" and "decimal" are the same type in a signature.
std::string SignatureType(std::string_view spelled) {
  std::string_view schema;
  bool is_array = false;
  std::string name(CanonicalTypeName(spelled, &schema, &is_array));
  if (is_array) name += "[]";
  return name;
}

}  // namespace

Checker::Checker(const Catalog* catalog, Policy policy, RuleSet disabled)
    : catalog_(catalog), policy_(std::move(policy)), disabled_(disabled) {
  if (catalog == nullptr) return;
  for (const CatalogCast& cast : catalog->UserCasts()) {
    if (cast.function.empty()) continue;
    has_user_casts_ = true;
    has_implicit_casts_ = has_implicit_casts_ || cast.context == 'i';
    has_json_casts_ = has_json_casts_ || cast.target_type == "json";
  }
}

const CatalogTable* Checker::FindTable(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || policy_.search_path.empty()) return catalog_->FindTable(schema, name);
  for (const std::string& place : policy_.search_path) {
    if (const CatalogTable* table = catalog_->FindTable(place, name)) return table;
  }
  return nullptr;
}

const CatalogType* Checker::FindType(std::string_view schema, std::string_view name) const {
  if (!schema.empty() || policy_.search_path.empty()) return catalog_->FindType(schema, name);
  for (const std::string& place : policy_.search_path) {
    if (const CatalogType* type = catalog_->FindType(place, name)) return type;
  }
  return nullptr;
}

bool Checker::OnSearchPath(std::string_view schema) const {
  const std::vector<std::string>& path = SearchPath();
  return std::find(path.begin(), path.end(), schema) != path.end();
}

bool Checker::IsListedDeniedRelation(std::string_view schema, std::string_view name) const {
  for (const std::string& pattern : policy_.denied_relations) {
    if (RelationMatches(pattern, schema, name)) return true;
  }
  return false;
}

bool Checker::IsDeniedRelation(std::string_view schema, std::string_view name) const {
  if (IsListedDeniedRelation(schema, name)) return true;
  if (policy_.allowed_relations.empty()) return false;
  for (const std::string& pattern : policy_.allowed_relations) {
    if (RelationMatches(pattern, schema, name)) return false;
  }
  return true;
}

bool Checker::IsAllowedSystemRelation(std::string_view schema, std::string_view name) const {
  for (const std::string& pattern : policy_.allowed_system_relations) {
    if (RelationMatches(pattern, schema, name)) return true;
  }
  return false;
}

std::vector<int> Checker::DeniedColumns(const CatalogTable& table) const {
  std::vector<int> denied;
  for (const std::string& pattern : policy_.denied_columns) {
    const DottedName parts = SplitLast(pattern);
    if (!parts.head.empty() && !RelationMatches(parts.head, table.schema, table.name)) continue;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (PartMatches(parts.last, table.columns[i].name)) denied.push_back(static_cast<int>(i));
    }
  }
  std::sort(denied.begin(), denied.end());
  denied.erase(std::unique(denied.begin(), denied.end()), denied.end());
  return denied;
}

bool Checker::IsListedAllowed(std::string_view function) const {
  for (const std::string& pattern : policy_.allowed_functions) {
    if (FunctionMatches(pattern, function)) return true;
  }
  return false;
}

bool Checker::IsListedDenied(std::string_view function) const {
  for (const std::string& pattern : policy_.denied_functions) {
    if (FunctionMatches(pattern, function)) return true;
  }
  return false;
}

bool Checker::IsOptedIn(std::string_view schema, std::string_view name,
                        const std::vector<std::string>& argument_types) const {
  for (const std::string_view signature : policy_.allowed_user_functions) {
    const std::size_t open = signature.find('(');
    if (open == std::string_view::npos || !signature.ends_with(')')) continue;
    const DottedName parts = SplitLast(signature.substr(0, open));
    if (parts.last != name || SplitLast(parts.head).last != schema) continue;
    std::string_view list = signature.substr(open + 1, signature.size() - open - 2);
    std::size_t count = 0;
    bool same = true;
    while (same && list.find_first_not_of(' ') != std::string_view::npos) {
      const std::string_view type = TakeItem(&list);
      same = count < argument_types.size() && SignatureType(type) == SignatureType(argument_types[count]);
      ++count;
    }
    if (same && count == argument_types.size()) return true;
  }
  return false;
}

}  // namespace toomai::validator
