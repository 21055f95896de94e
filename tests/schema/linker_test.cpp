// The linker: which tables a question speaks of, and why.
#include "schema/linker.h"

#include <gtest/gtest.h>

namespace toomai::schema {
namespace {

Table Make(const char* group, const char* name, std::vector<std::pair<const char*, const char*>> columns) {
  Table table;
  table.schema = group;
  table.name = name;
  for (const auto& [column, comment] : columns) {
    Column c;
    c.name = column;
    c.type = c.base_type = "text";
    c.type_class = TypeClass::kText;
    c.comment = comment;
    table.columns.push_back(std::move(c));
  }
  return table;
}

class LinkerTest : public ::testing::Test {
 protected:
  LinkerTest() {
    schema_.search_path = {"public"};
    schema_.tables = {Make("hr", "employee", {{"emp_no", ""}, {"hire_date", ""}, {"dept_id", ""}}),
                      Make("hr", "department", {{"dept_id", ""}, {"dept_name", ""}}),
                      Make("public", "customers", {{"id", ""}, {"name", "客户名称"}, {"segment", ""}}),
                      Make("public", "customer_order", {{"id", ""}, {"customer_id", ""}, {"qty", ""}})};
    for (const char* day : {"event_20240101", "event_20240102", "event_20240103"}) {
      schema_.tables.push_back(Make("public", day, {{"id", ""}, {"kind", ""}}));
    }
    schema_.Finish();
    values_ = ValueIndex(schema_, {{schema_.FindTable("public", "customers"), 2, {"vip", "retail"}, true}});
    joins_ = JoinGraph(schema_, values_);
  }
  std::string First(std::string_view question, const LearnedAliases& learned = {}) {
    const Linker linker(schema_, &values_, &joins_);
    const Links links = linker.Link(question, &learned);
    return links.tables.empty() ? "" : schema_.tables[static_cast<std::size_t>(links.tables[0].table)].name;
  }
  Schema schema_;
  ValueIndex values_;
  JoinGraph joins_;
};

TEST_F(LinkerTest, NamesPluralsAbbreviationsAndSlips) {
  EXPECT_EQ(First("list all departments"), "department");
  EXPECT_EQ(First("when was each employee hired"), "employee");
  EXPECT_EQ(First("quantity of each order"), "customer_order");
  EXPECT_EQ(First("list all deparments"), "department");
}

TEST_F(LinkerTest, CommentsInOtherLanguagesAndValues) {
  EXPECT_EQ(First("客户有哪些"), "customers");
  EXPECT_EQ(First("who is vip"), "customers");
  const Linker linker(schema_, &values_, &joins_);
  const Links links = linker.Link("who is VIP");
  ASSERT_EQ(links.values.size(), 1u);
  EXPECT_EQ(links.values[0].value, "vip");
}

TEST_F(LinkerTest, OrdersAreThingsAndSortingIsNone) {
  EXPECT_EQ(First("how many orders are there"), "customer_order");
  EXPECT_EQ(First("when was the last order"), "customer_order");
  EXPECT_EQ(First("departments, order by name"), "department");
  EXPECT_EQ(First("departments in descending order"), "department");
  EXPECT_EQ(First("order by"), "");
}

TEST_F(LinkerTest, MarksAreNoPartOfAValue) {
  const Linker linker(schema_, &values_, &joins_);
  const Links links = linker.Link("Who is vip?");
  ASSERT_EQ(links.values.size(), 1u);
  EXPECT_EQ(links.values[0].words, "vip");
}

TEST_F(LinkerTest, LearnsWhatThingsAreCalledHere) {
  EXPECT_NE(First("how many zorbs"), "customer_order");
  std::vector<ApprovedUse> uses;
  for (int i = 0; i < 3; ++i)
    uses.push_back(
        {"count the zorbs of week " + std::to_string(i), {"public.customer_order", "public.customer_order.qty"}});
  uses.push_back({"names of customers", {"public.customers", "public.customers.name"}});
  EXPECT_EQ(First("how many zorbs", LearnedAliases(schema_, uses)), "customer_order");
}

TEST_F(LinkerTest, FamiliesAreOne) {
  const Linker linker(schema_, &values_, &joins_);
  ASSERT_EQ(linker.families().size(), 1u);
  EXPECT_EQ(linker.families()[0].members.size(), 3u);
  int events = 0;
  for (const TableLink& link : linker.Link("events by kind").tables) {
    events += schema_.tables[static_cast<std::size_t>(link.table)].name.rfind("event", 0) == 0 ? 1 : 0;
  }
  EXPECT_EQ(events, 1);
}

TEST_F(LinkerTest, SaysWhy) {
  const Linker linker(schema_, &values_, &joins_);
  const std::string page = linker.Explain("departments of vip customers");
  EXPECT_NE(page.find("'depart': table name"), std::string::npos) << page;
  EXPECT_NE(page.find("value 'vip'"), std::string::npos) << page;
}

TEST_F(LinkerTest, EndsOnAnything) {
  const Linker linker(schema_, &values_, &joins_);
  EXPECT_TRUE(linker.Link("").tables.empty());
  linker.Link(std::string(200'000, 'a'));
  linker.Link("\xff\xfe ' \" 「");
  const Schema nothing;
  EXPECT_TRUE(Linker(nothing, nullptr, nullptr).Link("customers").tables.empty());
}

TEST(Trigram, FindsSlipsOnly) {
  TrigramIndex index;
  index.Add("department", 1);
  index.Add("apartment", 2);
  index.Add("cat", 3);
  const auto near = index.Near("departmnet", 5);
  ASSERT_EQ(near.size(), 1u);
  EXPECT_EQ(near[0].first, 1);
  EXPECT_TRUE(index.Near("cot", 5).empty()) << "short words have too many neighbours";
}

}  // namespace
}  // namespace toomai::schema
