// A Schema as the validator's catalog. Built once per snapshot, immutable, any thread.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "schema/schema.h"
#include "validator/catalog.h"

namespace toomai::schema {

class CatalogView : public validator::Catalog {
 public:
  explicit CatalogView(SchemaPtr schema);

  const std::vector<std::string>& SearchPath() const override { return schema_->search_path; }
  const validator::CatalogTable* FindTable(std::string_view schema, std::string_view name) const override;
  std::vector<const validator::CatalogTable*> Tables() const override;
  std::vector<const validator::CatalogFunction*> FindFunctions(std::string_view name) const override;
  std::vector<const validator::CatalogOperator*> FindOperators(std::string_view name) const override;
  const validator::CatalogType* FindType(std::string_view schema, std::string_view name) const override;
  const std::vector<validator::CatalogCast>& UserCasts() const override { return casts_; }
  bool HasUserFunctions() const override { return !functions_.empty(); }
  bool HasUserOperators() const override { return !operators_.empty(); }
  bool HasSchema(std::string_view name) const override { return schemas_.count(std::string(name)) != 0; }
  std::string_view DatabaseName() const override { return schema_->database; }
  int ServerVersion() const override { return schema_->server_version > 0 ? schema_->server_version / 10000 : 15; }

 private:
  SchemaPtr schema_;
  std::deque<validator::CatalogTable> tables_;
  std::deque<validator::CatalogFunction> functions_;
  std::deque<validator::CatalogOperator> operators_;
  std::deque<validator::CatalogType> types_;
  std::vector<validator::CatalogCast> casts_;
  std::unordered_set<std::string> schemas_;
  // By bare name; what is found is told apart by schema.
  std::unordered_map<std::string_view, std::vector<const validator::CatalogTable*>> tables_by_name_;
  std::unordered_map<std::string_view, std::vector<const validator::CatalogFunction*>> functions_by_name_;
  std::unordered_map<std::string_view, std::vector<const validator::CatalogOperator*>> operators_by_name_;
  std::unordered_map<std::string_view, std::vector<const validator::CatalogType*>> types_by_name_;
};

}  // namespace toomai::schema
