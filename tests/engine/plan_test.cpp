#include "engine/plan.h"

#include <gtest/gtest.h>

namespace toomai::engine {
namespace {

constexpr std::string_view kPlan =
    R"json([{"Plan": {"Node Type": "Aggregate", "Total Cost": 110.0, "Plan Rows": 1, "Plan Width": 8, "Plans": [
  {"Node Type": "Seq Scan", "Relation Name": "orders", "Total Cost": 100.0, "Plan Rows": 5000, "Plan Width": 4, "Filter": "(total > 5)"}]}}])json";

schema::Schema WithOrders(double rows) {
  schema::Schema schema;
  schema::Table orders;
  orders.schema = "public";
  orders.name = "orders";
  orders.row_estimate = rows;
  schema.tables.push_back(orders);
  return schema;
}

TEST(Plan, ReadsAsATree) {
  const auto report = ReadPlan(kPlan, nullptr);
  ASSERT_TRUE(report);
  EXPECT_EQ(
      report->text,
      "Aggregate  (cost 110, rows 1)\n└─ Seq Scan on orders  (cost 100, rows 5000)\n        Filter: (total > 5)\n");
  EXPECT_EQ(report->cost, 110);
  EXPECT_EQ(report->bytes, 8);
  EXPECT_FALSE(report->analyzed);
  EXPECT_TRUE(report->advice.empty());
}

TEST(Plan, AdvisesOnLargeScansOnly) {
  const schema::Schema small = WithOrders(kLargeTableRows), large = WithOrders(kLargeTableRows + 1);
  EXPECT_TRUE(ReadPlan(kPlan, &small)->advice.empty());
  ASSERT_EQ(ReadPlan(kPlan, &large)->advice.size(), 1u);
  EXPECT_EQ(ReadPlan(kPlan, &large)->advice[0],
            "all of orders is read to apply (total > 5): an index on the filtered column may help");
}

TEST(Plan, NamesTheMostExpensiveNode) {
  EXPECT_EQ(*MostExpensiveNode(kPlan), "Seq Scan on orders (cost 100, 5000 rows)");
}

TEST(Plan, NotAPlan) {
  EXPECT_FALSE(ReadPlan("nonsense", nullptr));
  EXPECT_FALSE(ReadPlan("[]", nullptr));
}

}  // namespace
}  // namespace toomai::engine
