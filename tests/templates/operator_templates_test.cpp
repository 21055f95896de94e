#include "templates/operator_templates.h"

#include <gtest/gtest.h>

#include "schema/catalog_view.h"

namespace toomai::templates {
namespace {

std::vector<schema::Token> Tokens(std::string_view text) {
  return schema::Tokenize(text, 128);
}

bool Matches(std::string_view pattern, std::string_view question) {
  const auto compiled = Pattern::Compile(pattern);
  EXPECT_TRUE(compiled) << pattern;
  return compiled &&
         compiled->Match(Tokens(question), [](const std::string&, std::size_t, std::size_t) { return true; });
}

TEST(Pattern, OptionalPartsAndAlternatives) {
  EXPECT_TRUE(Matches("top {n} customers [by revenue] [in|during] {period}", "Top 5 customers in 2024?"));
  EXPECT_TRUE(Matches("top {n} customers [by revenue] [in|during] {period}",
                      "show me the top five customers by revenue during last month"));
  EXPECT_FALSE(Matches("top {n} customers [by revenue] [in|during] {period}", "top customers"));
  EXPECT_FALSE(Matches("open orders", "open orders of Ann")) << "the whole question must match";
}

TEST(Pattern, ChineseNeedsNoSpaces) {
  constexpr std::string_view kPattern = "{period}(的)?销售额最高的(前)?{n}(个|名)?客户(是谁)?";
  EXPECT_TRUE(Matches(kPattern, "上个月销售额最高的前 10 个客户是谁"));
  EXPECT_TRUE(Matches(kPattern, "上个月的销售额最高的10名客户"));
  EXPECT_FALSE(Matches(kPattern, "上个月销售额最低的前10个客户"));
}

TEST(Pattern, BadPatternsSayWhatIsWrong) {
  EXPECT_EQ(Pattern::Compile("top {n").error().message, "a '{' has no '}'");
  EXPECT_EQ(Pattern::Compile("top (a|b").error().message, "a group is not closed by ')'");
  EXPECT_EQ(Pattern::Compile("top a)").error().message, "')' at byte 6 opens nothing");
  EXPECT_EQ(Pattern::Compile("[please]").error().message, "the pattern could match an empty question");
  EXPECT_FALSE(Pattern::Compile(std::string(kMaxPatternBytes + 1, 'a')));
  EXPECT_TRUE(Pattern::Compile(std::string(kMaxPatternBytes, 'a')));
}

TEST(Pattern, ANestedPatternCannotRunAway) {
  std::string pattern, question;
  for (int i = 0; i < 60; ++i) pattern += "(a|a)? ";
  for (int i = 0; i < 120; ++i) question += "a ";
  EXPECT_FALSE(Matches("start " + pattern + "end", question));
}

class Templates : public ::testing::Test {
 protected:
  Templates() {
    schema::Schema shop;
    shop.search_path = {"public"};
    schema::Table orders;
    orders.schema = "public";
    orders.name = "orders";
    for (const auto& [name, type] : {std::pair{"id", "int4"}, std::pair{"status", "text"},
                                     std::pair{"total", "numeric"}, std::pair{"placed_on", "date"}}) {
      schema::Column column;
      column.name = name;
      column.type = column.base_type = type;
      orders.columns.push_back(column);
    }
    shop.tables.push_back(orders);
    shop.Finish();
    schema_ = std::make_shared<const schema::Schema>(shop);
    catalog_ = std::make_shared<schema::CatalogView>(schema_);
  }

  std::shared_ptr<const OperatorTemplates> Load(std::string_view yaml) {
    auto parsed = OperatorTemplates::Parse(yaml, "shop.yaml");
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    OperatorTemplates::Environment environment;
    environment.schema = schema_.get();
    environment.catalog = catalog_.get();
    environment.values = {{0, 1, {"Paid", "open"}, true}};
    environment.dates = [](std::string_view phrase,
                           std::string_view) -> std::optional<std::pair<std::string, std::string>> {
      if (phrase == "2024") return std::pair<std::string, std::string>{"DATE '2024-01-01'", "DATE '2025-01-01'"};
      return std::nullopt;
    };
    return OperatorTemplates::Load(std::move(*parsed), std::move(environment));
  }

