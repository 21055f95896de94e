// Short words for tests that need sessions.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "engine/pg/connection.h"
#include "tests/support/test_cluster.h"

namespace toomai::engine::pg {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline Deadline Soon() {
  return Deadline::After(std::chrono::minutes(2));
}

inline DatabaseOptions OptionsFor(const std::string& url) {
  DatabaseOptions options;
  options.name = "test";
  options.url = url;
  return options;
}

inline std::unique_ptr<Connection> MustOpen(const std::string& url) {
  ConnectSettings settings(OptionsFor(url));
  auto connection = Connection::Open(Soon(), settings);
  if (!connection) {
    ADD_FAILURE() << connection.error().message;
    std::abort();
  }
  return std::move(*connection);
}

// Until `condition` holds; false after `patience`.
template <typename Condition>
bool Eventually(Condition condition, milliseconds patience = seconds(30)) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

inline double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}
// How long the server sleeps a second, as seen from here and now: what was stopped early took less.
inline double MillisecondsOfASecond(Connection& connection) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(connection.Query(Soon(), "SELECT pg_sleep(1)"));
  return MillisecondsSince(start);
}

}  // namespace toomai::engine::pg
