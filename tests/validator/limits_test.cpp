// Every limit at N and at N + 1, and the bombs that must be answered at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "shop.h"
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
  limits.nesting = 10;
  const auto parens = [](std::size_t n) { return "SELECT " + Repeat("(", n) + "1" + Repeat(")", n); };
  EXPECT_EQ(Refusal(parens(10), limits), "");
  EXPECT_EQ(Refusal(parens(11), limits), "too-deep");
  EXPECT_EQ(Refusal("SELECT " + Repeat("(SELECT ", 10) + "1" + Repeat(")", 10), limits), "") << "one level, not two";
  EXPECT_EQ(Refusal("SELECT " + Repeat("COALESCE(", 10) + "1" + Repeat(")", 10), limits), "");
  EXPECT_EQ(Refusal(Repeat("(", 10) + "SELECT 1" + Repeat(")", 10), limits), "");
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

// What PostgreSQL 15 plans with its own limits as they come (a thousand such queries) is not refused far below.
TEST(Limits, AsManyNestedQueriesAsLevels) {
  const auto nested = [](std::size_t n) { return "SELECT " + Repeat("(SELECT ", n) + "1" + Repeat(")", n); };
  EXPECT_EQ(Refusal(nested(500), Limits{}), "");
  EXPECT_EQ(Refusal(nested(501), Limits{}), "too-deep");
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

// The tallest tree there may be is walked by everything that walks, and one more level is refused whatever the policy
// says. A chain's tree: the constant, each sum, target, list, SELECT, query.
TEST(Limits, TheTallestTreeIsWalkedToItsEnd) {
  const auto chain = [](std::size_t height) { return "1" + Repeat(" + 1", height - 5); };
  for (const int allowed : {kMostTreeHeight, kMostTreeHeight + 1, 1000000}) {
    Policy policy = test::ShopPolicy();
    policy.limits.tree_height = allowed;
    policy.limits.statement_bytes = policy.limits.tokens = 1u << 24;
    const Checker checker(&test::ShopCatalog(), policy);
    EXPECT_EQ(test::RuleFor("SELECT " + chain(kMostTreeHeight), checker), "");
    EXPECT_EQ(test::RuleFor("SELECT " + chain(kMostTreeHeight + 1), checker), "too-deep");
    EXPECT_EQ(test::RuleFor("SELECT " + chain(30000), checker), "too-deep");
    EXPECT_EQ(test::RuleFor("SELECT total || '" + Repeat("' || '", kMostTreeHeight - 10) + "' FROM orders", checker),
              "")
        << "the types of operands are asked for on the way";
    EXPECT_EQ(test::RuleFor("SELECT 1 LIMIT " + chain(kMostTreeHeight), checker), "") << "LEAST(…) around it";
  }
}

TEST(Limits, TheDeepestNestingIsWalkedToItsEnd) {
  Policy policy = test::ShopPolicy();
  policy.limits.nesting = policy.limits.tree_height = 1000000;
  policy.limits.statement_bytes = policy.limits.tokens = 1u << 24;
  const Checker checker(&test::ShopCatalog(), policy);
  const auto nested = [](const char* open, const char* close, std::size_t n) {
    return "SELECT " + Repeat(open, n) + "1" + Repeat(close, n);
  };
  for (const auto& [open, close] : std::initializer_list<std::pair<const char*, const char*>>{
           {"(SELECT ", ")"}, {"CASE WHEN true THEN ", " END"}, {"coalesce(", ")"}, {"- ", ""}}) {
    EXPECT_EQ(test::RuleFor(nested(open, close, kMostNesting), checker), "") << open;
    EXPECT_EQ(test::RuleFor(nested(open, close, kMostNesting + 1), checker), "too-deep") << open;
  }
  EXPECT_EQ(test::RuleFor("SELECT 1 LIMIT " + Repeat("(", kMostNesting) + "1 + 1" + Repeat(")", kMostNesting), checker),
            "")
      << "LEAST(…) around it";
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
  EXPECT_EQ(Refusal("SELECT 1 FROM ROWS FROM (f(1), g(2))", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 FROM ROWS FROM (f(1), g(2), h(3))", limits), "too-many");
  limits.list_items = 3;
  EXPECT_EQ(Refusal("SELECT 1 WHERE a IN (1, 2, 3)", limits), "");
  EXPECT_EQ(Refusal("SELECT 1 WHERE a IN (1, 2, 3, 4)", limits), "too-many");
  EXPECT_EQ(Refusal("SELECT 1, 2, 3, 4", limits), "too-many");
  EXPECT_EQ(Refusal("VALUES (1), (2), (3), (4)", limits), "too-many");
  EXPECT_EQ(Refusal("SELECT 1" + Repeat(", 1", 2000), limits), "too-many") << "before the list ends";
  EXPECT_EQ(Refusal("SELECT 1 FROM " + Repeat("a.", 70) + "f(1)", Limits{}), "syntax-error") << "parts of a name";
}

// What a hostile author would send: one piece again and again, in `size` bytes or a little more.
std::vector<std::string> Bombs(std::size_t size) {
  const auto fill = [&](std::string_view head, std::string_view piece, std::string_view tail = "") {
    return std::string(head) + Repeat(piece, size / piece.size()) + std::string(tail);
  };
  return {fill("", "("),
          fill("SELECT ", "+", " 1"),
          fill("SELECT ", "/*"),
          "SELECT " + Repeat("/*", size / 4) + Repeat("*/", size / 4) + " 1",
          fill("SELECT '", "''"),
          fill("SELECT ", "$a$b"),
          fill("SELECT 'a'", "\n'a'"),
          fill("SELECT 'a'", " \n", "x"),
          fill("SELECT U&'a' ", "UESCAPE U&'a' "),
          fill("SELECT a", ".a"),
          fill("SELECT ", "a["),
          fill("SELECT ", "CASE "),
          fill("SELECT 1", ";"),
          fill("", ";", "SELECT 1"),
          fill("SELECT ", "1"),
          fill("SELECT \"", "a", "\""),
          fill("SELECT ", "@", "1"),
          fill("WITH ", "a AS (WITH "),
          fill("SELECT * FROM ", "("),
          fill("SELECT SELCT ", "a "),
          fill("SELECT 1", "+1"),
          fill("SELECT 1", ",1"),
          fill("VALUES (1)", ",(1)"),
          fill("SELECT 1 WHERE true", " AND 1 IN (1)"),
          fill("SELECT 1", " UNION SELECT 1")};
}

// Of this process alone, whoever else is busy; the least of some rounds in memory that is used again: what the work
// costs, not what new memory does.
double Milliseconds(const std::string& sql, const ParseOptions& options, Tree* tree) {
  double best = 1e18;
  for (int round = 0; round < 6; ++round) {
    const std::clock_t start = std::clock();
    ParseError error;
    Parse(sql, options, tree, &error);
    best = std::min(best, 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

// Eight times the text may take eight times the time, and a few times that where caches end; a quadratic lexer or
// parser takes 64 times.
TEST(Limits, TheTimeGrowsWithTheSizeAndNotWithItsSquare) {
  ParseOptions options;  // as generous as a policy can be, so that the parser itself is measured
  options.limits.statement_bytes = options.limits.tokens = options.limits.list_items = 1u << 24;
  const std::vector<std::string> small = Bombs(8u << 10), large = Bombs(64u << 10);
  Tree tree;
  for (std::size_t i = 0; i < small.size(); ++i) {
    const double after = Milliseconds(large[i], options, &tree), before = Milliseconds(small[i], options, &tree);
    EXPECT_LT(after, 32 * before + 1) << small[i].substr(0, 40);
  }
}

TEST(Limits, WhatIsTooLargeIsNotLookedAt) {
  EXPECT_EQ(Refusal(std::string(10u << 20, '('), Limits{}), "too-large");
}

// Of a long text the first tokens are read by themselves; what is found there must be what the whole text shows.
TEST(Limits, ALongTextIsReadAsAShortOne) {
  Limits big;
  big.statement_bytes = big.tokens = big.list_items = 1u << 24;
  const std::string list = Repeat(", 1", 100000);
  EXPECT_EQ(Refusal("SELECT 1" + list, big), "");
  EXPECT_EQ(Refusal("SELECT 1" + list + " FROM", big), "syntax-error");
  EXPECT_EQ(Refusal("SELECT 1" + list + "; SELECT 2", big), "not-one-statement");
  EXPECT_EQ(Refusal("SELECT (1" + list + "; SELECT 2", big), "syntax-error");
  EXPECT_EQ(Refusal("DELETE FROM t WHERE a IN (1" + list + ")", big), "not-read-only");
  EXPECT_EQ(Refusal("SELECT FROM FROM t WHERE a IN (1" + list + ")", big), "syntax-error");
  EXPECT_EQ(Refusal("SELECT a b c" + list, big), "syntax-error") << "wrong from the beginning";
  EXPECT_EQ(Refusal("SELECT 1" + std::string(300000, ' '), big), "") << "right from the beginning";
  EXPECT_EQ(Refusal("SELECT " + Repeat("(", 2000) + "1" + list, big), "too-deep");
  EXPECT_EQ(Refusal("SELECT '" + Repeat("é", 200000) + "'", big), "") << "not cut inside a character";
  EXPECT_EQ(Refusal("SELECT 'x" + Repeat("é", 200000) + "'", big), "");
  EXPECT_EQ(Refusal(std::string(400000, '\x80'), big), "invalid-text") << "nothing but the insides of characters";
  big.list_items = 100001;
  EXPECT_EQ(Refusal("SELECT 1" + list, big), "");
  big.list_items = 100000;
  EXPECT_EQ(Refusal("SELECT 1" + list, big), "too-many");
  big.list_items = 10;
  EXPECT_EQ(Refusal("SELECT 1" + list, big), "too-many") << "seen at the beginning";
  big.tokens = 1000;
  EXPECT_EQ(Refusal("SELECT 1" + list, big), "too-many");
}

}  // namespace
}  // namespace toomai::validator
