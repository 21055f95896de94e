// What a model sees of a schema, however big it is: never more than the budget, and always the way on.
#include "mcp/schema_view.h"

#include <set>

#include "base/text.h"
#include "tests/mcp/harness.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kBudget = 24 << 10;
constexpr std::size_t kAround = 2000;  // for what stands beside the tables

schema::Table MakeTable(const std::string& in, const std::string& name, int columns) {
  schema::Table table;
  table.schema = in;
  table.name = name;
  for (int i = 0; i < columns; ++i) {
    schema::Column column;
    column.name = i == 0 ? "id" : "column_" + std::to_string(i);
    column.type = column.base_type = "integer";
    column.comment = "what column " + std::to_string(i) + " of " + name + " is good for";
    table.columns.push_back(column);
  }
  return table;
}

// Everybody refers to sales.t0.
schema::Schema Big(int tables, int columns = 12) {
  schema::Schema schema;
  schema.search_path = {"sales"};
  for (int i = 0; i < tables; ++i) {
    schema::Table table = MakeTable(i % 2 == 0 ? "sales" : "archive", "t" + std::to_string(i), columns);
    schema::ForeignKey key;
    key.columns = {1};
    key.target_table = 0;
    key.target_columns = {0};
    if (i > 0) table.foreign_keys.push_back(key);
    schema.tables.push_back(table);
  }
  schema.Finish();
  return schema;
}

SchemaRequest Request(const std::string& detail = {}) {
  SchemaRequest request;
  request.database = "shop";
  request.detail = detail;
  request.budget = kBudget;
  return request;
}

// Follows next_cursor to the end; each page is within the budget.
std::vector<Json> AllPages(const schema::Schema& schema, SchemaRequest request) {
  std::vector<Json> pages;
  while (pages.size() < 1000) {
    pages.push_back(DescribeSchema(schema, request));
    EXPECT_LT(Dump(pages.back()).size(), kBudget + kAround);
    if (pages.back()["truncated"] == false) break;
    request.first_column = 0;
    EXPECT_TRUE(ReadSchemaCursor(pages.back()["next_cursor"].get<std::string>(), &request));
  }
  return pages;
}

std::multiset<std::string> NamesIn(const std::vector<Json>& pages) {
  std::multiset<std::string> names;
  for (const Json& page : pages) {
    for (const Json& table : page["tables"]) names.insert(table["name"].get<std::string>());
  }
  return names;
}

// The request that a call in "next" stands for.
SchemaRequest Parse(const std::string& call) {
  const Json arguments = Json::parse(call.substr(call.find('{')));
  SchemaRequest request = Request(std::string(StringMember(arguments, "detail")));
  request.pattern = std::string(StringMember(arguments, "pattern"));
  for (const Json& name : Member(arguments, "tables")) request.tables.push_back(name);
  const std::string cursor(StringMember(arguments, "cursor"));
  EXPECT_TRUE(cursor.empty() || ReadSchemaCursor(cursor, &request)) << call;
  return request;
}

