// What was probably renamed between two schemas of one database: names that went, and the new names in their place.
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"

namespace toomai::engine {

struct Rename {
  std::string schema, table;  // as they were called
  std::string column;         // empty: the table itself
  std::string to;             // the bare new name
  std::string reason;         // "same place, same type"
  // "public.orders.total is now amount (same place, same type)"
  std::string Describe() const;
};

std::vector<Rename> FindRenames(const schema::Schema& before, const schema::Schema& after);

}  // namespace toomai::engine
