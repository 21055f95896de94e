// Structured changes of rows into one parametrised statement. Names come from the schema, operators from a list, values
// travel as parameters: no text of a caller is ever part of the statement. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/mask_scope.h"
#include "engine/types.h"
#include "schema/schema.h"

namespace toomai::engine {

// What an operator allows for one database. Without an entry the write tools do not exist.
struct WriteOptions {
  std::string database;             // name of a configured database
  std::vector<std::string> tables;  // "public.customers"
  std::string role;                 // SET LOCAL ROLE: the login role itself should only read
  std::string url;                  // another connection, for instance as another role; empty: the database's own
  std::int64_t max_rows = 100;      // of one call; more are rolled back
};

inline constexpr std::size_t kMaxWriteValues = 10'000;  // parameters of one statement

enum class WriteKind { kInsert, kUpdate, kDelete };

struct WriteCondition {
  std::string column;
  std::string op;  // "=", "<>", "<", "<=", ">", ">=", "in", "is null", "is not null"
  std::vector<std::string> values;
};

using RowValues = std::map<std::string, std::optional<std::string>>;  // column -> text; nullopt is NULL

struct WriteRequest {
  WriteKind kind = WriteKind::kInsert;
  std::string database;
  std::string table;                  // "customers" or "public.customers"
  std::vector<RowValues> rows;        // insert
  RowValues set;                      // update
  std::vector<WriteCondition> where;  // update, delete: joined with AND, never empty
  bool apply = false;                 // false: tried and rolled back
  std::int64_t expected_rows = -1;    // with apply: what the dry run said
};

struct WriteStatement {
  std::string table;         // qualified, as in WriteOptions::tables
  std::string quoted_table;  // as it stands in the statement
  std::string sql;
  std::vector<std::optional<std::string>> parameters;
  std::vector<std::string> returned;  // columns that are given back: the key and what was set, without masked ones
  bool has_secrets = false;           // the table has masked or denied columns: what the server says may quote them
};

Expected<WriteStatement> BuildWrite(const WriteRequest& request, const WriteOptions& options,
                                    const schema::Schema& schema, const MaskScope& masks);

}  // namespace toomai::engine
