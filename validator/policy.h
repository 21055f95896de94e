// What an operator allows, and the limits. Plain data; loaded from YAML or JSON by app/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace toomai::validator {

struct Limits {
  std::size_t statement_bytes = 65536;
  std::size_t tokens = 16384;
  int nesting = 500;       // parentheses, subqueries, CASE, and the like inside each other
  int tree_height = 3000;  // also counts chains such as 1+1+1+…; a nested query takes five
  int ctes = 64, set_operation_arms = 64, from_items = 64;
  std::size_t list_items = 4096;          // IN lists, VALUES rows, select lists
  std::int64_t generated_rows = 1000000;  // constant arguments of generate_series and the like
  std::int64_t repeat_bytes = 1000000;    // constant arguments of repeat, lpad, rpad, array_fill, format widths
};

struct Policy {
  std::vector<std::string> denied_relations;          // "hr.salaries", "secret.*"
  std::vector<std::string> denied_columns;            // "public.customers.ssn"
  std::vector<std::string> allowed_relations;         // empty: all that are not denied
  std::vector<std::string> allowed_user_functions;    // "public.net_price(numeric,numeric)"
  std::vector<std::string> allowed_functions;         // pg_catalog names that are denied by default: "version"
  std::vector<std::string> denied_functions;          // pg_catalog names that are allowed by default
  std::vector<std::string> allowed_system_relations;  // "pg_catalog.pg_class", "information_schema.*"
  std::vector<std::string> allowed_fingerprints;      // not empty: only these statements
  std::vector<std::string> search_path;               // overrides the catalog's when not empty
  bool allow_parameters = false;                      // $1 … have values
  bool allow_reg_casts = false;
  std::int64_t max_rows = 1000;  // the LIMIT that is injected or lowered to; < 0: none
  Limits limits;
};

}  // namespace toomai::validator
