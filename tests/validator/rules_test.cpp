// Each rule catches what it should, lets its nearest harmless neighbour through, is found one level deeper, is
// described, and is needed: with it switched off the same statement has another verdict.
#include "validator/rules.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "shop.h"

namespace toomai::validator::test {
namespace {

std::string FixtureOf(std::string_view id) {
  return SourcePath("fixtures/validator/rules/" + std::string(id) + ".test");
}

// What the parser finds ends the reading: there is no tree to go on with. The last one is a fault of ours that no text
// shows.
bool IsOfParser(Rule rule) {
  return rule <= Rule::kDataModifyingCte;
}

class EachRule : public testing::TestWithParam<int> {
 protected:
  Rule rule() const { return static_cast<Rule>(GetParam()); }
};

TEST_P(EachRule, CatchesAndLetsThrough) {
  int caught = 0;
  for (const Case& one : ReadCases(FixtureOf(RuleId(rule())))) {
    const std::string expected = one.kind == "allowed" ? "" : std::string(RuleId(rule()));
    EXPECT_EQ(RuleFor(one.sql), expected) << RuleId(rule()) << ".test:" << one.line << ": " << one.sql.substr(0, 200);
    caught += one.kind == "caught" ? 1 : 0;
  }
  if (rule() != Rule::kPatternNotListed && rule() != Rule::kNotReproducible) {
    EXPECT_GT(caught, 0);
  }
}

TEST_P(EachRule, IsNeeded) {
  if (IsOfParser(rule()) || rule() == Rule::kPatternNotListed || rule() == Rule::kNotReproducible) return;
  RuleSet off;
  off.Add(rule());
  const Checker without(&ShopCatalog(), ShopPolicy(), off);
  int noticed = 0;
  for (const Case& one : ReadCases(FixtureOf(RuleId(rule())))) {
    if (one.kind != "allowed" && RuleFor(one.sql, without) != RuleId(rule())) ++noticed;
  }
  EXPECT_GT(noticed, 0) << RuleId(rule());
}

TEST_P(EachRule, HasFixtureAndEntry) {
  EXPECT_TRUE(std::filesystem::exists(FixtureOf(RuleId(rule()))));
  EXPECT_NE(ReadFile(SourcePath("docs/rules.md")).find("### `" + std::string(RuleId(rule())) + "`"), std::string::npos)
      << "docs/rules.md has no entry for " << RuleId(rule());
}

INSTANTIATE_TEST_SUITE_P(Rules, EachRule, testing::Range(0, kRuleCount), [](const auto& rule) {
  std::string name(RuleId(static_cast<Rule>(rule.param)));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST(Rules, DocumentationNamesNoOthers) {
  const std::string text = ReadFile(SourcePath("docs/rules.md"));
  for (std::size_t at = text.find("### `"); at != std::string::npos; at = text.find("### `", at + 1)) {
    const std::string id = text.substr(at + 5, text.find('`', at + 5) - at - 5);
    EXPECT_TRUE(FindRule(id).has_value()) << id;
  }
}

TEST(Rules, OnlyListedPatterns) {
  Policy policy = ShopPolicy();
  const Verdict first = Validate("SELECT id FROM orders WHERE total > 5", ShopChecker());
  ASSERT_TRUE(first.allowed);
  policy.allowed_fingerprints = {first.sql->fingerprint()};
  const Checker checker(&ShopCatalog(), policy);
  EXPECT_EQ(RuleFor("select ID from orders where total > 700", checker), "");
  EXPECT_EQ(RuleFor("SELECT id FROM orders WHERE total < 5", checker), "pattern-not-listed");
}

TEST(Rules, PolicyOpensOneByOne) {
  Policy policy = ShopPolicy();
  policy.allowed_functions = {"version", "pg_catalog.current_setting"};
  policy.denied_functions = {"random"};
  policy.allowed_system_relations = {"pg_catalog.pg_class"};
  policy.allow_reg_casts = policy.allow_parameters = true;
  const Checker checker(&ShopCatalog(), policy);
  EXPECT_EQ(RuleFor("SELECT version(), current_setting('x')", checker), "");
  EXPECT_EQ(RuleFor("SELECT pg_sleep(1)", checker), "function-not-allowed");
  EXPECT_EQ(RuleFor("SELECT random()", checker), "function-not-allowed");
  EXPECT_EQ(RuleFor("SELECT relname FROM pg_class c WHERE c.relkind = 'r'", checker), "");
  EXPECT_EQ(RuleFor("SELECT c.pg_sleep FROM pg_class c", checker), "attribute-call");
  EXPECT_EQ(RuleFor("SELECT * FROM pg_authid", checker), "system-catalog");
  EXPECT_EQ(RuleFor("SELECT 'x'::regclass, $1::int", checker), "");
}

TEST(Rules, AllowedRelationsAreTheOnlyOnes) {
  Policy policy = ShopPolicy();
  policy.allowed_relations = {"public.totals", "public.items"};
  const Checker checker(&ShopCatalog(), policy);
  EXPECT_EQ(RuleFor("SELECT sku FROM items", checker), "");
  EXPECT_EQ(RuleFor("SELECT total FROM totals", checker), "") << "a view is allowed without the tables below it";
  EXPECT_EQ(RuleFor("SELECT id FROM orders", checker), "denied-relation");
}

}  // namespace
}  // namespace toomai::validator::test
