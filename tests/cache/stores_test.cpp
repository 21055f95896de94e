// The schema snapshots and the cached answers.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "cache/answers.h"
#include "cache/schema_store.h"
#include "tests/support/scratch_folder.h"

namespace toomai::cache {
namespace {

namespace fs = std::filesystem;

class StoresTest : public testing::Test {
 protected:
  const test::ScratchFolder directory_{"stores"};
  const std::string path_ = (directory_ / "toomai.db").string();
};

TEST_F(StoresTest, SchemasOutliveTheProcess) {
  {
    SchemaStore store(path_);
    EXPECT_FALSE(store.Load("shop")->has_value());
    EXPECT_FALSE(fs::exists(path_));
    ASSERT_TRUE(store.Save("shop", "f1", "{\"tables\":[]}"));
    ASSERT_TRUE(store.Save("shop", "f2", "{\"tables\":[1]}"));
  }
  SchemaStore store(path_);
  const auto loaded = *store.Load("shop");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->fingerprint, "f2");
  EXPECT_EQ(loaded->json, "{\"tables\":[1]}");
  EXPECT_GT(loaded->at_ms, 0);
  ASSERT_TRUE(store.Remove("shop"));
  EXPECT_FALSE(store.Load("shop")->has_value());
}

TEST_F(StoresTest, ReplacedSchemasAreKeptNewestFirst) {
  SchemaStore store(path_);
  EXPECT_TRUE(store.Old("shop")->empty());
  for (const char* fingerprint : {"f1", "f2", "f3"}) {
    ASSERT_TRUE(store.Save("shop on h", fingerprint, fingerprint));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // their order is that of their times
  }
  ASSERT_TRUE(store.Save("shopping on h", "g1", "g1"));
  ASSERT_TRUE(store.Save("shopping on h", "g2", "g2"));
  const auto old = *store.Old("shop");
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[0].fingerprint, "f2");
  EXPECT_EQ(old[1].fingerprint, "f1");
}

TEST_F(StoresTest, AFileThatCannotBeMadeIsAnError) {
  SchemaStore store("/proc/nowhere/x.db");
  EXPECT_FALSE(store.Save("k", "f", "{}"));
  EXPECT_FALSE(store.Load("k")->has_value());
}

TEST_F(StoresTest, AnswersAreForOneSchemaModelAndPrompt) {
  AnswerCache cache({.path = path_});
  EXPECT_FALSE(cache.Get("k", "f", "m", "v"));
  ASSERT_TRUE(cache.Put("k", {"shop", "f", "m", "v", "{\"sql\":1}", 0}));
  ASSERT_TRUE(cache.Get("k", "f", "m", "v"));
  EXPECT_EQ(cache.Get("k", "f", "m", "v")->json, "{\"sql\":1}");
  EXPECT_EQ(cache.Get("k", "f", "m", "v")->database, "shop");
  EXPECT_FALSE(cache.Get("k", "other", "m", "v"));
  EXPECT_FALSE(cache.Get("k", "f", "other", "v"));
  EXPECT_FALSE(cache.Get("k", "f", "m", "other"));
  ASSERT_TRUE(cache.Remove("k"));
  EXPECT_FALSE(cache.Get("k", "f", "m", "v"));
}

TEST_F(StoresTest, AnswersGrowOldAndFew) {
  AnswerCache cache({.path = path_, .max_entries = 3});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(cache.Put("k" + std::to_string(i), {"shop", "f", "m", "v", "{}", 0}));
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  EXPECT_FALSE(cache.Get("k0", "f", "m", "v"));
  EXPECT_FALSE(cache.Get("k1", "f", "m", "v"));
  EXPECT_TRUE(cache.Get("k2", "f", "m", "v"));
  EXPECT_TRUE(cache.Get("k4", "f", "m", "v"));
  AnswerCache brief({.path = path_, .ttl = std::chrono::seconds(0)});
  EXPECT_FALSE(brief.Get("k4", "f", "m", "v"));
}

TEST_F(StoresTest, ClearingIsPerDatabaseOrAll) {
  AnswerCache cache({.path = path_});
  ASSERT_TRUE(cache.Put("a", {"shop", "f", "m", "v", "{}", 0}));
  ASSERT_TRUE(cache.Put("b", {"erp", "f", "m", "v", "{}", 0}));
  ASSERT_TRUE(cache.Clear("shop"));
  EXPECT_FALSE(cache.Get("a", "f", "m", "v"));
  EXPECT_TRUE(cache.Get("b", "f", "m", "v"));
  ASSERT_TRUE(cache.Clear());
  EXPECT_FALSE(cache.Get("b", "f", "m", "v"));
}

TEST_F(StoresTest, TwoStoresShareTheFileAcrossThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> trouble{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      SchemaStore schemas(path_);
      AnswerCache answers({.path = path_});
      for (int i = 0; i < 20; ++i) {
        if (!schemas.Save("k", "f", "{}")) ++trouble;
        if (!answers.Put("k", {"shop", "f", "m", "v", "{}", 0})) ++trouble;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(trouble, 0);
}

}  // namespace
}  // namespace toomai::cache
