// A database's schema as JSON for a model: names, a summary of one line per column list, or everything, within a
// budget. A schema that does not fit is answered with what fits, down to the columns of a very wide table, and with the
// exact next calls. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "mcp/json.h"
#include "schema/schema.h"

namespace toomai::mcp {

struct SchemaRequest {
  std::string database;
  std::string detail;               // "names" | "summary" | "full"; empty: a summary, or names when that does not fit
  std::string pattern;              // part of a name, or with * and ?
  std::vector<std::string> tables;  // exact names, with or without schema
  std::size_t first = 0;            // of the matching tables, the one to go on from
  std::size_t first_column = 0;     // and where in it
  std::size_t budget = 12'000;      // bytes of JSON
};

Json DescribeSchema(const schema::Schema& schema, const SchemaRequest& request);
// Everything about one table, as far as there is room.
Json DescribeTable(const schema::Schema& schema, int table, std::size_t budget);
// "table:120" or "table:120:400" (a table and where in it) -> the request's place; false when it is neither.
bool ReadSchemaCursor(std::string_view cursor, SchemaRequest* request);
// True when `name` contains the pattern, or matches it where it has * (or %) or ?; ASCII case is ignored.
bool MatchesPattern(std::string_view pattern, std::string_view name);

}  // namespace toomai::mcp
