// A database's schema as JSON for a model: names, a summary of one line per column list, or everything, within a
// budget. A schema that does not fit is answered with what fits and the exact next calls. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "mcp/json.h"
#include "schema/schema.h"

namespace toomai::mcp {

struct SchemaRequest {
  std::string database;
  std::string detail = "summary";   // "names" | "summary" | "full"
  std::string pattern;              // part of a name, or with * and ?
  std::vector<std::string> tables;  // exact names, with or without schema
  std::size_t first = 0;            // table to go on from
  std::size_t budget = 12'000;      // bytes of JSON
};

Json DescribeSchema(const schema::Schema& schema, const SchemaRequest& request);
// Everything about one table.
Json DescribeTable(const schema::Schema& schema, int table);
// True when `name` contains the pattern, or matches it where it has * or ?; ASCII case is ignored.
bool MatchesPattern(std::string_view pattern, std::string_view name);

}  // namespace toomai::mcp