  schema::SchemaPtr schema_;
  std::shared_ptr<const schema::CatalogView> catalog_;
};

constexpr std::string_view kLargest = R"(
- id: largest
  patterns: {en: ["largest {n} {state} orders [in {period}]"]}
  params:
    n: {type: int, min: 1, max: 100, default: 10}
    state: {type: enum, column: orders.status}
    period: {type: date_range, default: "2024"}
  sql: "SELECT id, total FROM orders WHERE status = :state AND placed_on >= :period.start AND placed_on < :period.end AND '::x' <> ':n' ORDER BY total DESC NULLS LAST LIMIT :n"
  tests: ["largest 3 paid orders in 2024"]
)";

TEST_F(Templates, BindsTypedParameters) {
  const auto templates = Load(kLargest);
  ASSERT_EQ(templates->all()[0].disabled, "");
  const auto answer = templates->Match("Largest five PAID orders", "2024-06-15");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sql,
            "SELECT id, total FROM orders WHERE status = $1 AND placed_on >= (DATE '2024-01-01') AND placed_on < (DATE "
            "'2025-01-01') AND '::x' <> ':n' ORDER BY total "
            "DESC NULLS LAST LIMIT $2");
  EXPECT_EQ(answer->parameters, (std::vector<std::string>{"Paid", "5"}));
}

TEST_F(Templates, LimitsOfANumberHoldAtNAndNPlusOne) {
  const auto templates = Load(kLargest);
  EXPECT_TRUE(templates->Match("largest 100 paid orders", ""));
  EXPECT_FALSE(templates->Match("largest 101 paid orders", ""));
  EXPECT_FALSE(templates->Match("largest 0 paid orders", ""));
}

TEST_F(Templates, ToolCallsNameTheirArguments) {
  const auto templates = Load(kLargest);
  EXPECT_EQ(templates->Fill("largest", {{"state", "open"}}, "")->parameters[1], "10");
  EXPECT_EQ(templates->Fill("largest", {{"state", "lost"}}, "").error().message,
            "state: 'lost' is not a value of orders.status");
  EXPECT_EQ(templates->Fill("largest", {{"state", "open"}, {"x", "1"}}, "").error().message,
            "template 'largest' has no parameter 'x'");
  EXPECT_EQ(templates->Fill("other", {}, "").error().code, ErrorCode::kNotFound);
}

TEST_F(Templates, BrokenOnesAreDisabledWithTheReason) {
  const auto templates = Load(R"(
- {id: writes, patterns: ["clean up"], sql: "DELETE FROM orders"}
- {id: renamed, patterns: ["old totals"], sql: "SELECT amount FROM orders"}
- {id: untested, patterns: ["all totals"], sql: "SELECT total FROM orders", tests: ["every total"]}
- {id: good, patterns: ["all totals"], sql: "SELECT total FROM orders"}
- {id: good, patterns: ["again"], sql: "SELECT total FROM orders"}
)");
  EXPECT_NE(templates->all()[0].disabled.find("DELETE"), std::string::npos) << templates->all()[0].disabled;
  EXPECT_NE(templates->all()[1].disabled.find("amount"), std::string::npos) << templates->all()[1].disabled;
  EXPECT_EQ(templates->all()[2].disabled, "its own test does not match: \"every total\"");
  EXPECT_EQ(templates->all()[3].disabled, "");
  EXPECT_EQ(templates->all()[4].disabled, "another template has the same id");
  EXPECT_EQ(templates->Match("all totals", "")->id, "good");
  EXPECT_FALSE(templates->Match("clean up", ""));
}

TEST_F(Templates, WhatIsWrongIsDisabledWithEachProblemAndItsLine) {
  const auto parsed = OperatorTemplates::Parse(R"(- id: a
  patterns: ["top {n}"]
  sql: SELECT 1
  parms: {}
- patterns: ["x"]
  sql: SELECT 1
  params: {n: {type: integer}}
- 5
- id: good
  patterns: ["x"]
  sql: SELECT 1
)",
                                               "t.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 4u);
  EXPECT_EQ((*parsed)[0].disabled,
            "t.yaml:4: unknown key 'parms'; did you mean 'params'?\n"
            "t.yaml:2: pattern \"top {n}\" uses {n}, which params does not name");
  EXPECT_EQ((*parsed)[1].disabled,
            "t.yaml:5: 'id' is missing\n"
            "t.yaml:7: unknown type 'integer'; known: int, number, text, boolean, date, date_range, enum, value, "
            "table, column, order");
  EXPECT_EQ((*parsed)[1].id, "line 5");
  EXPECT_EQ((*parsed)[2].disabled, "t.yaml:8: a template must be a map with 'id', 'patterns' and 'sql'");
  EXPECT_EQ((*parsed)[3].disabled, "");
  EXPECT_FALSE(OperatorTemplates::Parse(": [", "t.yaml"));
}

}  // namespace
}  // namespace toomai::templates
