// The shop of fixtures/validator/: its catalog and policy, and helpers that make a case one line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/catalog_view.h"
#include "validator/checker.h"

namespace toomai::validator::test {

std::string SourcePath(std::string_view relative);
std::string ReadFile(const std::string& path);

schema::SchemaPtr ReadSchema(const std::string& path);
Policy ReadPolicy(const std::string& path);

// Made once; the policy is fixtures/validator/policy.json.
const schema::CatalogView& ShopCatalog();
const Policy& ShopPolicy();
const Checker& ShopChecker();

// The rule that refuses `sql`, or "" when it is allowed.
std::string RuleFor(std::string_view sql);
std::string RuleFor(std::string_view sql, const Checker& checker);

// One line of a fixture: "caught: SELECT …". C escapes (\n \r \f \xNN \0 \\) are read, and @{text}{3} is text three
// times.
struct Case {
  std::string kind, sql;
  int line = 0;
};
std::vector<Case> ReadCases(const std::string& path);
// One statement a line, comments apart.
std::vector<Case> ReadStatements(const std::string& path);

}  // namespace toomai::validator::test
