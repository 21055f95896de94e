#include "engine/glossary_check.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "schema/catalog_view.h"
#include "tests/engine/small_shop.h"

namespace toomai::engine {
namespace {

class GlossaryCheck : public ::testing::Test {
 protected:
  std::string Problems(const std::string& yaml) {
    auto parsed = templates::ParseGlossary(yaml, "words.yaml");
    EXPECT_TRUE(parsed) << parsed.error().message;
    glossary_ = std::move(*parsed);
    return Join(LeaveOutUnfounded(*shop_.schema, checker_, &glossary_), "\n");
  }

  SmallShop shop_;
  schema::CatalogView catalog_{shop_.schema};
  validator::Checker checker_{&catalog_, validator::Policy{}};
  templates::Glossary glossary_;
};

TEST_F(GlossaryCheck, WhatTheSchemaBearsOutStays) {
  EXPECT_EQ(
      Problems(
          "synonyms: {client: customer, Turnover: public.Purchase.total, land: customer.country, 单据: purchase.CODE}\n"
          "terms: [{word: adult, table: customer, condition: \"born < DATE '2000-01-01'\"}]\n"
          "metrics: [{word: revenue, table: public.purchase, expression: sum(total), condition: total > 0},\n"
          "          {word: share, table: purchase, expression: \"sum(total) / nullif(count(*), 0)\"}]\n"
          "defaults: [{table: customer, display: name, time: born}]\n"),
      "");
  EXPECT_EQ(glossary_.synonyms.size() + glossary_.terms.size() + glossary_.metrics.size() + glossary_.defaults.size(),
            9u);
}

TEST_F(GlossaryCheck, WhatItDoesNotIsLeftOutAndTold) {
  const std::string problems = Problems(
      "synonyms: {client: customer, gone: nosuch, zip: customer.zip}\n"
      "terms: [{word: vip, table: customer, condition: points > 5}, {word: live, table: customer, condition: "
      "active = 1},\n"
      "        {word: slow, table: customer, condition: pg_sleep(5) IS NULL}]\n"
      "metrics: [{word: revenue, table: purchase, expression: \"sum((total\"}]\n"
      "defaults: [{table: customer, display: label}]\n");
  for (const char* told :
       {"synonym 'gone' stands for 'nosuch'", "'customer.zip', which does not exist", "term 'vip' is refused", "points",
        "term 'slow' is refused", "metric 'revenue' is refused", "display of 'customer' is 'label'"})
    EXPECT_NE(problems.find(told), std::string::npos) << told << "\n" << problems;
  ASSERT_EQ(glossary_.synonyms.size(), 1u);
  ASSERT_EQ(glossary_.terms.size(), 1u);
  EXPECT_EQ(glossary_.terms[0].word, "live");
  EXPECT_TRUE(glossary_.metrics.empty());
  EXPECT_TRUE(glossary_.defaults.empty());
}

TEST_F(GlossaryCheck, EachIsOneExpression) {
  const std::string problems = Problems(
      "terms: [{word: two, table: customer, condition: \"true) OR (true\"},\n"
      "        {word: order, table: customer, condition: \"true ORDER BY id\"}]\n"
      "metrics: [{word: more, table: customer, expression: \"1 FROM customer; DELETE\"}]\n");
  for (const char* told : {"term 'two' is refused", "term 'order' is refused", "metric 'more' is refused"})
    EXPECT_NE(problems.find(told), std::string::npos) << told << "\n" << problems;
}

}  // namespace
}  // namespace toomai::engine
