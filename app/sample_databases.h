// The sample databases that come with toomai (fixtures/databases), embedded in the binary.
#pragma once

#include <string_view>
#include <vector>

#include "app/private_postgres.h"
#include "base/error.h"

namespace toomai::app {

struct SampleDatabase {
  std::string_view name;   // "ecommerce_small"
  std::string_view title;  // "a shop: customers, products, orders"
  std::string_view sql;
};

inline constexpr std::string_view kSampleOwner = "toomai_owner";
inline constexpr std::string_view kSampleReader = "toomai_reader";

// Smallest first.
std::vector<SampleDatabase> SampleDatabases();

// Makes the two roles. Safe to repeat.
Expected<void> LoadSampleRoles(PrivatePostgres* server);
// Makes the database and fills it. kNotFound with the known names when there is no such sample.
Expected<void> LoadSampleDatabase(PrivatePostgres* server, std::string_view name);

}  // namespace toomai::app
