#include "app/sample_databases.h"

#include <string>

#include "app/embedded.h"

namespace toomai::app {
namespace {

constexpr std::string_view kFolder = "fixtures/databases/";

SampleDatabase Sample(std::string_view name, std::string_view title) {
  return {name, title, FindEmbedded(std::string(kFolder) + std::string(name) + ".sql")};
}

}  // namespace

std::vector<SampleDatabase> SampleDatabases() {
  return {Sample("ecommerce_small", "a shop: customers, products, orders"),
          Sample("social_medium", "a social network: people, posts, likes, groups"),
          Sample("erp_large", "a manufacturer: staff, suppliers, warehouses, sales, ledger")};
}

Expected<void> LoadSampleRoles(PrivatePostgres* server) {
  auto done = server->RunSql("postgres", FindEmbedded(std::string(kFolder) + "roles.sql"));
  if (!done) return Fail(std::move(done.error()));
  return {};
}

Expected<void> LoadSampleDatabase(PrivatePostgres* server, std::string_view name) {
  std::string known;
  for (const SampleDatabase& sample : SampleDatabases()) {
    known += (known.empty() ? "" : ", ") + std::string(sample.name);
    if (sample.name != name) continue;
    if (auto made = server->CreateDatabase(name); !made) return made;
    auto filled = server->RunSql(name, sample.sql);
    if (!filled) return Fail(std::move(filled.error()));
    return {};
  }
  return Fail(ErrorCode::kNotFound, "no sample database \"" + std::string(name) + "\"", "there are " + known);
}

}  // namespace toomai::app
