#include "tests/support/fault_proxy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/subprocess.h"
#include "tests/support/test_cluster.h"

namespace toomai::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

struct Answer {
  std::string out;
  int status = -1;
  milliseconds took{0};
};

Answer Ask(const FaultProxy& proxy, const std::string& sql, milliseconds limit = milliseconds(10'000)) {
  auto begin = Clock::now();
  Command psql;
  psql.argv = {"psql", "-XAt", "-c", sql, TestCluster::Get().TcpUrl("postgres", app::kSampleReader, proxy.port())};
  auto done = RunCommand(Deadline::After(limit), psql);
  auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
  return done ? Answer{done->out, done->status, took} : Answer{"", -1, took};
}

const std::string kLongText = "SELECT repeat('x', 300000)";

TEST(FaultProxy, PassesEverythingThrough) {
  FaultProxy proxy(TestCluster::Get().port());
  EXPECT_EQ(Ask(proxy, kLongText).out.size(), 300'001u);
  EXPECT_EQ(proxy.accepted(), 1u);
  EXPECT_GT(proxy.bytes_to_client(), 300'000u);
}

TEST(FaultProxy, DelaysAndHeals) {
  FaultProxy proxy(TestCluster::Get().port());
  proxy.Delay(milliseconds(100));
  Answer slow = Ask(proxy, "SELECT 1");
  EXPECT_EQ(slow.out, "1\n");
  EXPECT_GT(slow.took, milliseconds(300));
  proxy.Heal();
  EXPECT_LT(Ask(proxy, "SELECT 1").took, slow.took);
}

TEST(FaultProxy, ResetsInTheMiddleOfTheRows) {
  FaultProxy proxy(TestCluster::Get().port());
  proxy.ResetAfter(100'000);
  EXPECT_EQ(Ask(proxy, kLongText).status, 2);
  EXPECT_LE(proxy.bytes_to_client(), 100'000u);
  proxy.Heal();
  EXPECT_EQ(Ask(proxy, "SELECT 1").status, 0);
}

TEST(FaultProxy, FreezesUntilHealed) {
  FaultProxy proxy(TestCluster::Get().port());
  proxy.Freeze();
  EXPECT_EQ(Ask(proxy, "SELECT 1", milliseconds(500)).status, -1) << "must hang";
  proxy.Heal();
  EXPECT_EQ(Ask(proxy, "SELECT 1").status, 0);
}

TEST(FaultProxy, RefusesNewConnections) {
  FaultProxy proxy(TestCluster::Get().port());
  proxy.RefuseNew();
  EXPECT_EQ(Ask(proxy, "SELECT 1").status, 2);
}

TEST(FaultProxy, EndsWhatIsThere) {
  FaultProxy proxy(TestCluster::Get().port());
  for (auto fault : {&FaultProxy::CutAll, &FaultProxy::ResetAll, &FaultProxy::HalfCloseAll}) {
    std::thread breaker([&] {
      while (proxy.connections() == 0) std::this_thread::sleep_for(milliseconds(5));
      std::this_thread::sleep_for(milliseconds(300));
      (proxy.*fault)();
    });
    EXPECT_EQ(Ask(proxy, "SELECT pg_sleep(5)").status, 2);
    breaker.join();
    for (int i = 0; i < 200 && proxy.connections() > 0; ++i) std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(proxy.connections(), 0u);
  }
}

TEST(FaultProxy, DripsBytes) {
  FaultProxy proxy(TestCluster::Get().port());
  proxy.Drip(200, milliseconds(20));
  Answer slow = Ask(proxy, "SELECT repeat('x', 4000)");
  EXPECT_EQ(slow.out.size(), 4001u);
  EXPECT_GT(slow.took, milliseconds(400));
}

}  // namespace
}  // namespace toomai::test
