#include "engine/masking.h"

#include <gtest/gtest.h>

#include "engine/rate_limit.h"

namespace toomai::engine {
namespace {

using validator::OutputColumn;
using validator::StatementFacts;

StatementFacts Reads(std::vector<OutputColumn> outputs) {
  StatementFacts facts;
  facts.outputs = std::move(outputs);
  for (const OutputColumn& output : facts.outputs)
    facts.columns.insert(facts.columns.end(), output.lineage.begin(), output.lineage.end());
  return facts;
}

const validator::ColumnRef kEmail{"public", "customers", "email"};
const validator::ColumnRef kName{"public", "customers", "name"};

std::vector<Cell> Apply(Masker* masker, const std::vector<Cell>& row) {
  pg::CellViews views(row.begin(), row.end());
  masker->Apply(&views);
  std::vector<Cell> masked;
  for (const auto& cell : views) masked.push_back(cell ? Cell(std::string(*cell)) : Cell());
  return masked;
}

std::vector<Cell> Mask(const std::string& method, const std::string& value, bool plain = true) {
  OutputColumn output{"e", {kEmail}, plain, plain};
  Masker masker(MaskScope(std::vector<MaskRule>{{"public.customers.email", method}}), Reads({output}), "salt");
  std::vector<ResultColumn> columns = {{"e", "text", 25, false}};
  masker.Begin(&columns);
  EXPECT_TRUE(columns[0].masked);
  return Apply(&masker, {value});
}

TEST(Masking, Methods) {
  EXPECT_EQ(Mask("redact", "a@b.c")[0], "[masked]");
  EXPECT_EQ(Mask("null", "a@b.c")[0], std::nullopt);
  EXPECT_EQ(Mask("last4", "4111111111111234")[0], "…1234");
  EXPECT_EQ(Mask("last4", "1234567")[0], "[masked]") << "a short value has no last four that would hide anything";
  EXPECT_EQ(Mask("last4", "12345678")[0], "…5678");
  EXPECT_EQ(Mask("hash", "a@b.c")[0], Mask("hash", "a@b.c")[0]);
  EXPECT_NE(Mask("hash", "a@b.c")[0], Mask("hash", "a@b.d")[0]);
}

TEST(Masking, AnExpressionOverAMaskedColumnIsRedactedWhole) {
  EXPECT_EQ(Mask("last4", "4111111111111234", false)[0], "[masked]");
  EXPECT_EQ(Mask("hash", "a", false)[0], "[masked]");
}

TEST(Masking, OtherColumnsStayAsTheyAre) {
  Masker masker(MaskScope(std::vector<MaskRule>{{"customers.email", "redact"}}),
                Reads({{"n", {kName}, true, true}, {"e", {kEmail}, true, true}}), "salt");
  std::vector<ResultColumn> columns = {{"n", "text", 25, false}, {"e", "text", 25, false}};
  masker.Begin(&columns);
  const std::vector<Cell> row = Apply(&masker, {"Ann", "a@b.c"});
  EXPECT_EQ(row[0], "Ann");
  EXPECT_EQ(row[1], "[masked]");
}

TEST(Masking, AResultThatDoesNotFitTheFactsIsClosed) {
  Masker masker(MaskScope(std::vector<MaskRule>{{"customers.email", "redact"}}), Reads({{"e", {kEmail}, true, true}}),
                "salt");
  std::vector<ResultColumn> columns = {{"a", "text", 25, false}, {"b", "text", 25, false}};
  masker.Begin(&columns);
  const std::vector<Cell> row = Apply(&masker, {"x", "y"});
  EXPECT_EQ(row[0], "[masked]");
  EXPECT_EQ(row[1], "[masked]");
}

TEST(Masking, AResultWithOtherNamesIsClosed) {
  const auto second = [](const std::string& expected, const std::string& sent, bool plain) {
    Masker masker(MaskScope(std::vector<MaskRule>{{"customers.email", "redact"}}),
                  Reads({{"e", {kEmail}, true, true}, {expected, {kName}, true, plain}}), "salt");
    std::vector<ResultColumn> columns = {{"e", "text", 25, false}, {sent, "text", 25, false}};
    masker.Begin(&columns);
    return *Apply(&masker, {"a@b.c", "Ann"})[1];
  };
  EXPECT_EQ(second("n", "n", true), "Ann");
  EXPECT_EQ(second("n", "other", true), "[masked]") << "the table is not what the validator saw";
  EXPECT_EQ(second("guess", "?column?", false), "Ann") << "the server names what is computed";
  EXPECT_EQ(second(std::string(70, 'n'), std::string(63, 'n'), true), "Ann") << "names are cut";
}

TEST(Masking, Patterns) {
  const auto masks = [](const char* pattern) {
    return !MaskScope(std::vector<MaskRule>{{pattern, "redact"}}).MethodFor(kEmail).empty();
  };
  EXPECT_TRUE(masks("public.customers.email"));
  EXPECT_TRUE(masks("public.*.email"));
  EXPECT_TRUE(masks("customers.email"));
  EXPECT_TRUE(masks("email")) << "the column of every table";
  EXPECT_TRUE(masks("Public.Customers.Email")) << "written by hand";
  EXPECT_TRUE(masks("\"public\".\"customers\".\"email\""));
  EXPECT_TRUE(masks("public.cust*.e*"));
  EXPECT_FALSE(masks("hr.customers.email"));
  EXPECT_FALSE(masks("public.customers.mail"));
}

TEST(RateLimit, RefusesTheCallBeyondTheShareAndRefills) {
  RateLimit limit;
  const auto start = RateLimit::Clock::now();
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limit.Take("ann", 60, start));
  const auto refused = limit.Take("ann", 60, start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_EQ(refused.error().hint, "wait 1 s and call again");
  EXPECT_TRUE(limit.Take("bob", 60, start)) << "each caller has a share of its own";
  EXPECT_TRUE(limit.Take("ann", 60, start + std::chrono::seconds(1)));
  EXPECT_FALSE(limit.Take("ann", 60, start + std::chrono::seconds(1)));
}

TEST(RateLimit, ZeroMeansNoLimit) {
  RateLimit limit;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit.Take("ann", 0));
}

}  // namespace
}  // namespace toomai::engine
