#include "tests/support/test_cluster.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace toomai::test {
namespace {

template <typename T>
T OrDie(Expected<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "test cluster: %s\n%s\n", result.error().message.c_str(), result.error().hint.c_str());
  std::exit(1);
}
void OrDie(Expected<void> result) {
  OrDie(result ? Expected<int>(0) : Fail(std::move(result.error())));
}

}  // namespace

TestCluster& TestCluster::Get() {
  static TestCluster cluster;
  return cluster;
}

TestCluster::TestCluster() {
  app::PrivatePostgresOptions options;
  options.tcp = true;
  server_ = OrDie(app::PrivatePostgres::Start(options));
  OrDie(app::LoadSampleRoles(server_.get()));
  for (std::string_view role : {app::kSampleReader, app::kSampleOwner, app::PrivatePostgres::kSuperuser}) {
    OrDie(server_->SetPassword(std::string(role)));
  }
}

void TestCluster::Load(std::string_view database) {
  bool is_sample = false;
  for (const app::SampleDatabase& sample : app::SampleDatabases()) is_sample |= sample.name == database;
  if (!is_sample) return;
  std::lock_guard lock(mutex_);
  if (loaded_.insert(std::string(database)).second) OrDie(app::LoadSampleDatabase(server_.get(), database));
}

std::string TestCluster::Url(std::string_view database, std::string_view role) {
  Load(database);
  return server_->ConnectionUrl(database, role);
}

std::string TestCluster::TcpUrl(std::string_view database, std::string_view role, int port) {
  Load(database);
  return server_->TcpUrl(database, role, port);
}

std::string TestCluster::NewDatabase(std::string_view from) {
  Load(from);
  std::lock_guard lock(mutex_);
  std::string name = "test_" + std::to_string(++made_);
  OrDie(server_->CreateDatabase(name, from.empty() ? "template1" : from));
  return name;
}

void TestCluster::DropDatabase(std::string_view database) {
  Sql("postgres", "DROP DATABASE IF EXISTS \"" + std::string(database) + "\" WITH (FORCE)");
}

std::string TestCluster::Sql(std::string_view database, std::string_view sql) {
  Load(database);
  auto rows = server_->RunSql(database, sql);
  if (rows) return *rows;
  ADD_FAILURE() << rows.error().message << "\nin: " << sql;
  return "";
}

}  // namespace toomai::test
