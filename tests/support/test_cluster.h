// One private PostgreSQL per test process, started when first asked for, with the sample databases and three roles:
// toomai_reader (SELECT only), toomai_owner, and the superuser.
//
//   auto url = TestCluster::Get().Url("ecommerce_small");            // as toomai_reader, over the socket
//   std::string mine = TestCluster::Get().NewDatabase();             // an empty database, or a copy, to change at will
//   TestCluster::Get().Sql(mine, "CREATE TABLE t (a int)");          // as superuser; the test fails when it fails
//
// Thread-safe, except that stopping the server (server()) is everybody's business.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "app/private_postgres.h"
#include "app/sample_databases.h"

namespace toomai::test {

class TestCluster {
 public:
  // Starts it, or returns the running one. Without PostgreSQL on the machine the program ends with a clear message.
  static TestCluster& Get();

  // Sample databases are loaded when first named.
  std::string Url(std::string_view database, std::string_view role = app::kSampleReader);
  // Over TCP with the role's password; `port` other than 0 is that of a FaultProxy.
  std::string TcpUrl(std::string_view database, std::string_view role = app::kSampleReader, int port = 0);

  // A database nobody else uses: empty, or a copy of `from`. toomai_reader may read what `from` lets it read.
  std::string NewDatabase(std::string_view from = "");
  void DropDatabase(std::string_view database);

  // Runs as superuser through psql and gives unaligned rows; a failure is a failure of the running test.
  std::string Sql(std::string_view database, std::string_view sql);

  // For tests that stop and start the server. Leave it running.
  app::PrivatePostgres& server() { return *server_; }
  int port() const { return server_->port(); }

 private:
  TestCluster();
  void Load(std::string_view database);

  std::mutex mutex_;
  std::unique_ptr<app::PrivatePostgres> server_;
  std::set<std::string, std::less<>> loaded_;
  int made_ = 0;
};

}  // namespace toomai::test
