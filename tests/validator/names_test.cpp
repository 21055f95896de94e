// Names resolve as PostgreSQL resolves them, mistakes have its SQLSTATE, suggestions are near, and every output column
// knows the base columns it is made of.
#include <gtest/gtest.h>

#include "shop.h"
#include "tests/fuzz/hostile_catalog.h"

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
    if (verdict.allowed) continue;
    const std::string& rule = verdict.findings.front().rule;
    const Checker without(&ShopCatalog(), ShopPolicy(), RuleSet().Add(*FindRule(rule)));
    EXPECT_NE(RuleFor(one.sql, without), rule) << one.sql;
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
  EXPECT_EQ(FindingFor("SELECT (o).totl FROM (SELECT total FROM orders) o").candidates,
            std::vector<std::string>{"total"});
  EXPECT_EQ(FindingFor("SELECT note FROM (SELECT 1 AS notes) x").candidates, std::vector<std::string>{"x.notes"});
  EXPECT_EQ(FindingFor("SELECT token FROM orders").hint, "") << "what may not be read is not told of";
  EXPECT_EQ(FindingFor("SELECT f1x FROM (SELECT (ROW(1)).*) r, orders").candidates.size(), 0u);
  EXPECT_EQ(FindingFor("SELECT order_id FROM items a, items b, orders o").hint, "Write a.order_id or b.order_id.");
  EXPECT_EQ(FindingFor("SELECT 1 FROM ordres").candidates, (std::vector<std::string>{"orders", "Odd Names.orders"}));
}

// A subquery without a name, which PostgreSQL 16 allows, cannot be named.
TEST(Names, WithoutAName) {
  schema::Schema schema;
  schema.search_path = {"public"};
  schema.server_version = 160002;
  const schema::CatalogView newer(std::make_shared<const schema::Schema>(std::move(schema)));
  const Checker checker(&newer, Policy{});
  const auto hint = [&](std::string_view sql) {
    const Verdict verdict = Validate(sql, checker);
    return verdict.allowed ? "allowed" : verdict.findings.front().rule + ": " + verdict.findings.front().hint;
  };
  EXPECT_EQ(hint("SELECT a FROM (SELECT 1 AS a)"), "allowed");
  EXPECT_EQ(hint("SELECT a FROM (SELECT 1 AS a, 2 AS a)"), "ambiguous-column: Write table.column.");
  EXPECT_EQ(hint("SELECT b FROM (SELECT 1 AS a)"), "unknown-column: ");
  EXPECT_EQ(hint("SELECT x.a FROM (SELECT 1 AS a), (SELECT 2 AS b) AS y"), "missing-from: Did you mean y?");
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
  EXPECT_EQ(LineageOf("SELECT ctid::text AS place, xmin FROM orders"), "place<> xmin<>");
  EXPECT_EQ(LineageOf("SELECT id FROM orders a RIGHT JOIN orders b USING (id)"), "id=<orders.id>");
  EXPECT_EQ(LineageOf("SELECT x.a, x.b FROM (VALUES (1, 'x'), (2, 'y')) AS x (a, b)"), "a<> b<>");
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

// What a view's columns are made of, when its definition can be read and when it cannot.
TEST(Lineage, OfViews) {
  static const HostileCatalog catalog;
  const Checker checker(&catalog, Policy{});
  const auto lineage = [&](std::string_view sql) {
    const Verdict verdict = Validate(sql, checker);
    EXPECT_TRUE(verdict.allowed) << verdict.findings.front().message;
    std::string text;
    for (const OutputColumn& output : verdict.sql->facts().outputs) {
      text += output.name + "<";
      for (const ColumnRef& ref : output.lineage) text += ref.table + "." + ref.column + ",";
      text += "> ";
    }
    return text;
  };
  EXPECT_EQ(lineage("SELECT id, a FROM v"), "id<orders.id,> a<orders.a,> ");
  EXPECT_EQ(lineage("SELECT id, a FROM v_narrow"), "id<orders.id,> a<v_narrow.a,> ")
      << "a column that it does not make";
  EXPECT_EQ(lineage("SELECT id, a FROM v_open"), "id<v_open.id,> a<v_open.a,> ");
  EXPECT_EQ(lineage("SELECT v FROM v_narrow v"), "v<orders.id,v_narrow.a,> ");
}

TEST(Facts, OfSqlJsonAndParameters) {
  struct Newest : HostileCatalog {
    int ServerVersion() const override { return 17; }
  };
  static const Newest catalog;
  Policy policy;
  policy.allow_parameters = true;
  const Checker checker(&catalog, policy);
  const Verdict verdict =
      Validate("SELECT JSON_OBJECTAGG(a: x), JSON_ARRAYAGG(id), JSON_ARRAY(1) FROM t WHERE id IN ($12, $3)", checker);
  ASSERT_TRUE(verdict.allowed) << verdict.findings.front().message;
  EXPECT_EQ(verdict.sql->facts().aggregates, 2);
  EXPECT_EQ(verdict.sql->facts().max_parameter, 12);
  EXPECT_EQ(verdict.sql->facts().functions,
            (std::vector<std::string>{"json_array", "json_arrayagg", "json_objectagg"}));
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
