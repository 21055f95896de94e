// A catalog and a policy made ready to judge many statements.
//
// The catalog must outlive it and must not change. Thread-safe. What is learned of views (their definitions are put
// through the same rules) is kept, so that it is paid for once; make one Checker per schema snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "validator/catalog.h"
#include "validator/policy.h"
#include "validator/rules.h"
#include "validator/validator.h"

namespace toomai::validator {

// What is known of a view's definition.
struct ViewInfo {
  bool known = false;  // the definition could be read and its names resolved
  bool allowed = false;
  Finding finding;  // why not
  struct Source {
    const CatalogTable* table;
    int column;
  };
  struct Column {
    std::vector<Source> sources;
    bool plain = false;
  };
  std::vector<Column> columns;
};

class Checker {
 public:
  // `catalog` may be null: names are then not resolved.
  Checker(const Catalog* catalog, Policy policy, RuleSet disabled = {});
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  const Catalog* catalog() const { return catalog_; }
  const Policy& policy() const { return policy_; }
  RuleSet disabled() const { return disabled_; }

  // Where a bare name is looked for, in order; pg_catalog comes before unless it is listed.
  const std::vector<std::string>& SearchPath() const {
    return policy_.search_path.empty() ? catalog_->SearchPath() : policy_.search_path;
  }
  const CatalogTable* FindTable(std::string_view schema, std::string_view name) const;
  const CatalogType* FindType(std::string_view schema, std::string_view name) const;
  bool OnSearchPath(std::string_view schema) const;

  // Named in denied_relations; or, when there is a list of allowed_relations, not named there.
  bool IsDeniedRelation(std::string_view schema, std::string_view name) const;
  bool IsListedDeniedRelation(std::string_view schema, std::string_view name) const;
  bool IsAllowedSystemRelation(std::string_view schema, std::string_view name) const;
  // Casts made by users that run a function; those that PostgreSQL may put in by itself; those to json.
  bool HasUserCasts() const { return has_user_casts_; }
  bool HasImplicitCasts() const { return has_implicit_casts_; }
  bool HasJsonCasts() const { return has_json_casts_; }

  bool HasDeniedColumns() const { return !policy_.denied_columns.empty(); }
  // Indexes of the table's columns that are denied, ascending.
  std::vector<int> DeniedColumns(const CatalogTable& table) const;

  // The policy's word on a function of pg_catalog; its category decides otherwise.
  bool IsListedAllowed(std::string_view function) const;
  bool IsListedDenied(std::string_view function) const;
  // Whether "schema.name(type,type)" was opted in.
  bool IsOptedIn(std::string_view schema, std::string_view name, const std::vector<std::string>& argument_types) const;

  const ViewInfo& View(const CatalogTable& view) const;

 private:
  ViewInfo Examine(const CatalogTable& view) const;

  const Catalog* catalog_;
  const Policy policy_;
  RuleSet disabled_;
  bool has_user_casts_ = false, has_implicit_casts_ = false, has_json_casts_ = false;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const CatalogTable*, std::unique_ptr<const ViewInfo>> views_;
};

// As Validate(sql, catalog, policy), for many statements.
struct ValidateOptions {
  bool facts = true;  // fill in StatementFacts
  // Instead of the policy's, for this statement alone.
  std::optional<std::int64_t> max_rows;
  std::optional<bool> allow_parameters;
};
Verdict Validate(std::string_view sql, const Checker& checker, const ValidateOptions& options = {});

}  // namespace toomai::validator
