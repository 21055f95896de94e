// Masks by non-interference: two databases differ only in the values of masked columns. Whatever a caller gets for the
// same statement - rows, pages, errors, plans, notes - must be the same in both, or a mask leaks.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>

#include "base/text.h"
#include "engine/engine.h"
#include "engine/result_json.h"
#include "tests/engine/pg_test_util.h"
#include "tests/support/scratch_folder.h"

namespace toomai::engine {
namespace {

using pg::OptionsFor;
using pg::Soon;
using test::TestCluster;

constexpr std::string_view kLeaks = "-- leaks that a mask cannot stop";
// Parts of every masked text: in world a, in world b, and turned round.
constexpr std::array<std::string_view, 4> kMarks = {"qzx", "vyj", "xzq", "jyv"};
constexpr std::array<std::string_view, 6> kOtherSecrets = {"941-73", "802-66", "71004", "880418", "1961-03", "1987-10"};

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string ReplaceAll(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::string WithoutHashes(const std::string& text) {
  static const std::regex kHash("#[0-9a-f]{16}");
  return std::regex_replace(text, kHash, "#");
}

std::string SecretIn(const std::string& text) {
  const std::string lower = AsciiLower(text);
  for (std::string_view mark : kMarks) {
    if (lower.find(mark) != std::string::npos) return std::string(mark);
  }
  for (std::string_view secret : kOtherSecrets) {
    if (text.find(secret) != std::string::npos) return std::string(secret);
  }
  return "";
}

class MaskAttempts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    state_.emplace("masks");
    const std::string script = ReadText("fixtures/engine/mask_world.sql");
    Options options;
    options.state_directory = *state_;
    for (const std::string world : {"a", "b"}) {
      const std::string database = TestCluster::Get().NewDatabase();
      TestCluster::Get().Sql(database, ReplaceAll(script, ":'world'", "'" + world + "'"));
      DatabaseOptions one = OptionsFor(TestCluster::Get().Url(database));
      one.name = world;
      one.scan_values = true;
      one.pool.max = 3;
      one.masks = {
          {"customers.email", "redact"},     {"*.staff.email", "redact"},       {"parcels.email", "redact"},
          {"public.people.email", "redact"}, {"people_north.email", "redact"},  {"customers.phone", "last4"},
          {"customers.ssn", "hash"},         {"customers.salary", "null"},      {"customers.born", "redact"},
          {"customers.mood", "redact"},      {"public.customers.tags", "null"}, {"customers.profile", "redact"},
          {"customers.photo", "redact"},     {"customers.score", "redact"},     {"customers.spot", "redact"},
          {"customers.stay", "redact"},      {"customers.ip", "redact"},        {"customers.uid", "hash"}};
      options.databases.push_back(std::move(one));
    }
    auto engine = MakeEngine(options);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  static void TearDownTestSuite() {
    engine_.reset();
    state_.reset();
  }

  static std::string Told(const Error& error) {
    return "error " + std::string(ToString(error.code)) + " " + error.sqlstate + " at " +
           std::to_string(error.position) + ": " + error.message + " / " + error.hint;
  }

  // Everything a caller is told: all pages of the result, or the error; and the plan.
  static std::string Run(const std::string& world, const std::string& sql) {
    ExecuteRequest request;
    request.database = world;
    request.sql = sql;
    request.paged = true;
    request.budget.rows = 4;
    std::string told;
    for (int page = 0; page < 20; ++page) {
      auto result = engine_->Execute(Soon(), Caller(), request);
      if (!result) return told + Told(result.error());
      request.cursor = std::exchange(result->cursor, "");
      for (const ResultColumn& column : result->columns) told += column.name + " " + column.type + "\n";
      for (const auto& row : result->rows) AppendJsonRow(row, result->columns, &told);
      told += Join(result->notes, "\n") + "\n";
      if (request.cursor.empty()) break;
    }
    return told;
  }
  static std::string Plan(const std::string& world, const std::string& sql) {
    const auto plan = engine_->Explain(Soon(), Caller(), world, sql, false);
    if (!plan) return Told(plan.error());
    return plan->text + std::to_string(plan->rows) + " rows, " + std::to_string(plan->bytes) + " bytes, " +
           Join(plan->advice, "; ");
  }

  static std::optional<test::ScratchFolder> state_;
  static std::unique_ptr<Engine> engine_;
};

std::optional<test::ScratchFolder> MaskAttempts::state_;
std::unique_ptr<Engine> MaskAttempts::engine_;

TEST_F(MaskAttempts, NothingThatACallerIsToldDependsOnAMaskedValue) {
  bool leaks = false;
  int attempts = 0, with_rows = 0;
  for (const std::string& line : Split(ReadText("fixtures/engine/mask_attempts.sql"), '\n')) {
    leaks = leaks || line.starts_with(kLeaks);
    if (line.empty() || line.starts_with("--")) continue;
    ++attempts;
    const std::string in_a = Run("a", line), in_b = Run("b", line);
    // What the statement itself says is no secret.
    const std::string quoted = ReplaceAll(in_a + in_b, line, "");
    EXPECT_EQ(SecretIn(quoted), "") << line << "\n" << quoted;
    with_rows += !in_a.starts_with("error ");
    if (leaks) continue;
    EXPECT_EQ(WithoutHashes(in_a), WithoutHashes(in_b)) << line;
    EXPECT_EQ(Plan("a", line), Plan("b", line)) << line;
  }
  EXPECT_GE(attempts, 200);
  EXPECT_GE(with_rows, attempts / 2) << "a file of refusals proves nothing";
}

TEST_F(MaskAttempts, MaskedValuesAreNotInWhatGenerationSees) {
  for (const std::string world : {"a", "b"}) {
    Question question;
    question.text = "email and salary of the customer name 1 in Oslo";
    question.database = world;
    const auto generated = engine_->Generate(Soon(), Caller(), question);
    ASSERT_TRUE(generated) << generated.error().message;
    const auto links = engine_->ExplainLinks(Soon(), Caller(), world, question.text);
    ASSERT_TRUE(links) << links.error().message;
    const auto prompt = engine_->ShowPrompt(Soon(), Caller(), question);
    const std::string seen = *links + (prompt ? *prompt : prompt.error().message) + generated->refusal.schema_context +
                             Join(generated->refusal.matched_values, "\n") + generated->sql.value_or("") +
                             generated->paraphrase;
    EXPECT_EQ(SecretIn(seen), "") << seen;
    EXPECT_NE(seen.find("email"), std::string::npos);
    const auto schema = engine_->GetSchema(Soon(), Caller(), world);
    ASSERT_TRUE(schema);
  }
}

TEST_F(MaskAttempts, NothingMaskedIsWrittenToTheStateDirectory) {
  for (const std::string world : {"a", "b"}) {
    (void)Run(world, "SELECT email, ssn, salary FROM customers ORDER BY id");
    (void)Run(world, "SELECT email::int FROM customers");
    (void)Run(world, "SELECT * FROM contact_copy");
  }
  engine_->history().Health();
  int files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(*state_)) {
    if (!file.is_regular_file()) continue;
    ++files;
    const std::string lower = AsciiLower(ReadText(file.path()));
    // The marks alone, and as often as each value repeats them: three letters, or "1961-03", may be part of any id.
    for (std::string_view mark : kMarks) {
      const std::string repeated = std::string(mark) + std::string(mark) + std::string(mark);
      EXPECT_EQ(lower.find(repeated), std::string::npos) << repeated << " in " << file.path();
    }
  }
  EXPECT_GE(files, 1);
}

// A budget that counted what a mask hides would measure it.
TEST(MaskBudgets, DoNotMeasureWhatIsHidden) {
  const std::string database = TestCluster::Get().NewDatabase();
  TestCluster::Get().Sql(
      database,
      "CREATE TABLE person (id int, secret text); INSERT INTO person VALUES (1, 'x'), (2, repeat('y', "
      "100000)); GRANT SELECT ON person TO toomai_reader");
  const test::ScratchFolder state("mask-budgets");
  Options options;
  options.state_directory = state;
  options.databases = {OptionsFor(TestCluster::Get().Url(database))};
  options.databases[0].masks = {{"person.secret", "redact"}};
  auto engine = MakeEngine(options);
  ASSERT_TRUE(engine) << engine.error().message;
  const auto told = [&](const char* id, const Budget& budget, bool paged) {
    ExecuteRequest request;
    request.sql = "SELECT secret FROM person WHERE id = $1";
    request.parameters = {id};
    request.budget = budget;
    request.paged = paged;
    const auto result = (*engine)->Execute(Soon(), Caller(), request);
    if (!result) return "error: " + result.error().message;
    return std::to_string(result->rows.size()) + " " + result->truncated_by + " " + std::to_string(result->bytes) +
           " " + Join(result->notes, "; ");
  };
  for (const bool paged : {false, true}) {
    for (const Budget& budget : {Budget{0, 20, 0, 0}, Budget{0, 0, 5, 0}, Budget{0, 0, 0, 16}, Budget{0, 5, 0, 0}})
      EXPECT_EQ(told("1", budget, paged), told("2", budget, paged));
  }
}

}  // namespace
}  // namespace toomai::engine
