// Names as operators write them in policies.
#include "validator/name_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace toomai::validator {
namespace {

TEST(NamePattern, LastPart) {
  const auto split = [](std::string_view text) {
    const DottedName parts = SplitLast(text);
    return std::string(parts.head) + "|" + std::string(parts.last);
  };
  EXPECT_EQ(split("orders"), "|orders");
  EXPECT_EQ(split("public.orders"), "public|orders");
  EXPECT_EQ(split("db.public.orders"), "db.public|orders");
  EXPECT_EQ(split("\"a.b\""), "|a.b");
  EXPECT_EQ(split("public.\"Odd.Name\""), "public|Odd.Name");
  EXPECT_EQ(split("public.\"half"), "public|\"half");
  EXPECT_EQ(split("public.half\""), "public|half\"");
  EXPECT_EQ(split("\""), "|\"");
}

TEST(NamePattern, OnePart) {
  EXPECT_TRUE(PartMatches("orders", "orders"));
  EXPECT_FALSE(PartMatches("orders", "order"));
  EXPECT_FALSE(PartMatches("order", "orders"));
  EXPECT_TRUE(PartMatches("Orders", "orders")) << "written by hand, folded by PostgreSQL";
  EXPECT_TRUE(PartMatches("Orders", "Orders"));
  EXPECT_FALSE(PartMatches("orders", "Orders"));
  EXPECT_FALSE(PartMatches("Items", "orders"));
  EXPECT_TRUE(PartMatches("*", ""));
  EXPECT_TRUE(PartMatches("**", "x"));
  EXPECT_TRUE(PartMatches("sal*", "salaries"));
  EXPECT_TRUE(PartMatches("*_log", "a_log_log"));
  EXPECT_FALSE(PartMatches("*_log", "a_logs"));
  EXPECT_TRUE(PartMatches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(PartMatches("", "x"));
}

TEST(NamePattern, Relations) {
  EXPECT_TRUE(RelationMatches("orders", "anywhere", "orders"));
  EXPECT_TRUE(RelationMatches("public.orders", "public", "orders"));
  EXPECT_FALSE(RelationMatches("public.orders", "sales", "orders"));
  EXPECT_FALSE(RelationMatches("public.orders", "public", "items"));
  EXPECT_TRUE(RelationMatches("secret.*", "secret", "tokens"));
  EXPECT_TRUE(RelationMatches("db.public.orders", "public", "orders"));
}

TEST(NamePattern, Columns) {
  EXPECT_TRUE(ColumnMatches("ssn", "public", "customers", "ssn")) << "of any table";
  EXPECT_TRUE(ColumnMatches("customers.ssn", "public", "customers", "ssn"));
  EXPECT_TRUE(ColumnMatches("public.customers.s*", "public", "customers", "ssn"));
  EXPECT_FALSE(ColumnMatches("customers.ssn", "public", "customers", "name"));
  EXPECT_FALSE(ColumnMatches("customers.ssn", "public", "orders", "ssn"));
  EXPECT_FALSE(ColumnMatches("hr.customers.ssn", "public", "customers", "ssn"));
}

TEST(NamePattern, ItemsOfAList) {
  std::string_view list = " a , numeric(12,2),\"b,c\" ,, d(e(f,g),h)";
  std::string read;
  while (!list.empty()) read += "<" + std::string(TakeItem(&list)) + ">";
  EXPECT_EQ(read, "<a><numeric(12,2)><\"b,c\"><><d(e(f,g),h)>");
}

}  // namespace
}  // namespace toomai::validator
