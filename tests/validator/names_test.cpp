// Names resolve as PostgreSQL resolves them, mistakes have its SQLSTATE, suggestions are near, and every output column
// knows the base columns it is made of.
#include <gtest/gtest.h>

#include "shop.h"

namespace toomai::validator::test {
namespace {

Finding FindingFor(std::string_view sql) {
  Verdict verdict = Validate(sql, ShopChecker());
  return verdict.allowed ? Finding{} : verdict.findings.front();
}

TEST(Names, AsPostgresSays) {
  for (const Case& one : ReadCases(SourcePath("fixtures/validator/names/scopes.test"))) {
    const Verdict verdict = Validate(one.sql, ShopChecker());
    const std::string said = verdict.allowed ? "ok" : verdict.findings.front().sqlstate;
    EXPECT_EQ(said, one.kind) << "scopes.test:" << one.line << ": " << one.sql << "\n"
                              << (verdict.allowed ? "" : verdict.findings.front().message);
  }
}

TEST(Names, SuggestsTheNearest) {
  EXPECT_EQ(FindingFor("SELECT totl FROM orders").candidates.front(), "orders.total");
  EXPECT_EQ(FindingFor("SELECT o.custmer_id FROM orders o").candidates.front(), "o.customer_id");
  EXPECT_EQ(FindingFor("SELECT id FROM ordrs").candidates.front(), "orders");
  EXPECT_EQ(FindingFor("SELECT orders.id FROM orders o").candidates.front(), "o");
  EXPECT_EQ(FindingFor("SELECT lenght(note) FROM orders").candidates.front(), "length");
  EXPECT_TRUE(FindingFor("SELECT zzzzzz FROM orders").candidates.empty()) << "a wrong guess is worse than none";
  EXPECT_NE(FindingFor("SELECT id FROM orders WHERE note = \"paid\"").hint.find("'paid'"), std::string::npos);
  EXPECT_NE(FindingFor("SELECT sku FROM orders").hint.find("items"), std::string::npos);
}

TEST(Names, PointsAtTheNarrowestText) {
  const std::string sql = "SELECT o.id,\n       o.totl FROM orders o";
  const Finding finding = FindingFor(sql);
  EXPECT_EQ(sql.substr(finding.begin, finding.end - finding.begin), "o.totl");
  EXPECT_EQ(Render(finding, sql),
            "unknown-column: column o.totl does not exist\n"
            "  at line 2, column 8\n"
            "2 |        o.totl FROM orders o\n"
            "  |        ^^^^^^\n"
            "  = Did you mean o.total?\n");
  EXPECT_EQ(RenderForModel(finding, sql),
            "unknown-column: column o.totl does not exist (at: o.totl). Did you mean o.total?");
}

// "name<table.column,...>" for each output; '=' after the name when it is a plain copy.
std::string LineageOf(std::string_view sql) {
  const Verdict verdict = Validate(sql, ShopChecker());
  if (!verdict.allowed) return "refused: " + verdict.findings.front().message;
  std::string text;
  for (const OutputColumn& output : verdict.sql->facts().outputs) {
    text += (text.empty() ? "" : " ") + output.name + (output.is_plain ? "=" : "") + "<";
    for (std::size_t i = 0; i < output.lineage.size(); ++i) {
      text += (i == 0 ? "" : ",") + output.lineage[i].table + "." + output.lineage[i].column;
    }
    text += ">";
  }
  return text;
}

TEST(Lineage, OfEveryOutput) {
  EXPECT_EQ(LineageOf("SELECT id, total * 2 AS t, 5 AS n FROM orders"), "id=<orders.id> t<orders.total> n<>");
  EXPECT_EQ(LineageOf("SELECT x.a FROM (SELECT name AS a FROM customers) x"), "a=<customers.name>");
  EXPECT_EQ(LineageOf("SELECT b FROM (SELECT a || email AS b FROM (SELECT name AS a, email FROM customers) x) y"),
            "b<customers.email,customers.name>");
  EXPECT_EQ(LineageOf("WITH c AS (SELECT max(total) AS m FROM orders) SELECT m FROM c"), "m<orders.total>");
  EXPECT_EQ(LineageOf("SELECT id FROM orders UNION SELECT id FROM customers"), "id<customers.id,orders.id>");
  EXPECT_EQ(LineageOf("SELECT (SELECT max(note) FROM orders) AS n"), "n<orders.note>");
  EXPECT_EQ(LineageOf("SELECT total FROM totals"), "total<orders.total>") << "through a view";
  EXPECT_EQ(LineageOf("SELECT customer_id FROM totals"), "customer_id=<orders.customer_id>");
  EXPECT_EQ(LineageOf("SELECT t FROM customers, unnest(tags) t"), "t<customers.tags>");
  EXPECT_EQ(LineageOf("SELECT order_id FROM items a FULL JOIN items b USING (order_id)"), "order_id<items.order_id>");
  EXPECT_EQ(
      LineageOf(
          "WITH RECURSIVE t(n) AS (SELECT id FROM orders UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t"),
      "n<orders.id>");
  EXPECT_EQ(LineageOf("SELECT * FROM hr.staff AS s(a, b) WHERE false").substr(0, 7), "refused");
  EXPECT_EQ(LineageOf("SELECT o FROM orders o"),
            "o<orders.customer_id,orders.id,orders.note,orders.placed_at,orders.total>");
}

// A value that comes out by a way whose columns nobody can name is still known by where it came from.
TEST(Lineage, NoWayAround) {
  EXPECT_EQ(LineageOf("SELECT r.f1 FROM (SELECT (ROW(email)).* FROM customers) r"), "f1<customers.email>");
  EXPECT_EQ(LineageOf("SELECT r FROM (SELECT (ROW(email)).* FROM customers) r"), "r<customers.email>");
  EXPECT_EQ(LineageOf("SELECT j.f1 FROM ((SELECT (ROW(email)).* FROM customers) r CROSS JOIN orders) j"),
            "f1<customers.email,orders.customer_id,orders.id,orders.note,orders.placed_at,orders.total>");
  EXPECT_EQ(LineageOf("SELECT j.note FROM ((SELECT (ROW(1)).*) r CROSS JOIN orders) j"),
            "note<orders.customer_id,orders.id,orders.note,orders.placed_at,orders.total>");
  EXPECT_EQ(LineageOf("SELECT u.f1 FROM (SELECT (ROW(email)).* FROM customers UNION SELECT note FROM orders) u"),
            "f1<customers.email,orders.note>");
  EXPECT_EQ(LineageOf("WITH a AS (SELECT (ROW(email)).* FROM customers), b AS (SELECT * FROM a) SELECT x.f1 FROM b x"),
            "f1<customers.email>");
  // The value goes on by one column in each round.
  EXPECT_EQ(LineageOf("WITH RECURSIVE t(a, b, c, n) AS (SELECT 'x', 'y', email::text, 1 FROM customers UNION ALL "
                      "SELECT b, c, c, n + 1 FROM t WHERE n < 4) SELECT a FROM t"),
            "a<customers.email>");
  EXPECT_EQ(LineageOf("WITH RECURSIVE t AS (SELECT id, email FROM customers UNION ALL SELECT id, email FROM t WHERE "
                      "id < 0) SEARCH DEPTH FIRST BY email SET place SELECT place FROM t"),
            "place<customers.email>");
  EXPECT_EQ(LineageOf("WITH RECURSIVE t AS (SELECT id, email FROM customers UNION ALL SELECT id, email FROM t WHERE "
                      "id < 0) CYCLE email SET again USING way SELECT way FROM t"),
            "way<customers.email>");
  EXPECT_EQ(LineageOf("SELECT (1, 'x') = (SELECT id, email FROM customers) AS same"),
            "same<customers.email,customers.id>");
  EXPECT_EQ(LineageOf("SELECT (1, 'x') IN (SELECT id, email FROM customers) AS one"),
            "one<customers.email,customers.id>");
}

TEST(Facts, CountWhatIsThere) {
  const Verdict verdict = Validate(
      "WITH a AS (SELECT customer_id, sum(total) AS t FROM orders GROUP BY 1) "
      "SELECT c.name, a.t, rank() OVER (ORDER BY a.t) FROM customers c JOIN a ON a.customer_id = c.id "
      "WHERE c.id IN (SELECT 1 UNION SELECT 2) ORDER BY 2 LIMIT 7",
      ShopChecker());
  ASSERT_TRUE(verdict.allowed);
  const StatementFacts& facts = verdict.sql->facts();
  EXPECT_EQ(facts.tables, (std::vector<std::string>{"public.customers", "public.orders"}));
  EXPECT_EQ(facts.functions, (std::vector<std::string>{"rank", "sum"}));
  EXPECT_EQ(facts.joins, 1);
  EXPECT_EQ(facts.ctes, 1);
  EXPECT_EQ(facts.subqueries, 1);
  EXPECT_EQ(facts.set_operations, 1);
  EXPECT_EQ(facts.aggregates, 1);
  EXPECT_EQ(facts.windows, 1);
  EXPECT_EQ(facts.depth, 2);
  EXPECT_TRUE(facts.has_limit && facts.has_order && facts.has_group && !facts.distinct);
  EXPECT_EQ(verdict.sql->limit(), 7);
}

}  // namespace
}  // namespace toomai::validator::test
