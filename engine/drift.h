// Approved answers against the schema of today: what broke, and what it is probably called now.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace toomai::engine {

// An approved answer that today's schema or policy refuses.
struct DriftItem {
  std::int64_t id = 0;
  std::string question, sql;
  std::string broken;                // what the validator says of it now
  std::vector<std::string> renames;  // "public.orders.total is now amount (same place, same type)", likely ones
  std::string suggested_sql;         // the statement with the new names, when that is allowed again
};

struct DriftReport {
  std::string database;
  std::int64_t approved = 0;  // entries looked at
  std::vector<DriftItem> broken;
};

// Reads the schema anew, and only then the old ones: the one that was replaced just now is among them. `database`
// empty: the first that the caller may use.
Expected<DriftReport> FindDrift(const Deadline& deadline, Engine& engine, const Caller& caller, std::string database);

}  // namespace toomai::engine
