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
  EXPECT_EQ(templates->Fill("largest", {{"state", "open"}, {"x", "1"}}, "").error().hint, "it has: n, state, period");
  EXPECT_EQ(templates->Fill("largest", {}, "").error().message,
            "state: this parameter of template 'largest' is missing");
  EXPECT_EQ(templates->Fill("other", {}, "").error().code, ErrorCode::kNotFound);
}

constexpr std::string_view kEveryType = R"(
- id: all_types
  title: All types
  tool: true
  patterns: ["never asked {n}"]
  params:
    n: {type: number, min: -5, default: "1"}
    flag: {type: boolean, default: "no"}
    day: {type: date, default: "2024-06-15"}
    period: {type: date_range, default: "2024"}
    size: {type: enum, values: [small, Large], default: small}
    state: {type: value, column: public.orders.status, default: open}
    word: {type: text, default: x}
    place: {type: table, default: orders}
    shown: {type: column, table: orders, default: id}
    order: {type: order, default: asc}
  sql: |
    -- :n in a comment is no parameter, nor is it in /* :flag */
    SELECT :shown FROM :place WHERE total > :n AND :flag AND placed_on >= :day AND placed_on < :period.end /* :word */
      AND status IN (:size, :state, :word) ORDER BY :shown :order
)";

TEST_F(Templates, EachTypeReadsWhatItTakes) {
  const auto templates = Load(kEveryType);
  ASSERT_EQ(templates->all()[0].disabled, "");
  EXPECT_EQ(templates->all()[0].title, "All types");
  EXPECT_TRUE(templates->all()[0].expose_as_tool);
  const auto answer = templates->Fill("all_types",
                                      {{"n", "-2.5"},
                                       {"flag", "はい"},
                                       {"day", "2024-02-29"},
                                       {"size", "LARGE"},
                                       {"state", "PAID"},
                                       {"word", " it's "},
                                       {"shown", "Total"},
                                       {"order", "highest first"}},
                                      "");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->parameters, (std::vector<std::string>{"-2.5", "true", "2024-02-29", "Large", "Paid", "it's"}));
  EXPECT_NE(answer->sql.find("SELECT total FROM orders"), std::string::npos) << answer->sql;
  EXPECT_NE(answer->sql.find("ORDER BY total DESC NULLS LAST"), std::string::npos) << answer->sql;
  EXPECT_NE(answer->sql.find("-- :n in a comment"), std::string::npos) << answer->sql;
}

TEST_F(Templates, WhatDoesNotFitIsNamedWithTheNextStep) {
  const auto templates = Load(kEveryType);
  const auto problem = [&](const char* name, const std::string& text) {
    const auto answer = templates->Fill("all_types", {{name, text}}, "");
    return answer ? std::string() : answer.error().message + "|" + answer.error().hint;
  };
  EXPECT_EQ(problem("n", "-6"), "n: '-6' must be at least -5|");
  EXPECT_EQ(problem("n", "many"), "n: 'many' is not a number|");
  EXPECT_EQ(problem("flag", "perhaps"), "flag: 'perhaps' is neither yes nor no|");
  EXPECT_EQ(problem("day", "2024-02-30"),
            "day: '2024-02-30' is not a date|write YYYY-MM-DD, or words such as 'yesterday'");
  EXPECT_EQ(problem("period", "soon"),
            "period: 'soon' is not a time that is understood|write for example 'last month', 'Q1 2024' or '2024'");
  EXPECT_EQ(problem("size", "huge"), "size: 'huge' is not one of its values|known: small, Large");
  EXPECT_EQ(problem("state", "lost"), "state: 'lost' is not a value of public.orders.status|known: Paid, open");
  EXPECT_EQ(problem("place", "pg_class"), "place: 'pg_class' is not a table|describe the schema for its tables");
  EXPECT_EQ(problem("shown", "secret"),
            "shown: 'secret' is not a column of orders|known: id, status, total, placed_on");
  EXPECT_EQ(problem("order", "sideways"), "order: 'sideways' is neither ascending nor descending|");
  EXPECT_EQ(problem("word", ""), "word: this parameter of template 'all_types' is missing|");
  EXPECT_EQ(problem("word", "  "), "word: '  ' must have 1 to 500 bytes|");
  EXPECT_EQ(problem("word", std::string(500, 'x')), "");
  EXPECT_NE(problem("word", std::string(501, 'x')), "");
}

TEST_F(Templates, ChoicesAreWhatTheOperatorOrTheSchemaSays) {
  const auto templates = Load(kEveryType);
  const auto choices = [&](std::size_t i) {
    return ChoicesOf(templates->environment(), templates->all()[0].parameters[i]);
  };
  EXPECT_EQ(choices(4), (std::vector<std::string>{"small", "Large"}));
  EXPECT_TRUE(choices(5).empty()) << "values of rows are never told";
  EXPECT_EQ(choices(8), (std::vector<std::string>{"id", "status", "total", "placed_on"}));
  EXPECT_EQ(choices(9), (std::vector<std::string>{"ascending", "descending"}));
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
  const auto values = OperatorTemplates::Parse(
      "- {id: a, patterns: [x], sql: SELECT 1, tool: perhaps, params: {n: {type: int, values: [1]}, e: {type: enum}}}",
      "t.yaml");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_NE(values->front().disabled.find("'tool' must be true or false"), std::string::npos)
      << values->front().disabled;
  EXPECT_NE(values->front().disabled.find("'values' are for the type enum"), std::string::npos);
  EXPECT_NE(values->front().disabled.find("parameter 'e' needs 'column: table.column' or 'values'"), std::string::npos);
}

}  // namespace
}  // namespace toomai::templates
