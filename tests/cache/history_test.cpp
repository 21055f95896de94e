// What a history promises, whichever store is behind it.
#include <poll.h>
#include <sys/wait.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/redact.h"
#include "cache/entry_query.h"
#include "cache/history_json.h"
#include "cache/unix_time.h"
#include "tests/cache/history_fixture.h"

namespace toomai::cache {
namespace {

using Ids = std::vector<std::int64_t>;

class HistoryTest : public HistoryFixture, public testing::WithParamInterface<Store> {
 protected:
  HistoryTest() : HistoryFixture(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(, HistoryTest, testing::Values(Store::kSqlite, Store::kPostgres),
                         [](const auto& one) { return one.param == Store::kSqlite ? "Sqlite" : "Postgres"; });

TEST_P(HistoryTest, EveryFieldComesBack) {
  Open();
  HistoryEntry entry = Entry("how many customers?", "SELECT count(*) FROM customers LIMIT 1000");
  entry.at_ms = 1'700'000'000'123;
  entry.client = "cli", entry.language = "en", entry.sql_generated = "select count(*) from customers";
  entry.rule = "r", entry.repairs = "[]", entry.paraphrase = "p", entry.tables = "public.customers";
  entry.model = "m", entry.prompt_version = "v1", entry.prompt_tokens = 1234567890123, entry.completion_tokens = 5;
  entry.cost = 0.1, entry.timings = "{\"link\":1.5}", entry.elapsed_ms = 12.25, entry.rows = 1, entry.bytes = 8;
  entry.truncated = true, entry.error = "e", entry.fingerprint = "f", entry.schema_fingerprint = "sf";
  entry.request_id = "rq", entry.trace_id = "tr", entry.origin = "o";
  const std::int64_t id = Add(entry);
  const HistoryEntry back = *history_->Get(id);
  EXPECT_EQ(back.state, ReviewState::kNew);
  EXPECT_EQ(back.chain_hash.size(), 64u);
  entry.id = id;
  entry.chain_hash = back.chain_hash;
  EXPECT_EQ(ToJson(back), ToJson(entry));
  EXPECT_EQ(nlohmann::json::parse(ToJson(back))["timings_ms"]["link"], 1.5);
}

TEST_P(HistoryTest, TextIsFoundInAnyScriptBeforeAndAfterIndexing) {
  Open();
  const std::int64_t english = Add(Entry("Top customers by revenue in 2024?", "SELECT c.name FROM customers AS c"));
  const std::int64_t chinese = Add(Entry("每个城市的订单数量是多少", "SELECT 1"));
  const std::int64_t japanese = Add(Entry("東京の顧客は何人ですか", "SELECT 2"));
  const std::int64_t accent = Add(Entry("Événements par région", "SELECT customer_id FROM orders"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(FindText("revenue"), Ids{english});
    EXPECT_EQ(FindText("cust reven"), Ids{english});
    EXPECT_EQ(FindText("订单"), Ids{chinese});
    EXPECT_EQ(FindText("顧客"), Ids{japanese});
    EXPECT_EQ(FindText("东京"), Ids{});
    EXPECT_EQ(FindText("customer_id"), Ids{accent});
    EXPECT_EQ(FindText("c.name FROM"), Ids{english});
    EXPECT_EQ(FindText("revenue nothing"), Ids{});
    EXPECT_EQ(FindText(""), (Ids{accent, japanese, chinese, english}));
    WaitUntilIndexed();
  }
  EXPECT_EQ(FindText("evenements"), Ids{accent});
}

TEST_P(HistoryTest, HostileSearchTextIsOnlyText) {
  Open();
  Add(Entry("plain question"));
  WaitUntilIndexed();
  for (const char* text : {"\"", "'", "AND", "OR NOT", "NEAR(a b)", "question:*", "a* \"b", "-x", "^", "()", "%_",
                           "\xFF\xFE", "*", "tags : x", "{sql}", "\x01"}) {
    HistoryQuery query;
    query.text = text;
    EXPECT_TRUE(history_->Search(kSoon, query)) << text;
  }
  EXPECT_EQ(FindText("'plain\" (question)").size(), 1u);
  EXPECT_EQ(FindText("plain OR").size(), 0u);
}

TEST_P(HistoryTest, FiltersAndPaging) {
  Open();
  for (int i = 0; i < 40; ++i) {
    HistoryEntry entry = Entry("question " + std::to_string(i));
    entry.database = i % 2 == 0 ? "shop" : "erp";
    entry.source = i % 4 == 0 ? "model" : "grammar";
    entry.verdict = i % 10 == 0 ? "reject" : "accept";
    entry.caller = i < 20 ? "ann" : "bob";
    entry.at_ms = 1'700'000'000'000 + i * 86'400'000LL;
    Add(entry);
  }
  for (int round = 0; round < 2; ++round) {
    HistoryQuery query;
    query.database = "erp";
    query.limit = 7;
    auto page = Find(query);
    ASSERT_EQ(page.size(), 7u);
    EXPECT_EQ(page.front(), 40);
    query.before_id = page.back();
    page = Find(query);
    EXPECT_EQ(page.front(), 26);
    HistoryQuery several;
    several.database = "shop", several.source = "model", several.verdict = "accept", several.caller = "bob";
    EXPECT_EQ(Find(several), (std::vector<std::int64_t>{37, 33, 29, 25}));
    several.text = "question 28";
    EXPECT_EQ(Find(several), (std::vector<std::int64_t>{29}));
    HistoryQuery times;
    times.since_ms = 1'700'000'000'000 + 38 * 86'400'000LL;
    EXPECT_EQ(Find(times), (std::vector<std::int64_t>{40, 39}));
    times.since_ms = 0;
    times.until_ms = 1'700'000'000'000 + 2 * 86'400'000LL;
    times.text = "question";
    EXPECT_EQ(Find(times), (std::vector<std::int64_t>{2, 1}));
    WaitUntilIndexed();
  }
}

TEST_P(HistoryTest, ReviewsChangeTheStateAndTheVersion) {
  History& history = Open();
  const std::int64_t first = Add(Entry("first"));
  const std::int64_t second = Add(Entry("second"));
  const std::int64_t before = history.ReviewVersion();
  auto reviewed = history.SetReview(kSoon, first, {ReviewState::kApproved, "ann", "good", "SELECT 42 LIMIT 1"});
  ASSERT_TRUE(reviewed) << reviewed.error().message;
  EXPECT_EQ(reviewed->state, ReviewState::kApproved);
  EXPECT_EQ(reviewed->reviewer, "ann");
  EXPECT_GT(reviewed->reviewed_at_ms, 0);
  EXPECT_GT(history.ReviewVersion(), before);
  const auto approved = history.Approved("shop");
  ASSERT_EQ(approved->size(), 1u);
  EXPECT_EQ(approved->front().sql_run, "SELECT 42 LIMIT 1");
  EXPECT_TRUE(history.Approved("erp")->empty());

  HistoryQuery fresh;
  fresh.state = ReviewState::kNew;
  EXPECT_EQ(Find(fresh), std::vector<std::int64_t>{second});
  HistoryQuery good;
  good.state = ReviewState::kApproved;
  good.text = "first";
  EXPECT_EQ(Find(good), std::vector<std::int64_t>{first});

  ASSERT_TRUE(history.SetReview(kSoon, first, {ReviewState::kRejected, "bob", "wrong", ""}));
  EXPECT_TRUE(history.Approved("shop")->empty());
  EXPECT_EQ(history.Get(first)->note, "wrong");
  EXPECT_EQ(history.SetReview(kSoon, 999, {}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Verified().intact);
  EXPECT_EQ(Verified().checked, 4);
}

TEST_P(HistoryTest, VerifyFindsTheFirstBreak) {
  struct Tampering {
    const char* what;
    const char* sql;
    std::int64_t first_broken;
  };
  const Tampering cases[] = {
      {"a changed question", "UPDATE entries SET question = 'x' WHERE id = 3", 3},
      {"a changed number", "UPDATE entries SET rows = 7 WHERE id = 4", 4},
      {"an emptied field", "UPDATE entries SET caller = '', client = 'local' WHERE id = 2", 2},
      {"a deleted entry", "DELETE FROM entries WHERE id = 3", 3},
      {"a deleted newest entry", "DELETE FROM entries WHERE id = 5", 5},
      {"a deleted review", "DELETE FROM events WHERE id = 6", 6},
      {"a changed review", "UPDATE events SET state = 'approved', reviewer = 'eve' WHERE id = 6", 6},
      {"a changed state", "UPDATE review_state SET state = 'approved'", 1},
      {"a forgotten state", "DELETE FROM review_state", 1},
      {"a forged prune",
       "INSERT INTO events SELECT 7, 0, 'prune', 2, '', '', "
       "'{\"kept_digest\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}', '', hash FROM "
       "entries WHERE id = 5; DELETE FROM entries WHERE id <= 2",
       3},
  };
  for (const Tampering& one : cases) {
    Open();
    for (int i = 1; i <= 5; ++i) Add(Entry("question " + std::to_string(i)));
    ASSERT_TRUE(history_->SetReview(kSoon, 1, {ReviewState::kRejected, "ann", "", ""}));
    ASSERT_TRUE(Verified().intact);
    ASSERT_EQ(Stranger(one.sql), "") << one.what;
    const VerifyReport report = Verified();
    EXPECT_FALSE(report.intact) << one.what;
    EXPECT_EQ(report.first_broken, one.first_broken) << one.what << ": " << report.detail;
    EXPECT_FALSE(report.detail.empty());
    Anew();
  }
}

TEST_P(HistoryTest, LiteralsGoWhenAsked) {
  options_.redact_literals = true;
  Open();
  HistoryEntry entry = Entry("orders over 500 by 'Ann'", "SELECT a1 FROM t WHERE n > 500 AND c = 'Ann' LIMIT 10");
  entry.repairs = R"([{"rule":"cast","before":"'Ann'","after":"'Bob'"}])";
  const HistoryEntry back = *history_->Get(Add(entry));
  EXPECT_EQ(back.question, "orders over ? by ?");
  EXPECT_EQ(back.sql_run, "SELECT a1 FROM t WHERE n > ? AND c = ? LIMIT ?");
  EXPECT_EQ(back.repairs, R"([{"rule":"cast"}])");
  EXPECT_TRUE(Verified().intact);
}

TEST_P(HistoryTest, HostileTextIsBoundedAndValid) {
  Open();
  HistoryEntry entry = Entry(std::string("a\0b\x1b[31m\xFF", 9) + std::string(1'000'000, 'x'));
  const HistoryEntry back = *history_->Get(Add(entry));
  EXPECT_LE(back.question.size(), 256u * 1024 + 64);
  EXPECT_EQ(back.question.find('\x1b'), std::string::npos);
  EXPECT_EQ(back.question.find('\0'), std::string::npos);
  EXPECT_TRUE(Verified().intact);
}

TEST_P(HistoryTest, JsonlHasOneLinePerCallAndRotates) {
  options_.jsonl_file = (directory_ / "log.jsonl").string();
  options_.jsonl_max_bytes = 2000;
  options_.jsonl_max_files = 2;
  Open();
  for (int i = 0; i < 30; ++i) Add(Entry("question\nnumber " + std::to_string(i)));
  std::ifstream in(options_.jsonl_file);
  std::string line, last;
  while (std::getline(in, line)) last = line;
  EXPECT_EQ(nlohmann::json::parse(last)["question"], "question\nnumber 29");
  EXPECT_TRUE(fs::exists(options_.jsonl_file + ".2"));
  EXPECT_FALSE(fs::exists(options_.jsonl_file + ".3"));
  EXPECT_LE(fs::file_size(options_.jsonl_file + ".1"), 2000u);
}

TEST(EntryQuery, SoManyWordsAreLookedForAndNoMore) {
  std::string words;
  for (int i = 0; i < 32; ++i) words += "w" + std::to_string(i) + " ";
  EXPECT_EQ(SearchedPhrases(words).size(), 32u);
  EXPECT_EQ(SearchedPhrases(words + "one more").size(), 32u);
}

TEST_P(HistoryTest, StatisticsCountEverything) {
  Open();
  for (int i = 0; i < 10; ++i) {
    HistoryEntry entry = Entry("q" + std::to_string(i));
    entry.source = i < 7 ? "grammar" : "model";
    entry.verdict = i < 8 ? "accept" : "reject";
    entry.rule = i < 8 ? "" : "denied-function";
    entry.tables = "public.a, public.b";
    entry.elapsed_ms = i;
    entry.cost = i * 0.5;
    Add(entry);
  }
  ASSERT_TRUE(history_->SetReview(kSoon, 1, {ReviewState::kApproved, "a", "", ""}));
  const auto statistics = nlohmann::json::parse(*history_->Statistics({}));
  EXPECT_EQ(statistics["totals"]["calls"], 10);
  EXPECT_EQ(statistics["by_source"][0],
            (nlohmann::json{{"source", "grammar"}, {"calls", 7}, {"tokens", 0}, {"cost", 10.5}, {"mean_ms", 3.0}}));
  EXPECT_EQ(statistics["refusals_by_rule"][0]["calls"], 2);
  EXPECT_EQ(statistics["per_day"].size(), 1u);
  EXPECT_EQ(statistics["slowest"][0]["id"], 10);
  EXPECT_EQ(statistics["failing_tables"][0]["table"], "public.a");
  EXPECT_EQ(statistics["by_state"][0]["state"], "approved");
  EXPECT_EQ(statistics["by_state"][0]["calls"], 1);
  HistoryQuery model;
  model.source = "model";
  EXPECT_EQ(nlohmann::json::parse(*history_->Statistics(model))["totals"]["calls"], 3);
}

TEST_P(HistoryTest, RetentionByAgeKeepsTheApprovedAndTheChain) {
  const std::int64_t now = std::time(nullptr) * 1000LL;
  Open();
  for (int i = 0; i < 100; ++i) {
    HistoryEntry entry = Entry("question " + std::to_string(i));
    entry.at_ms = i < 60 ? now - 10 * 86'400'000LL : now;
    Add(entry);
  }
  ASSERT_TRUE(history_->SetReview(kSoon, 10, {ReviewState::kApproved, "ann", "", ""}));
  ASSERT_TRUE(history_->SetReview(kSoon, 11, {ReviewState::kRejected, "ann", "", ""}));
  options_.max_age_days = 5;
  for (int round = 0; round < 2; ++round) {
    Open();
    Add(Entry("one more"));
    for (int i = 0; i < 300 && Stranger("SELECT count(*) FROM entries WHERE id BETWEEN 1 AND 60") != "1"; ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    WaitUntilIndexed();
    EXPECT_TRUE(history_->Get(10));
    EXPECT_FALSE(history_->Get(11));
    EXPECT_EQ(FindText("question").size(), 41u);
    EXPECT_EQ(history_->Health().entries, 41 + round + 1);
    const VerifyReport report = Verified();
    EXPECT_TRUE(report.intact) << report.detail;
    // What was approved may go once it is rejected.
    if (round == 0) {
      ASSERT_EQ(Stranger("UPDATE entries SET question = 'forged' WHERE id = 10"), "");
      EXPECT_FALSE(Verified().intact);
      ASSERT_EQ(Stranger("UPDATE entries SET question = 'question 9' WHERE id = 10"), "");
    }
  }
  const auto statistics = nlohmann::json::parse(*history_->Statistics({}));
  EXPECT_EQ(statistics["totals"]["calls"], 102);  // sums outlive the entries
}

TEST_P(HistoryTest, AgeIsMeasuredToTheMinute) {
  Open();
  const std::int64_t a_day_ago = UnixMs() - 86'400'000;
  HistoryEntry entry = Entry("beyond the limit");
  entry.at_ms = a_day_ago - 60'000;
  const std::int64_t beyond = Add(entry);
  entry.at_ms = a_day_ago + 60'000;
  const std::int64_t within = Add(entry);
  options_.max_age_days = 1;
  Open();
  Add(Entry("now"));
  for (int i = 0; i < 300 && history_->Get(beyond); ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(history_->Get(beyond));
  EXPECT_TRUE(history_->Get(within));
  EXPECT_TRUE(Verified().intact);
}

TEST_P(HistoryTest, WordsAreFoundByTheStateOfToday) {
  Open();
  for (int i = 0; i < 3; ++i) Add(Entry("revenue of region " + std::to_string(i)));
  WaitUntilIndexed();
  const auto found = [&](const std::string& text, ReviewState state) {
    HistoryQuery query;
    query.text = text;
    query.state = state;
    return Find(query);
  };
  ASSERT_TRUE(history_->SetReview(kSoon, 2, {ReviewState::kApproved, "ann", "", ""}));
  EXPECT_EQ(found("revenue", ReviewState::kApproved), Ids{2});
  EXPECT_EQ(found("reven", ReviewState::kNew), (Ids{3, 1}));
  ASSERT_TRUE(history_->SetReview(kSoon, 2, {ReviewState::kRejected, "ann", "", ""}));
  EXPECT_EQ(found("revenue", ReviewState::kApproved), Ids{});
  EXPECT_EQ(found("revenue", ReviewState::kRejected), Ids{2});
  ASSERT_TRUE(history_->SetReview(kSoon, 2, {ReviewState::kNew, "ann", "", ""}));
  EXPECT_EQ(found("revenue", ReviewState::kNew), (Ids{3, 2, 1}));
  if (store_ == Store::kSqlite) {
    EXPECT_EQ(Stranger("INSERT INTO search(search) VALUES ('integrity-check')"), "");
  }
}

TEST_P(HistoryTest, ACancelledCallIsStillKept) {
  Open();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(history_->Append(Deadline::Never(stop.get_token()), Entry("cancelled")));
  EXPECT_TRUE(history_->Append(Deadline::After(milliseconds(-1)), Entry("too late")));
}

TEST_P(HistoryTest, WhoDoesNotWaitHearsWhenTheEntryIsThere) {
  Open();
  std::atomic<int> there{0}, trouble{0};
  const auto leave = [&](int number) {
    history_->AppendLater(kSoon, Entry("left " + std::to_string(number)), [&, number](const auto& id) {
      const auto entry = id ? history_->Get(*id) : Fail(id.error());
      ++(entry && entry->question == "left " + std::to_string(number) ? there : trouble);
    });
  };
  leave(0);  // alone, it is written soon all the same
  for (int i = 0; i < 1000 && there == 0; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(there, 1);
  for (int i = 1; i < 40; ++i) leave(i);
  const std::int64_t last = Add(Entry("who waits takes the others along"));
  for (int i = 0; i < 1000 && there < 40; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(there, 40);
  EXPECT_EQ(trouble, 0);
  EXPECT_EQ(last, 41);
  EXPECT_TRUE(Verified().intact);
}

TEST_P(HistoryTest, WhatWasLeftIsWrittenBeforeTheEnd) {
  Open();
  std::atomic<int> there{0};
  for (int i = 0; i < 50; ++i)
    history_->AppendLater(kSoon, Entry("left"), [&](const auto& id) { there += id ? 1 : 0; });
  history_.reset();
  EXPECT_EQ(there, 50);
  Open();
  EXPECT_EQ(history_->Health().entries, 50);
}

TEST_P(HistoryTest, WhatDoesNotFitTheQueueIsWaitedForOrRefused) {
  options_.queue = 8;
  Open();
  std::atomic<int> there{0}, busy{0};
  for (int i = 0; i < 200; ++i) {
    history_->AppendLater(kSoon, Entry("left"), [&](const auto& id) {
      if (id) ++there;
      if (!id && id.error().code == ErrorCode::kBusy) ++busy;
    });
  }
  history_.reset();
  EXPECT_EQ(there + busy, 200);
  Open();
  EXPECT_EQ(history_->Health().entries, there);
}

TEST_P(HistoryTest, SixtyFourWritersAndReadersAndASecondProcess) {
  options_.lock_timeout = std::chrono::minutes(5);  // that nothing is lost is asked here, not how fast the machine is
  Open();
  Add(Entry("first"));
  // The second process writes and reads too.
  const pid_t child = fork();
  if (child == 0) {
    auto other = OpenHistory(options_);
    int trouble = 0;
    for (int i = 0; i < 100; ++i) {
      if (!(*other)->Append(kSoon, Entry("other process"))) ++trouble;
      if (!(*other)->Search(kSoon, {})) ++trouble;
    }
    other->reset();
    _exit(trouble == 0 ? 0 : 1);
  }
  std::atomic<int> trouble{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto id = history_->Append(kSoon, Entry("thread " + std::to_string(t) + " number " + std::to_string(i)));
        if (!id) ++trouble;
        if (id && !history_->Get(*id)) ++trouble;
        HistoryQuery query;
        query.text = "thread " + std::to_string(t);
        query.limit = 5;
        if (!history_->Search(kSoon, query)) ++trouble;
        if (id && i % 10 == 0 && !history_->SetReview(kSoon, *id, {ReviewState::kApproved, "r", "", ""})) ++trouble;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(trouble, 0);
  EXPECT_EQ(history_->Health().entries, 1 + 100 + 64 * 20);
  EXPECT_EQ(history_->Approved("shop")->size(), 64u * 2);
  EXPECT_TRUE(Verified().intact) << Verified().detail;
}

TEST_P(HistoryTest, APreviewIsKeptChainedAndGoneWithTheLiterals) {
  Open();
  HistoryEntry entry = Entry("who?");
  entry.preview = R"({"columns":["name"],"rows":[["Ann"]]})";
  const std::int64_t id = Add(entry);
  Add(Entry("without"));
  EXPECT_EQ(history_->Get(id)->preview, entry.preview);
  EXPECT_TRUE(Verified().intact);
  Stranger("UPDATE entries SET preview = 'other' WHERE id = " + std::to_string(id));
  EXPECT_EQ(Verified().first_broken, id);
  Stranger("UPDATE entries SET preview = '' WHERE id = " + std::to_string(id));
  EXPECT_EQ(Verified().first_broken, id);
  options_.redact_literals = true;
  Anew();
  Open();
  EXPECT_EQ(history_->Get(Add(entry))->preview, "");
}

TEST_P(HistoryTest, KillingTheProcessLosesNothingAcknowledged) {
  std::mt19937 random(42);
  std::int64_t acknowledged = 0;
  // TOOMAI_KILL_ROUNDS=200 for the long run.
  const char* wanted = std::getenv("TOOMAI_KILL_ROUNDS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : store_ == Store::kSqlite ? 20 : 3;
  for (int round = 0; round < rounds; ++round) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      auto history = OpenHistory(options_);
      std::vector<std::thread> writers;
      writers.emplace_back([&] {  // does not wait for one to leave the next
        std::atomic<int> under_way{0};
        while (true) {
          while (under_way >= 32) std::this_thread::yield();
          ++under_way;
          (*history)->AppendLater(kSoon, Entry("left behind"), [&](const Expected<std::int64_t>& id) {
            if (id && write(pipes[1], &*id, sizeof *id) != sizeof *id) _exit(3);
            --under_way;
          });
        }
      });
      for (int t = 0; t < 3; ++t) {
        writers.emplace_back([&] {
          while (true) {
            const auto id = (*history)->Append(kSoon, Entry("under load"));
            if (id && write(pipes[1], &*id, sizeof *id) != sizeof *id) _exit(3);
            if (id && *id % 50 == 0) (void)(*history)->SetReview(kSoon, *id, {ReviewState::kApproved, "r", "", ""});
          }
        });
      }
      for (std::thread& writer : writers) writer.join();
    }
    close(pipes[1]);
    std::int64_t id = 0;
    std::vector<std::int64_t> ids;
    // Every other time it is surely writing already; else it may be anywhere, also in the middle of making its tables.
    pollfd first{pipes[0], POLLIN, 0};
    if (round % 2 == 0) poll(&first, 1, 30'000);
    std::this_thread::sleep_for(milliseconds(store_ == Store::kSqlite ? 5 + random() % 60 : 500 + random() % 1000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(pipes[0], &id, sizeof id) == sizeof id) ids.push_back(id);
    close(pipes[0]);
    acknowledged += static_cast<std::int64_t>(ids.size());
    Open();
    for (const std::int64_t one : ids) ASSERT_TRUE(history_->Get(one)) << one;
    const VerifyReport report = Verified();
    ASSERT_TRUE(report.intact) << report.detail;
    history_.reset();
  }
  EXPECT_GE(acknowledged, rounds / 2);
  RecordProperty("acknowledged", static_cast<int>(acknowledged));
  if (store_ == Store::kSqlite) {
    EXPECT_EQ(Stranger("PRAGMA integrity_check"), "ok");
  }
}

TEST(ReviewStateTest, WordsRoundTrip) {
  for (const ReviewState state :
       {ReviewState::kNew, ReviewState::kApproved, ReviewState::kRejected, ReviewState::kNeedsWork}) {
    EXPECT_EQ(ParseReviewState(ToString(state)), state);
  }
  EXPECT_FALSE(ParseReviewState("fine"));
}

}  // namespace
}  // namespace toomai::cache
