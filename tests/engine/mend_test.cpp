// Mending: text in, text out, one habit a line.
#include "engine/mend.h"

#include <gtest/gtest.h>

#include "engine/lint.h"
#include "tests/engine/small_shop.h"

namespace toomai::engine {
namespace {

const SmallShop& Shop() {
  static const SmallShop shop;
  return shop;
}

void Check(const std::string& written, const std::string& wanted, const std::string& question = "") {
  MendContext context = Shop().mending();
  context.question = question;
  const Mended mended = Mend(written, context);
  EXPECT_EQ(mended.sql, wanted) << "written: " << written;
  EXPECT_TRUE(mended.parses) << written;
  EXPECT_EQ(mended.repairs.empty(), written == wanted);
}

TEST(Mend, LeavesWhatIsRight) {
  for (const char* sql : {"SELECT name FROM customer WHERE country = 'france' ORDER BY born DESC LIMIT 3",
                          "SELECT c.name, count(*) FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY "
                          "c.id HAVING count(*) > 1",
                          "WITH big AS (SELECT * FROM purchase WHERE total > 10) SELECT code FROM big",
                          "SELECT name FROM customer WHERE country LIKE 'f%'",
                          "SELECT \"name\" FROM customer AS \"C\" WHERE \"C\".id = ANY(ARRAY[1,2])",
                          "SELECT x.n FROM (VALUES (1)) AS x(n)"}) {
    Check(sql, sql);
  }
}

TEST(Mend, OtherSystemsQuotesAndOperators) {
  Check("SELECT `name` FROM `customer` WHERE `id` == 1", "SELECT name FROM customer WHERE id = 1");
  Check("SELECT [name] FROM [customer]", "SELECT name FROM customer");
  Check("SELECT name FROM customer WHERE name = \"Ann Lee\"", "SELECT name FROM customer WHERE name = 'Ann Lee'");
  Check("SELECT \"Name\" FROM customer", "SELECT customer.name FROM customer");
  Check("SELECT name FROM customer LIMIT 5, 10", "SELECT name FROM customer LIMIT 10 OFFSET 5");
  Check("SELECT TOP 3 name FROM customer", "SELECT  name FROM customer LIMIT 3");
  Check("SELECT name FROM customer WHERE name REGEXP '^A'", "SELECT name FROM customer WHERE name ~* '^A'");
  Check("SELECT count(*) AS 'how many' FROM customer", "SELECT count(*) AS \"how many\" FROM customer");
  Check("SELECT count(*) FROM (SELECT id FROM customer)", "SELECT count(*) FROM (SELECT id FROM customer) AS sub1");
}

TEST(Mend, OtherSystemsFunctions) {
  Check("SELECT IFNULL(name, 'x') FROM customer", "SELECT coalesce(name, 'x') FROM customer");
  Check("SELECT YEAR(born) FROM customer", "SELECT extract(year FROM born) FROM customer");
  Check("SELECT strftime('%Y-%m', born) FROM customer", "SELECT to_char(born, 'YYYY-MM') FROM customer");
  Check("SELECT DATE_SUB(born, INTERVAL 1 DAY) FROM customer", "SELECT (born - INTERVAL '1 day') FROM customer");
  Check("SELECT GROUP_CONCAT(name SEPARATOR '; ') FROM customer",
        "SELECT string_agg((name)::text, '; ') FROM customer");
  Check("SELECT IIF(active = 1, 'y', 'n') FROM customer",
        "SELECT CASE WHEN active = 1 THEN 'y' ELSE 'n' END FROM customer");
  Check("SELECT count(id) / count(name) FROM customer", "SELECT count(id)::numeric / count(name) FROM customer",
        "What percentage of customers have a name?");
  Check("SELECT IFNULL(count(id) / count(name), 0) FROM customer",
        "SELECT coalesce(count(id)::numeric / count(name), 0) FROM customer");
}

TEST(Mend, Names) {
  Check("SELECT T2.name FROM customer AS T1 JOIN purchase AS T2 ON T1.id = T2.customer_id",
        "SELECT t1.name FROM customer AS T1 JOIN purchase AS T2 ON T1.id = T2.customer_id");
  Check("SELECT customer.name FROM customer AS T1", "SELECT t1.name FROM customer AS T1");
  Check("SELECT count(*) AS n FROM purchase GROUP BY customer_id HAVING n > 2",
        "SELECT count(*) AS n FROM purchase GROUP BY customer_id HAVING count(*) > 2");
  Check("SELECT country, total FROM customer",
        "SELECT country, purchase.total FROM customer JOIN purchase ON purchase.customer_id = customer.id");
  Check("SELECT count(*) FROM customers", "SELECT count(*) FROM customer AS customers");
}

TEST(Mend, Types) {
  Check("SELECT id FROM purchase WHERE code = 10", "SELECT id FROM purchase WHERE code = '10'");
  Check("SELECT id FROM customer WHERE active = 'Y'", "SELECT id FROM customer WHERE active = 1");
  Check("SELECT id FROM customer WHERE born = 1990", "SELECT id FROM customer WHERE extract(year FROM born) = 1990");
  Check("SELECT p.id FROM purchase p JOIN purchase c ON p.code = c.id",
        "SELECT p.id FROM purchase p JOIN purchase c ON p.code = c.id::text");
  Check("SELECT `name` FROM customer WHERE name = NULL", "SELECT name FROM customer WHERE name IS NULL");
}

TEST(Mend, WhatRunsAsWrittenKeepsItsRows) {
  for (const char* sql :
       {"SELECT count(id) / count(name) FROM customer", "SELECT name FROM customer WHERE name = NULL",
        "SELECT name FROM customer WHERE country = 'France'", "SELECT id FROM customer WHERE name LIKE '%LEE%'"}) {
    Check(sql, sql, "How many are there?");
    EXPECT_FALSE(LintStatement(sql, Shop().mending()).empty() && std::string(sql).find("LIKE") == std::string::npos)
        << sql;
  }
}

TEST(Mend, ShortValuesAreNamedAsWordsOnly) {
  const char* written = "SELECT name FROM customer WHERE country = 'USA'";
  Check(written, written, "the usages of customers");
  Check(written, "SELECT name FROM customer WHERE country = 'usa'", "customers of the USA?");
}

TEST(Mend, GroupsInOrder) {
  Check("SELECT country FROM customer GROUP BY country DESC LIMIT 1",
        "SELECT country FROM customer GROUP BY country ORDER BY country DESC LIMIT 1");
  Check("SELECT count(*) FROM (SELECT id FROM customer GROUP BY name, lower(country) DESC) AS x",
        "SELECT count(*) FROM (SELECT id FROM customer GROUP BY name, lower(country), id ORDER BY lower(country) DESC) "
        "AS x");
}

TEST(Mend, InnerQueriesGetTheirOwnJoins) {
  // A table joined outside must not catch the name that is missing inside.
  Check(
      "SELECT country FROM customer WHERE total = (SELECT max(total) FROM customer)",
      "SELECT country FROM customer JOIN purchase ON purchase.customer_id = customer.id WHERE purchase.total = (SELECT "
      "max(purchase.total) FROM customer JOIN purchase ON purchase.customer_id = customer.id)");
}

TEST(Mend, AColumnIsNotComparedWithItself) {
  const Mended mended =
      Mend("SELECT a.name FROM customer AS a JOIN purchase AS b ON a.country = b.country", Shop().mending());
  EXPECT_EQ(mended.sql.find("a.country = a.country"), std::string::npos) << mended.sql;
}

TEST(Mend, Grouping) {
  Check(
      "SELECT c.name, count(*) FROM purchase p JOIN customer c ON p.customer_id = c.id GROUP BY p.customer_id",
      "SELECT c.name, count(*) FROM purchase p JOIN customer c ON p.customer_id = c.id GROUP BY p.customer_id, c.name");
  Check("SELECT max(total), code FROM purchase",
        "SELECT total, code FROM purchase ORDER BY total DESC NULLS LAST LIMIT 1");
  Check("SELECT DISTINCT name FROM customer ORDER BY born",
        "SELECT name FROM customer GROUP BY name ORDER BY min(born)");
}

TEST(Mend, Values) {
  Check("SELECT name FROM customer WHERE country = 'France'", "SELECT name FROM customer WHERE country = 'france'",
        "Who lives in France?");
  // What would run as it is keeps its columns and words; only a warning speaks of it.
  Check("SELECT id FROM customer WHERE country = 'Ann Lee'", "SELECT id FROM customer WHERE country = 'Ann Lee'");
  Check("SELECT `id` FROM customer WHERE country = 'Ann Lee'",
        "SELECT id FROM customer WHERE customer.name = 'Ann Lee'");
  Check("SELECT `id` FROM customer WHERE country = 'frannce'", "SELECT id FROM customer WHERE country = 'france'");
  Check("SELECT id FROM customer WHERE name LIKE '%LEE%'", "SELECT id FROM customer WHERE name ILIKE '%LEE%'",
        "customers called Lee");
  // Where every row matches anyway it is no sign of another column.
  Check("SELECT `id` FROM customer WHERE country <> 'Ann Lee'", "SELECT id FROM customer WHERE country <> 'Ann Lee'");
  Check("SELECT `id` FROM customer WHERE country NOT IN ('Ann Lee')",
        "SELECT id FROM customer WHERE country NOT IN ('Ann Lee')");
  // A value that two columns could mean, or that nobody has, is left to the reader.
  Check("SELECT id FROM customer WHERE country = 'Narnia'", "SELECT id FROM customer WHERE country = 'Narnia'");
}

TEST(Mend, JoinsOfNumbersAndTextsGoByTheDeclaredKey) {
  Check("SELECT c.name FROM customer c JOIN purchase p ON c.id = p.code",
        "SELECT c.name FROM customer c JOIN purchase p ON c.id = p.customer_id");
  EXPECT_TRUE(
      Mend("SELECT c.name FROM customer c JOIN purchase p ON c.id = p.code", Shop().mending()).repairs[0].risky);
  Check("SELECT name FROM customer WHERE id IN (SELECT code FROM purchase)",
        "SELECT name FROM customer WHERE id IN (SELECT purchase.customer_id FROM purchase)");
  Check("SELECT country FROM customer WHERE name IN (SELECT customer_id FROM purchase GROUP BY customer_id)",
        "SELECT country FROM customer WHERE customer.id IN (SELECT customer_id FROM purchase GROUP BY customer_id)");
  // Within one table there is no join to mend.
  Check("SELECT code FROM purchase WHERE id = code", "SELECT code FROM purchase WHERE id::text = code");
}

TEST(Mend, SaysWhatIsRisky) {
  const Mended mended = Mend("SELECT country, total FROM customer", Shop().mending());
  ASSERT_FALSE(mended.repairs.empty());
  EXPECT_TRUE(mended.repairs[0].risky);
  EXPECT_FALSE(Mend("SELECT `name` FROM customer", Shop().mending()).repairs[0].risky);
}

TEST(Mend, EndsOnAnything) {
  for (const char* sql : {"", ";", "(", "SELECT", "select * from", "SELECT \"", "SELECT ((((((", "`",
                          "DELETE FROM customer", "SELECT 1 FROM customer WHERE = = ="}) {
    const Mended mended = Mend(sql, Shop().mending());
    EXPECT_LE(mended.repairs.size(), 50u) << sql;
  }
  EXPECT_FALSE(Mend("DELETE FROM customer", Shop().mending()).parses);
}

TEST(Lint, SaysWhatMayBeSilentlyWrong) {
  const auto lint = [](const char* sql) { return LintStatement(sql, Shop().mending()); };
  EXPECT_TRUE(lint("SELECT name FROM customer WHERE country = 'usa'").empty());
  ASSERT_EQ(lint("SELECT name FROM customer WHERE country = 'usb'").size(), 1u);
  EXPECT_NE(lint("SELECT name FROM customer WHERE country = 'usb'")[0].find("did you mean 'usa'"), std::string::npos);
  EXPECT_NE(lint("SELECT id FROM customer WHERE country = 'Ann Lee'")[0].find("customer.name has it"),
            std::string::npos);
  EXPECT_EQ(lint("SELECT name FROM customer, purchase").size(), 1u);
}

}  // namespace
}  // namespace toomai::engine
