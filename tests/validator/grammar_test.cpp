// Each clause of the grammar in each of its forms, and what is said where a word is missing or too many. A line is the
// version of PostgreSQL that reads it, then "ok" or a part of the message. That the grammar of PostgreSQL 15 says the
// same is asked in tests/differential.
#include <gtest/gtest.h>

#include <filesystem>

#include "shop.h"
#include "validator/canonical.h"
#include "validator/parser.h"

namespace toomai::validator::test {
namespace {

class Grammar : public testing::TestWithParam<std::string> {};

// "ok", or the message.
std::string Read(const std::string& sql, int version, std::string* sent) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.postgres_version = version;
  if (!Parse(sql, options, &tree, &error)) return error.finding.message;
  Canonical canonical;
  if (!MakeCanonical(tree, 10, options, &canonical)) return "not reproducible";
  *sent = canonical.text;
  return "ok";
}

TEST_P(Grammar, IsReadAsPostgresReadsIt) {
  for (const Case& one : ReadCases(SourcePath("fixtures/validator/grammar/" + GetParam() + ".test"))) {
    const int version = std::stoi(one.kind);
    const std::string expected = one.kind.substr(one.kind.find(' ') + 1);
    const std::string where = GetParam() + ".test:" + std::to_string(one.line) + ": " + one.sql;
    std::string sent, again;
    if (expected != "ok") {
      const std::string said = Read(one.sql, version, &sent);
      EXPECT_TRUE(said != "ok" && said.find(expected) != std::string::npos) << where << "\n  " << said;
      continue;
    }
    for (int newer = version; newer <= 18; ++newer) {
      EXPECT_EQ(Read(one.sql, newer, &sent), "ok") << where;
      EXPECT_EQ(Read(sent, newer, &again), "ok") << sent;
      EXPECT_EQ(sent, again) << "what is sent stays as it is";
    }
    if (version > 15) {
      EXPECT_NE(Read(one.sql, version - 1, &sent), "ok") << where;
    }
  }
}

std::vector<std::string> Areas() {
  std::vector<std::string> areas;
  for (const auto& file : std::filesystem::directory_iterator(SourcePath("fixtures/validator/grammar")))
    areas.push_back(file.path().stem().string());
  std::sort(areas.begin(), areas.end());
  return areas;
}

INSTANTIATE_TEST_SUITE_P(Areas, Grammar, testing::ValuesIn(Areas()), [](const auto& area) { return area.param; });

}  // namespace
}  // namespace toomai::validator::test
