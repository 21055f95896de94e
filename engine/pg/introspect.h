// PostgreSQL's catalogs -> schema::Schema.
//
// One round trip: a read-only snapshot transaction with a fixed number of queries on pg_catalog, whatever the number of
// tables. (information_schema is not used: it hides keys and constraints from roles that only SELECT.) Needs nothing
// but SELECT; PostgreSQL 12 and newer. Two roles get the same tables, keys, comments and fingerprint where both may
// read; what a role may read nothing of is left out.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/connection.h"
#include "schema/schema.h"

namespace toomai::engine::pg {

struct IntrospectOptions {
  std::vector<std::string> schemas;  // only these; empty: every schema the role may use
  bool statistics = true;            // pg_stats, where readable
};

Expected<schema::Schema> Introspect(Connection& connection, const Deadline& deadline,
                                    const IntrospectOptions& options = {});

// The queries, in order, for measuring them with another client.
std::vector<std::string> IntrospectionQueries();

}  // namespace toomai::engine::pg
