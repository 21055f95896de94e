// Every limit at N and at N + 1, and the bombs that must be answered at once.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "validator/parser.h"

namespace toomai::validator {
namespace {

std::string Repeat(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

// "" or the rule that refuses.
std::string Refusal(const std::string& sql, const Limits& limits) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.limits = limits;
  return Parse(sql, options, &tree, &error) ? "" : error.finding.rule;
}

TEST(Limits, Bytes) {
  Limits limits;
  limits.statement_bytes = 20;
  EXPECT_EQ(Refusal("SELECT 1            ", limits), "");
  EXPECT_EQ(Refusal("SELECT 1             ", limits), "too-large");
}

TEST(Limits, Tokens) {
  Limits limits;
  limits.tokens = 4;
  EXPECT_EQ(Refusal("SELECT 1 + 2", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 + - 2", limits), "too-many");
}

TEST(Limits, Nesting) {
  Limits limits;
  limits.nesting = 10;  // the query itself is one level
  const auto parens = [](std::size_t n) { return "SELECT " + Repeat("(", n) + "1" + Repeat(")", n); };
  EXPECT_EQ(Refusal(parens(9), limits), "");
  EXPECT_EQ(Refusal(parens(10), limits), "too-deep");
  // However it is nested.
  for (const auto& [open, close] :
       std::initializer_list<std::pair<const char*, const char*>>{{"f(", ")"},
                                                                  {"- ", ""},
                                                                  {"NOT ", ""},
                                                                  {"CASE WHEN ", " THEN 1 END"},
                                                                  {"ARRAY[", "]"},
                                                                  {"a[", "]"},
                                                                  {"(SELECT ", ")"},
                                                                  {"@ ", ""},
                                                                  {"COALESCE(", ")"},
                                                                  {"CAST(", " AS int)"},
                                                                  {"ROW(", ")"},
                                                                  {"EXISTS (SELECT ", ")"},
                                                                  {"x IN (", ")"},
                                                                  {"OPERATOR(pg_catalog.-) ", ""},
                                                                  {"a = ANY (", ")"}}) {
    EXPECT_EQ(Refusal("SELECT " + Repeat(open, 11) + "1" + Repeat(close, 11), limits), "too-deep") << open;
  }
  EXPECT_EQ(Refusal("SELECT * FROM " + Repeat("(SELECT * FROM ", 11) + "t" + Repeat(") x", 11), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT * FROM " + Repeat("(", 11) + "a CROSS JOIN b" + Repeat(")", 11), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT * FROM a" + Repeat(" JOIN b", 11) + Repeat(" ON true", 11), limits), "too-deep");
  EXPECT_EQ(Refusal(Repeat("(", 11) + "SELECT 1" + Repeat(")", 11), limits), "too-deep");
}

TEST(Limits, NestingStaysBoundedWhateverThePolicySays) {
  Limits limits;
  limits.nesting = 1000000;
  limits.tree_height = 1000000;
  limits.tokens = 1u << 22;
  limits.statement_bytes = 1u << 24;
  EXPECT_EQ(Refusal("SELECT " + Repeat("(", 100000) + "1" + Repeat(")", 100000), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT " + Repeat("NOT ", 100000) + "true", limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT 1" + Repeat("+1", 100000), limits), "too-deep");
}

TEST(Limits, TreeHeight) {
  Limits limits;
  limits.tree_height = 20;
  const auto chain = [](std::size_t n) { return "SELECT 1" + Repeat(" + 1", n); };
  EXPECT_EQ(Refusal(chain(15), limits), "");  // literal, 15 sums, target, list, select, query
  EXPECT_EQ(Refusal(chain(16), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT a" + Repeat("::int", 20), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT 1 WHERE true" + Repeat(" AND true", 100), limits), "");  // lists are flat
}

TEST(Limits, Counts) {
  Limits limits;
  limits.ctes = 2;
  EXPECT_EQ(Refusal("WITH a AS (SELECT 1), b AS (SELECT 1) SELECT 1", limits), "");
  EXPECT_EQ(Refusal("WITH a AS (SELECT 1), b AS (SELECT 1), c AS (SELECT 1) SELECT 1", limits), "too-many");
  limits.set_operation_arms = 3;
  EXPECT_EQ(Refusal("SELECT 1 UNION SELECT 2 EXCEPT SELECT 3", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4", limits), "too-many");
  limits.from_items = 2;
  EXPECT_EQ(Refusal("SELECT 1 FROM a, b", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 FROM a, b, c", limits), "too-many");
  EXPECT_EQ(Refusal("SELECT 1 FROM a CROSS JOIN b CROSS JOIN c", limits), "too-many");
  EXPECT_EQ(Refusal("SELECT 1 FROM f(1), g(2)", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 FROM f(1), g(2), h(3)", limits), "too-many");
  limits.list_items = 3;
  EXPECT_EQ(Refusal("SELECT 1 WHERE a IN (1, 2, 3)", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 WHERE a IN (1, 2, 3, 4)", limits), "too-many");
  EXPECT_EQ(Refusal("SELECT 1, 2, 3, 4", limits), "too-many");
  EXPECT_EQ(Refusal("VALUES (1), (2), (3), (4)", limits), "too-many");
}

TEST(Limits, BombsAreAnsweredAtOnce) {
  Limits big;  // as generous as a policy can be, so that the parser itself is measured
  big.statement_bytes = big.tokens = big.list_items = 1u << 24;
  const std::string bombs[] = {
      Repeat("(", 1u << 20),
      "SELECT " + Repeat("+", 1u << 20) + " 1",
      "SELECT " + Repeat("/*", 1u << 20),
      "SELECT " + Repeat("/*", 1u << 19) + Repeat("*/", 1u << 19) + " 1",
      "SELECT '" + Repeat("''", 1u << 20),
      "SELECT " + Repeat("$a$b", 1u << 19),
      "SELECT 'a'" + Repeat("\n'a'", 1u << 18),
      "SELECT 'a'" + Repeat(" \n", 1u << 19) + "x",
      "SELECT U&'a' " + Repeat("UESCAPE U&'a' ", 1u << 16),
      "SELECT a" + Repeat(".a", 1u << 19),
      "SELECT " + Repeat("a[", 1u << 19),
      "SELECT " + Repeat("CASE ", 1u << 18),
      "SELECT 1" + Repeat(";", 1u << 20),
      Repeat(";", 1u << 20) + "SELECT 1",
      "SELECT " + std::string(1u << 20, '1'),
      "SELECT \"" + std::string(1u << 20, 'a') + "\"",
      "SELECT " + Repeat("@", 1u << 20) + "1",
      "WITH " + Repeat("a AS (WITH ", 1u << 17),
      "SELECT * FROM " + Repeat("(", 1u << 20),
      "SELECT SELCT " + Repeat("a ", 1u << 18),
  };
  for (const std::string& bomb : bombs) {
    const auto start = std::chrono::steady_clock::now();
    Refusal(bomb, big);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    // Ten times what a quiet machine needs; a quadratic lexer needs minutes.
    EXPECT_LT(ms, 1000) << bomb.substr(0, 40);
  }
  // With the limits as they ship, ten megabytes are not even looked at.
  const std::string huge(10u << 20, '(');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Refusal(huge, Limits{}), "too-large");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace toomai::validator
