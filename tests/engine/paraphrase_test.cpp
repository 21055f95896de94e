// What a statement does, told to somebody who does not read SQL.
#include "engine/paraphrase.h"

#include <gtest/gtest.h>

#include "tests/engine/small_shop.h"

namespace toomai::engine {
namespace {

std::string Told(const std::string& sql, const char* language = "en") {
  static const SmallShop shop;
  return Paraphrase(sql, *shop.schema, language);
}

constexpr char kTopCustomers[] =
    "SELECT c.name, sum(p.total) FROM customer c JOIN purchase p ON p.customer_id = c.id WHERE c.country = 'france' "
    "AND "
    "p.placed >= date_trunc('month', CURRENT_DATE) - INTERVAL '1 month' GROUP BY c.id, c.name ORDER BY sum(p.total) "
    "DESC LIMIT 3";

TEST(Paraphrase, InThreeLanguages) {
  EXPECT_EQ(Told(kTopCustomers),
            "Lists customer.name, the total of purchase.total, from customer, purchase, where customer.country is "
            "'france' and purchase.placed is at least the start of last month, for each customer.name, ordered by the "
            "total of purchase.total from high to low, the first 3 rows.");
  EXPECT_EQ(
      Told(kTopCustomers, "zh"),
      "列出 customer 的 name、purchase 的 total 的总和（来自 customer、purchase），条件：customer 的 country 等于 "
      "'france' 且 purchase 的 placed 大于等于 上月的开始，按 customer 的 name 分组，按 purchase 的 total 的总和"
      "（从高到低） 排序，取前 3 行。");
  EXPECT_NE(Told(kTopCustomers, "ja").find("purchase の placed が 前月の初め 以上"), std::string::npos);
  EXPECT_EQ(Told("not sql"), "");
}

TEST(Paraphrase, SkippedRowsAreTold) {
  EXPECT_EQ(Told("SELECT name FROM customer ORDER BY id LIMIT 1 OFFSET 2"),
            "Lists name of customer, ordered by id from low to high, the first row only, after the first 2 rows.");
  EXPECT_NE(Told("SELECT name FROM customer ORDER BY id LIMIT 5 OFFSET 10", "zh").find("跳过前 10 行"),
            std::string::npos);
  EXPECT_NE(Told("SELECT name FROM customer ORDER BY id LIMIT 5 OFFSET 10", "ja").find("先頭 10 行を飛ばす"),
            std::string::npos);
}

TEST(Paraphrase, JoinsThatDoMoreThanFollowAKeyAreTold) {
  const std::string left = "SELECT c.name, p.code FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id";
  EXPECT_NE(Told(left).find(", also customer without any purchase"), std::string::npos) << Told(left);
  EXPECT_NE(Told(left, "zh").find("，也包括没有 purchase 的 customer"), std::string::npos) << Told(left, "zh");
  EXPECT_NE(Told(left, "ja").find("、purchase のない customer も含む"), std::string::npos) << Told(left, "ja");
  const std::string full = "SELECT c.name FROM customer c FULL JOIN purchase p ON p.customer_id = c.id";
  EXPECT_NE(Told(full).find("also purchase without any customer"), std::string::npos) << Told(full);
  const std::string odd = "SELECT c.name FROM customer c JOIN purchase p ON p.customer_id = c.id AND p.total > 5";
  EXPECT_NE(Told(odd).find(", joined where"), std::string::npos) << Told(odd);
  EXPECT_NE(Told(odd).find("purchase.total is more than 5"), std::string::npos) << Told(odd);
  EXPECT_EQ(Told(kTopCustomers).find("joined where"), std::string::npos) << "a key alone needs no words";
}

TEST(Paraphrase, AFirstRowWithoutACountIsTold) {
  EXPECT_EQ(Told("SELECT name FROM customer ORDER BY id FETCH FIRST ROW ONLY"),
            "Lists name of customer, ordered by id from low to high, the first row only.");
  EXPECT_EQ(Told("SELECT name FROM customer ORDER BY id FETCH FIRST 3 ROWS WITH TIES"),
            "Lists name of customer, ordered by id from low to high, the first 3 rows, and those that equal it.");
}

TEST(Paraphrase, OutputsByPlaceOrNameAreTheOutputs) {
  EXPECT_EQ(Told("SELECT country, count(*) AS n FROM customer GROUP BY 1 ORDER BY n DESC"),
            "Lists country, the number of rows of customer, for each country, ordered by the number of rows from high "
            "to low.");
}

TEST(Paraphrase, TimesInWords) {
  const auto where = [](const std::string& condition) {
    const std::string told = Told("SELECT code FROM purchase WHERE " + condition);
    const std::string before = "Lists code of purchase, where ";
    EXPECT_EQ(told.substr(0, before.size()), before);
    return told.substr(before.size());
  };
  EXPECT_EQ(where("placed = CURRENT_DATE"), "placed is today.");
  EXPECT_EQ(where("placed < now()"), "placed is less than now.");
  EXPECT_EQ(where("placed >= CURRENT_DATE - INTERVAL '30 days'"), "placed is at least 30 days before today.");
  EXPECT_EQ(where("placed < date_trunc('year', CURRENT_DATE)"), "placed is less than the start of this year.");
  EXPECT_EQ(where("placed > date_trunc('week', now()) - INTERVAL '2 weeks'"),
            "placed is more than 2 weeks before the start of this week.");
  EXPECT_EQ(where("extract(year FROM placed) = 2024"), "the year of placed is 2024.");
  EXPECT_EQ(where("date_part('month', placed)::int = 4"), "the month of placed is 4.");
  // What has no words is shown as written.
  EXPECT_EQ(where("placed > CURRENT_DATE - INTERVAL '1-2'"), "placed is more than today - '1-2'.");
  EXPECT_EQ(where("date_part('epoch', placed) > 4"), "date_part('epoch', placed) is more than 4.");
}

TEST(Paraphrase, WhatIsNotSo) {
  EXPECT_EQ(Told("SELECT code FROM purchase WHERE total NOT BETWEEN 1 AND 2"),
            "Lists code of purchase, where not (total is between 1 – 2).");
  EXPECT_EQ(Told("SELECT code FROM purchase WHERE total BETWEEN 1 AND 2"),
            "Lists code of purchase, where total is between 1 – 2.");
  EXPECT_EQ(Told("SELECT name FROM customer WHERE NOT EXISTS (SELECT 1 FROM purchase)"),
            "Lists name of customer, where there is no (a query inside: Lists 1 of purchase).");
  EXPECT_EQ(Told("SELECT sum(DISTINCT total) FROM purchase"), "Lists sum(DISTINCT total) of purchase.");
}

TEST(Paraphrase, SharesAndConditions) {
  EXPECT_EQ(Told("SELECT 100.0 * count(*) FILTER (WHERE country = 'usa') / nullif(count(*), 0) FROM customer"),
            "Lists (100.0 * the number of rows where country is 'usa') / the number of rows of customer.");
  EXPECT_EQ(Told("SELECT name FROM customer WHERE id NOT IN (SELECT customer_id FROM purchase)"),
            "Lists name of customer, where id is none of (a query inside: Lists customer_id of purchase).");
  EXPECT_EQ(Told("SELECT DISTINCT country FROM customer WHERE name LIKE 'A%' AND (born IS NULL OR NOT active = 1)"),
            "Lists the different country of customer, where name starts with 'A' and (born is empty or not (active is "
            "1)).");
}

}  // namespace
}  // namespace toomai::engine
