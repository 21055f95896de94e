// Each rule catches what it should, lets its nearest harmless neighbour through, is found one level deeper, is
// described, and is needed: with it switched off the same statement has another verdict.
#include "validator/rules.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "shop.h"
#include "validator/canonical.h"
#include "validator/parser.h"

namespace toomai::validator::test {
namespace {

std::string FixtureOf(std::string_view id) {
  return SourcePath("fixtures/validator/rules/" + std::string(id) + ".test");
}

// Limits are lifted and a newer grammar is allowed instead. Without the rule of syntax errors, what follows the end of
// a statement is not looked at, and neither is what only the meaning of a word forbids; the rest of the grammar makes
// the tree.
bool IsLimit(Rule rule) {
  return rule == Rule::kTooLarge || rule == Rule::kTooDeep || rule == Rule::kTooMany;
}
bool HasSwitch(Rule rule) {
  return !IsLimit(rule) && rule != Rule::kNewerSyntax;
}

Limits NoLimits() {
  Limits limits;
  limits.statement_bytes = limits.tokens = limits.list_items = 1u << 26;
  limits.nesting = 1000;
  limits.tree_height = 60000;
  limits.ctes = limits.set_operation_arms = limits.from_items = 1 << 20;
  return limits;
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

// The mutation run: with the rule out of the way, what it caught gets another verdict, so its fixtures notice.
TEST_P(EachRule, IsNeeded) {
  if (rule() == Rule::kNotReproducible || rule() == Rule::kPatternNotListed) return;  // tests of their own, below
  Policy policy = ShopPolicy();
  RuleSet off;
  if (!HasSwitch(rule())) policy.limits = NoLimits();
  off.Add(rule());
  const Checker without(&ShopCatalog(), policy, off);
  int noticed = 0, caught = 0;
  for (const Case& one : ReadCases(FixtureOf(RuleId(rule())))) {
    if (one.kind == "allowed") continue;
    ++caught;
    if (RuleFor(one.sql, without) != RuleId(rule())) ++noticed;
  }
  if (HasSwitch(rule()) || IsLimit(rule())) {
    EXPECT_GT(noticed, 0) << RuleId(rule()) << ": none of " << caught << " cases";
  } else {
    ParseOptions newest;
    newest.postgres_version = 18;
    Tree tree;
    ParseError error;
    for (const Case& one : ReadCases(FixtureOf(RuleId(rule())))) EXPECT_TRUE(Parse(one.sql, newest, &tree, &error));
  }
}

TEST(Rules, PatternsAreCheckedOnlyWithTheRule) {
  Policy policy = ShopPolicy();
  policy.allowed_fingerprints = {"0000000000000000"};
  const Checker with(&ShopCatalog(), policy), without(&ShopCatalog(), policy, RuleSet().Add(Rule::kPatternNotListed));
  EXPECT_EQ(RuleFor("SELECT 1", with), "pattern-not-listed");
  EXPECT_EQ(RuleFor("SELECT 1", without), "");
}

// Tokens that were tampered with after the checks are found out before anything is sent.
TEST(Rules, WhatDoesNotReadTheSameIsNotSent) {
  const auto reproducible = [](std::string_view sql, TokenId id, auto tamper) {
    Tree tree;
    ParseError error;
    EXPECT_TRUE(Parse(sql, {}, &tree, &error)) << sql;
    Canonical canonical;
    EXPECT_TRUE(MakeCanonical(tree, 10, {}, &canonical));
    tamper(&tree.tokens[id]);
    return MakeCanonical(tree, 10, {}, &canonical);
  };
  EXPECT_FALSE(reproducible("SELECT \"from\" FROM t", 1, [](Token* token) {
    token->kind = TokenKind::kIdentifier;
    token->is_plain = true;
  })) << "a name becomes a keyword";
  EXPECT_FALSE(reproducible("SELECT a FROM t", 1, [](Token* token) { --token->value; })) << "a name becomes two";
  EXPECT_FALSE(reproducible("SELECT 12 FROM t", 1, [](Token* token) { token->value_size = 5; })) << "a number grows";
  EXPECT_FALSE(reproducible("SELECT 1 LIMIT 2 + 5", 3, [](Token* token) { token->value_size = 2; }));
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

TEST(Rules, PatternsNeedNoFacts) {
  Policy policy = ShopPolicy();
  policy.allowed_fingerprints = {Validate("SELECT 1", ShopChecker()).sql->fingerprint()};
  const Checker checker(&ShopCatalog(), policy);
  ValidateOptions options;
  options.facts = false;
  EXPECT_TRUE(Validate("SELECT 2", checker, options).allowed);
  EXPECT_FALSE(Validate("SELECT 2, 3", checker, options).allowed);
  EXPECT_EQ(Validate("SELECT 2", checker, options).sql->facts().depth, 0);
  EXPECT_EQ(Validate("SELECT 2", ShopChecker(), options).sql->fingerprint(), "") << "nobody asks for it";
}

// Without a catalog names are not looked up, and what the grammar says holds.
TEST(Rules, WithoutACatalog) {
  const Checker checker(nullptr, Policy{});
  EXPECT_EQ(RuleFor("SELECT nosuch(a), count(*) FROM nowhere.nothing", checker), "");
  EXPECT_EQ(RuleFor("SELECT a INTO b FROM c", checker), "select-into");
  EXPECT_EQ(RuleFor("DELETE FROM t", checker), "not-read-only");
  const StatementFacts facts = Validate("SELECT count(*), mine(a) FROM t, u", checker).sql->facts();
  EXPECT_EQ(facts.aggregates, 1);
  EXPECT_EQ(facts.joins, 1);
  EXPECT_TRUE(facts.tables.empty());
}

TEST(Rules, WhyAFunctionIsNotAllowed) {
  const auto why = [](std::string_view call, const Policy& policy = ShopPolicy()) {
    const std::string message =
        Validate("SELECT " + std::string(call), Checker(&ShopCatalog(), policy)).findings.front().message;
    return message.substr(message.find("allowed: ") + 9);
  };
  EXPECT_EQ(why("pg_sleep(1)"), "it holds the connection without doing anything");
  EXPECT_EQ(why("setseed(0.5)"), "it changes the state of the session");
  EXPECT_EQ(why("plpgsql_validator(1)"), "it has side effects");
  Policy denies;
  denies.denied_functions = {"abs"};
  EXPECT_EQ(why("abs(1)", denies), "the policy denies it");
}

// A user's function of the same name is no shadow when the policy lets it run.
TEST(Rules, AShadowThatWasOptedIn) {
  Policy policy = ShopPolicy();
  EXPECT_EQ(RuleFor("SELECT initcap(email) FROM customers", Checker(&ShopCatalog(), policy)), "shadowed-function");
  policy.allowed_user_functions = {"public.initcap(varchar)"};
  EXPECT_EQ(RuleFor("SELECT initcap(email) FROM customers", Checker(&ShopCatalog(), policy)), "");
}

TEST(Rules, NamesAreKnown) {
  EXPECT_EQ(FindRule("unknown-column"), Rule::kUnknownColumn);
  EXPECT_EQ(FindRule("no-such-rule"), std::nullopt);
  EXPECT_EQ(FindRule(""), std::nullopt);
}

// A function is opted in by its whole signature, however its types are spelt.
TEST(Rules, SignaturesOfUserFunctions) {
  const auto rule_with = [](const char* signature) {
    Policy policy = ShopPolicy();
    policy.allowed_user_functions = {signature};
    return RuleFor("SELECT net(1, 2)", Checker(&ShopCatalog(), policy));
  };
  for (const char* right : {"public.net(numeric,numeric)", "public.net( numeric , decimal(10,2) )",
                            "shop.public.net(numeric,numeric)", "\"public\".\"net\"(pg_catalog.numeric, numeric)"}) {
    EXPECT_EQ(rule_with(right), "") << right;
  }
  for (const char* wrong : {"public.net", "public.net(numeric,numeric", "net(numeric,numeric)",
                            "other.net(numeric,numeric)", "public.nets(numeric,numeric)", "public.net(numeric)",
                            "public.net(numeric,numeric,numeric)", "public.net(numeric,text)", "public.net()", ""}) {
    EXPECT_EQ(rule_with(wrong), "user-function") << wrong;
  }
}

TEST(Rules, ColumnsAreDeniedByPattern) {
  const auto rule_with = [](const char* pattern) {
    Policy policy;
    policy.denied_columns = {pattern};
    return RuleFor("SELECT ssn FROM customers", Checker(&ShopCatalog(), policy));
  };
  for (const char* right : {"ssn", "customers.ssn", "public.customers.ssn", "public.*.s*", "*.ssn"})
    EXPECT_EQ(rule_with(right), "denied-column") << right;
  for (const char* wrong : {"email", "orders.ssn", "hr.customers.ssn"}) EXPECT_EQ(rule_with(wrong), "") << wrong;
}

// A relation that is denied is told to be, whether it is there or not.
TEST(Rules, DeniedRelationsThatAreNotThere) {
  Policy policy;
  policy.denied_relations = {"public.secrets", "vault.*"};
  policy.search_path = {"public", "hr"};
  const Checker checker(&ShopCatalog(), policy);
  EXPECT_EQ(RuleFor("SELECT 1 FROM secrets", checker), "denied-relation");
  EXPECT_EQ(RuleFor("SELECT 1 FROM vault.nothing", checker), "denied-relation");
  EXPECT_EQ(RuleFor("SELECT 1 FROM hr.secrets", checker), "unknown-table");
  EXPECT_EQ(RuleFor("SELECT boss_id FROM staff", checker), "") << "found by the policy's search path";
}

TEST(Rules, PolicyOpensOneByOne) {
  Policy policy = ShopPolicy();
  policy.allowed_functions = {"version()", "pg_catalog.current_setting", "brand_new"};
  policy.denied_functions = {"random"};
  policy.allowed_system_relations = {"pg_catalog.pg_class"};
  policy.allow_reg_casts = policy.allow_parameters = true;
  const Checker checker(&ShopCatalog(), policy);
  EXPECT_EQ(RuleFor("SELECT version(), current_setting('x'), brand_new(1), abs(1)", checker), "");
  EXPECT_EQ(RuleFor("SELECT newer_still(1)", checker), "unknown-function");
  EXPECT_EQ(RuleFor("SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class", checker), "");
  EXPECT_EQ(RuleFor("SELECT pg_catalog.orders.id FROM orders", checker), "missing-from");
  EXPECT_EQ(RuleFor("SELECT pg_sleep(1)", checker), "function-not-allowed");
  EXPECT_EQ(RuleFor("SELECT random()", checker), "function-not-allowed");
  EXPECT_EQ(RuleFor("SELECT relname FROM pg_class c WHERE c.relkind = 'r'", checker), "");
  EXPECT_EQ(RuleFor("SELECT c.pg_sleep FROM pg_class c", checker), "attribute-call");
  EXPECT_EQ(RuleFor("SELECT * FROM pg_authid", checker), "system-catalog");
  EXPECT_EQ(RuleFor("SELECT 'x'::regclass, $1::int", checker), "");
}

TEST(Rules, FunctionsOfLaterVersionsNeedThatVersion) {
  schema::Schema schema;
  schema.search_path = {"public"};
  schema.server_version = 170002;
  const schema::CatalogView newer(std::make_shared<const schema::Schema>(std::move(schema)));
  const Checker checker(&newer, Policy{});
  EXPECT_EQ(RuleFor("SELECT any_value(1), to_bin(5), pg_catalog.date_add(now(), '1 day')", checker), "");
  EXPECT_EQ(RuleFor("SELECT array_sort(ARRAY[2, 1])", checker), "unknown-function") << "came with 18";
  EXPECT_EQ(RuleFor("SELECT pg_input_is_valid('1', 'int')", checker), "unknown-function");
  EXPECT_EQ(RuleFor("SELECT any_value(1)"), "unknown-function") << "this server is 15";
  Policy denies;
  denies.denied_functions = {"to_bin"};
  EXPECT_EQ(RuleFor("SELECT to_bin(5)", Checker(&newer, denies)), "unknown-function");
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