TEST(SchemaView, PatternsMatchPartsOfNames) {
  EXPECT_TRUE(MatchesPattern("ORD", "public.orders"));
  EXPECT_TRUE(MatchesPattern("o*s", "orders"));
  EXPECT_FALSE(MatchesPattern("o?s", "orders"));
  EXPECT_TRUE(MatchesPattern("%rder%", "orders"));  // as in LIKE
  EXPECT_FALSE(MatchesPattern("*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(SchemaView, ASchemaThatFitsIsASummary) {
  const Json answer = DescribeSchema(Big(5), Request());
  EXPECT_EQ(answer["detail"], "summary");
  EXPECT_EQ(answer["truncated"], false);
  EXPECT_EQ(answer["tables"][1]["columns"].get<std::string>().substr(0, 38), "id integer, column_1 integer -> t0(id)");
  EXPECT_EQ(answer["next"], Json({R"(describe_schema {"database":"shop","tables":["t0"],"detail":"full"})"}));
}

TEST(SchemaView, TwoThousandTablesAreNamesWithTheExactNextCalls) {
  const schema::Schema schema = Big(2000);
  const Json first = DescribeSchema(schema, Request());
  EXPECT_EQ(first["detail"], "names");
  EXPECT_EQ(first["tables_total"], 2000);
  EXPECT_EQ(first["tables_per_schema"], Json({{"archive", 1000}, {"sales", 1000}}));
  EXPECT_EQ(first["truncated"], true);
  ASSERT_GE(first["next"].size(), 3u);
  for (const std::string call : first["next"]) {
    const Json answer = DescribeSchema(schema, Parse(call));
    EXPECT_LT(Dump(answer).size(), kBudget + kAround);
    EXPECT_TRUE(!answer["tables"].empty() || call.find("pattern") != std::string::npos) << call;
  }
  EXPECT_NE(first["next"].back().get<std::string>().find(R"("tables":["t0"])"), std::string::npos)
      << "the table that most refer to is the example: " << first["next"];
}

TEST(SchemaView, EveryTableIsOnExactlyOnePage) {
  const schema::Schema schema = Big(2000);
  for (const char* detail : {"", "names", "summary", "full"}) {
    const auto names = NamesIn(AllPages(schema, Request(detail)));
    EXPECT_EQ(names.size(), 2000u) << detail;
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 2000u) << detail;
  }
}

TEST(SchemaView, AVeryWideTableIsShownColumnByColumn) {
  schema::Schema schema = Big(3);
  schema.tables.push_back(MakeTable("sales", "wide", 1600));
  schema.tables.push_back(MakeTable("sales", "after", 2));
  schema.Finish();
  for (const char* detail : {"summary", "full"}) {
    std::size_t columns = 0;
    const auto pages = AllPages(schema, Request(detail));
    for (const Json& page : pages) {
      for (const Json& table : page["tables"]) {
        if (table["name"] != "wide") continue;
        EXPECT_EQ(table["columns_total"], 1600);
        const Json& shown = table["columns"];
        columns += shown.is_array() ? shown.size() : Split(shown.get<std::string>(), ',').size();
      }
    }
    EXPECT_EQ(columns, 1600u) << detail;
    EXPECT_EQ(NamesIn(pages).count("after"), 1u) << detail;
  }
}

TEST(SchemaView, NothingFoundNamesTheNearest) {
  const schema::Schema schema = Big(5);
  SchemaRequest request = Request();
  request.tables = {"tt0"};
  EXPECT_EQ(DescribeSchema(schema, request)["next"], Json({R"(describe_schema {"database":"shop","tables":["t0"]})"}));
  request.tables.clear();
  request.pattern = "quite different";
  EXPECT_EQ(DescribeSchema(schema, request)["next"], Json({R"(describe_schema {"database":"shop","detail":"names"})"}));
}

TEST(SchemaView, EveryNameThatItGivesIsUnderstood) {
  schema::Schema schema = Big(5);
  for (const auto& [in, name] :
       {std::pair{"sales", "User"}, {"Odd Sch", "T 1"}, {"sales", "a.b"}, {"archive", "say \"hi\""}}) {
    schema.tables.push_back(MakeTable(in, name, 2));
  }
  schema.Finish();
  const Json described = DescribeSchema(schema, Request("names"));
  ASSERT_FALSE(described["tables"].empty());
  for (const Json& table : described["tables"]) {
    SchemaRequest request = Request();
    request.tables = {table["name"].get<std::string>()};
    EXPECT_EQ(DescribeSchema(schema, request)["tables"].size(), 1u) << table;
  }
}

TEST(SchemaView, ATableThatIsNotThereIsNamedAmongThoseThatAre) {
  const schema::Schema schema = Big(5);
  SchemaRequest request = Request();
  request.tables = {"t1", "tt0", "nosuch.t2", "entirely_else"};
  const Json answer = DescribeSchema(schema, request);
  EXPECT_EQ(answer["tables"].size(), 1u);
  EXPECT_EQ(answer["not_found"], Json::parse(R"([{"name":"tt0","nearest":"t0"},{"name":"nosuch.t2","nearest":"t2"},
                                                 {"name":"entirely_else"}])"));
  request.tables = {"t1"};
  EXPECT_FALSE(DescribeSchema(schema, request).contains("not_found"));
}

TEST(SchemaView, CursorsThatItDidNotGiveOutAreRefused) {
  for (const char* bad : {"x", "table:", "table:x", "table:1x", "table:1:", "table:1:x", "table:1:2:3", "table:-1",
                          "table:99999999999999999999999"}) {
    SchemaRequest request;
    EXPECT_FALSE(ReadSchemaCursor(bad, &request)) << bad;
  }
  Harness harness;
  const auto call = [&](Json arguments) {
    return harness.Answer(Handshake(1, "tools/call", ToolCall("describe_schema", std::move(arguments))))["result"];
  };
  EXPECT_EQ(call({{"cursor", "table:x"}})["isError"], true);
  EXPECT_EQ(call({{"cursor", "table:99"}})["structuredContent"]["tables"], Json::array());
  EXPECT_EQ(call(Json::object())["structuredContent"]["database"], "shop") << "the name that other tools take";
}

}  // namespace
}  // namespace toomai::mcp
