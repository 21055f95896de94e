// A catalog full of traps (that of the fuzz targets): casts that PostgreSQL puts in by itself, domains with CHECKs,
// types of types, functions with rows; and what is harmless beside them.
#include "tests/fuzz/hostile_catalog.h"

#include <gtest/gtest.h>

#include "shop.h"
#include "validator/dump.h"
#include "validator/parser.h"

namespace toomai::validator::test {
namespace {

const Checker& HostileChecker() {
  static const HostileCatalog catalog;
  static const Checker checker(&catalog, [] {
    Policy policy;
    policy.denied_columns = {"public.customers.name"};
    policy.allowed_user_functions = {"public.rows_of(integer)"};
    return policy;
  }());
  return checker;
}

// The same on the newest server.
const Checker& NewestChecker() {
  struct Newest : HostileCatalog {
    int ServerVersion() const override { return 18; }
  };
  static const Newest catalog;
  static const Checker checker(&catalog, Policy());
  return checker;
}

struct Statement {
  std::string_view sql, rule;  // "": allowed
};

template <std::size_t kSize>
void Check(const Statement (&statements)[kSize], const Checker& checker = HostileChecker()) {
  for (const auto& [sql, rule] : statements) EXPECT_EQ(RuleFor(sql, checker), rule) << sql;
}

// address -> text has a function and is implicit: it runs wherever an address is used as something else.
TEST(Hostile, CastsThatNobodyWrote) {
  Check({{"SELECT home FROM t", ""},
         {"SELECT home IS NULL, count(home), array_agg(home) FROM t", ""},
         {"SELECT (home).city FROM t", ""},
         {"SELECT lower(home) FROM t", "user-cast"},
         {"SELECT upper(home) FROM t", "user-cast"},
         {"SELECT 1 FROM t WHERE home", "user-cast"},
         {"SELECT 1 FROM t WHERE home IS TRUE", "user-cast"},
         {"SELECT CASE WHEN home THEN 1 END FROM t", "user-cast"},
         {"SELECT home || 'x' FROM t", "shadowed-operator"},
         {"SELECT home LIKE 'x' FROM t", "user-cast"},
         {"SELECT home IN ('a', 'b') FROM t", "user-cast"},
         {"SELECT home UNION SELECT a FROM t", "unknown-column"},
         {"SELECT home FROM t UNION SELECT a FROM t", "user-cast"},
         {"SELECT home FROM t UNION SELECT home FROM t", ""},
         {"SELECT * FROM (VALUES ('x'), ('y')) v(a)", ""},
         {"SELECT (SELECT home FROM t) || 'x'", "shadowed-operator"},
         {"SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY home) FROM t", "user-cast"},
         {"SELECT count(*) FILTER (WHERE home) FROM t", "user-cast"},
         {"SELECT 1 FROM t LIMIT (SELECT home FROM t)", "user-cast"},
         {"SELECT coalesce(home, 'x'::text) FROM t", "user-cast"},
         {"SELECT coalesce(NULL, home, a) FROM t", "user-cast"},
         {"SELECT coalesce(home, 'x'), ARRAY[home, NULL], CASE WHEN true THEN home END FROM t", ""},
         {"SELECT ARRAY[home, a] FROM t", "user-cast"},
         {"SELECT CASE WHEN true THEN home ELSE a END FROM t", "user-cast"},
         {"SELECT CASE WHEN home THEN 1 END FROM t", "user-cast"},
         {"SELECT string_agg(home, ',') FROM t", "user-cast"},
         {"SELECT * FROM t JOIN a USING (home)", ""},
         {"SELECT * FROM t JOIN (SELECT 'x'::text AS home) s USING (home)", "user-cast"},
         {"SELECT * FROM (VALUES ((SELECT home FROM t)), ('x'::text)) v", "user-cast"},
         {"SELECT home::text FROM t", "user-cast"},
         {"SELECT CAST(home AS text), text(home) FROM t", "user-cast"},
         {"SELECT ROW(home, 1)::text FROM t", ""},
         {"SELECT ARRAY[home]::text[] FROM t", "user-cast"}});
}

// mood -> json runs where values become JSON.
TEST(Hostile, CastsToJson) {
  Check({{"SELECT to_json(b) FROM t", "user-cast"},
         {"SELECT row_to_json(t) FROM t", "user-cast"},
         {"SELECT json_agg(b) FROM t", "user-cast"},
         {"SELECT json_build_object('a', b) FROM t", "user-cast"},
         {"SELECT jsonb_build_array(b) FROM t", "user-cast"},
         {"SELECT json_object_agg(a, b) FROM t", "user-cast"},
         {"SELECT to_json(a), json_build_array(1, 'x') FROM t", ""},
         {"SELECT to_jsonb(x) FROM t", ""},
         {"SELECT json_agg(s) FROM (SELECT id FROM t) s", ""},
         {"SELECT json_agg(s) FROM (SELECT id, b FROM t) s", "user-cast"}});
}

TEST(Hostile, TypesInsideTypes) {
  Check({{"SELECT 1::quantity", ""},
         {"SELECT 'x'::trap", "user-type"},
         {"SELECT 'x'::trap[]", "user-type"},
         {"SELECT trap('x')", "user-type"},
         {"SELECT trap 'x'", "user-type"},
         {"SELECT '(1,2,)'::address", "user-type"},
         {"SELECT ROW('a', 'b', NULL)::address", "user-type"},
         {"SELECT ARRAY[ROW('a', 'b', NULL)]::address[]", "user-type"},
         {"SELECT NULL::t", "user-type"},
         {"SELECT 'happy'::mood", ""},
         {"SELECT mood 'happy', ARRAY['a']::mood[]", ""},
         {"SELECT 1::nosuch", "unknown-type"},
         {"SELECT 1::other.mood", "unknown-type"},
         {"SELECT (home).next FROM t", ""},
         {"SELECT ((home).next).city FROM t", ""},
         {"SELECT ((home).next).act FROM t", "attribute-call"},
         {"SELECT (home).act FROM t", "attribute-call"},
         {"SELECT (a).act FROM t", "attribute-call"},
         {"SELECT t.act FROM t", "attribute-call"},
         {"SELECT (x[1]).act FROM t", "attribute-call"},
         {"SELECT (home).nosuch FROM t", "unknown-column"},
         {"SELECT json_populate_record(NULL::t, '{}')", "user-type"},
         {"SELECT json_populate_record(base => NULL::t, from_json => '{}')", "user-type"},
         {"SELECT jsonb_populate_recordset(home, '{}') FROM t", "user-type"},
         {"SELECT json_populate_record(NULL::mood, '{}')", ""},
         {"SELECT json_populate_record(ROW(1), '{}')", "user-type"},
         {"SELECT * FROM json_to_record('{}') AS r(a trap)", "user-type"},
         {"SELECT * FROM json_to_record('{}') AS r(a integer, b mood)", ""},
         {"SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a trap, n FOR ORDINALITY)", "user-type"},
         {"SELECT a, n FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a text PATH 'x' DEFAULT 'y', n FOR ORDINALITY)", ""}});
}

TEST(Hostile, RowsOfFunctions) {
  Check({{"SELECT a, \"b c\" FROM rows_of(1)", ""},
         {"SELECT r.* FROM rows_of(1) r", ""},
         {"SELECT b FROM rows_of(1)", "unknown-column"},
         {"SELECT rows_of FROM rows_of(1)", ""},
         {"SELECT (rows_of(1)).nosuch", "unknown-column"},
         {"SELECT * FROM rows_of(1) AS r(q, w) WHERE q > 1 AND w IS NULL", ""},
         {"SELECT * FROM rows_of(1) AS r(q, w, e)", "column-count"},
         {"SELECT * FROM act('x')", "user-function"},
         {"SELECT * FROM ROWS FROM (rows_of(1), generate_series(1, 2)) AS r(a, b, c)", ""},
         {"SELECT * FROM ROWS FROM (json_to_record('{}') AS (a mood), unnest(ARRAY[1])) WITH ORDINALITY", ""},
         {"SELECT city FROM unnest(ARRAY(SELECT home FROM t))", ""},
         {"SELECT u.id FROM unnest(ARRAY(SELECT t FROM t)) u", ""},
         {"SELECT u FROM unnest(ARRAY[1, 2], ARRAY['a']) AS s(u, w)", ""},
         {"SELECT unnest FROM unnest(ARRAY[1, 2])", ""},
         {"SELECT key, value FROM t, json_each('{}')", ""},
         {"SELECT j.nosuch FROM json_each('{}') j", "unknown-column"},
         {"SELECT (json_each('{}')).key", ""},
         {"SELECT (json_each('{}')).*", ""},
         {"SELECT (home).* FROM t", ""},
         {"SELECT (t).* FROM t", ""},
         {"SELECT x.city FROM (SELECT (home).* FROM t) x", ""},
         {"SELECT x.nosuch FROM (SELECT (home).* FROM t) x", "unknown-column"},
         {"SELECT y.id FROM (SELECT (s).* FROM (SELECT id, a FROM t) s) y", ""}});
}

TEST(Hostile, OperatorsAndFunctionsThatMayWin) {
  Check({{"SELECT b = 'x' FROM t", "shadowed-operator"},
         {"SELECT b OPERATOR(pg_catalog.=) 'x' FROM t", ""},
         {"SELECT a = 'x' FROM t", ""},
         {"SELECT 'x' = 'y'", ""},
         {"SELECT b IN ('x') FROM t", "shadowed-operator"},
         {"SELECT b IS DISTINCT FROM 'x' FROM t", "shadowed-operator"},
         {"SELECT nullif(b, 'x') FROM t", "shadowed-operator"},
         {"SELECT CASE b WHEN 'x' THEN 1 END FROM t", "shadowed-operator"},
         {"SELECT b = ANY (ARRAY['x']) FROM t", ""},  // text, by the array
         {"SELECT b = ANY (ARRAY[b]) FROM t", "shadowed-operator"},
         {"SELECT b BETWEEN 'x' AND 'y' FROM t", ""},
         {"SELECT * FROM t JOIN a USING (b)", "shadowed-operator"},
         {"SELECT * FROM t NATURAL JOIN a", "shadowed-operator"},
         {"SELECT ROW(b) = ROW('x') FROM t", "shadowed-operator"},
         {"SELECT id <+> 1 FROM t", "user-operator"},
         {"SELECT id OPERATOR(public.<+>) 1 FROM t", "user-operator"},
         {"SELECT id OPERATOR(public.+) 1 FROM t", "unknown-operator"},
         {"SELECT id OPERATOR(pg_catalog.<+>) 1 FROM t", "unknown-operator"},
         {"SELECT id @@@@ 1 FROM t", "unknown-operator"},
         {"SELECT id FROM t ORDER BY id USING <+>", "user-operator"},
         {"SELECT lower(name) FROM t", "shadowed-function"},
         {"SELECT lower(a) FROM t", ""},
         {"SELECT pg_catalog.lower(name) FROM t", ""},
         {"SELECT public.lower(name) FROM t", "user-function"},
         {"SELECT act(a) FROM t", "user-function"},
         {"SELECT * FROM v", ""},
         {"SELECT * FROM v_sleep", "view-not-allowed"},
         {"SELECT * FROM v_loop", "view-not-allowed"},
         {"SELECT name FROM customers", "denied-column"},
         {"SELECT id FROM customers", ""}});
}

TEST(Hostile, NoPlaceOfSqlJsonHidesACall) {
  Check({{"SELECT a, n, c FROM JSON_TABLE('{}', '$' COLUMNS (n FOR ORDINALITY, a int PATH '$.a', NESTED PATH '$.b' "
          "COLUMNS (c text))) j",
          ""},
         {"SELECT j.nosuch FROM JSON_TABLE('{}', '$' COLUMNS (a int)) j", "unknown-column"},
         {"SELECT q.a FROM t, JSON_TABLE(t.a, '$' PASSING t.id AS x COLUMNS (a bool EXISTS PATH '$.a')) AS q", ""},
         {"SELECT * FROM JSON_TABLE(pg_read_file('x'), '$' COLUMNS (a int))", "function-not-allowed"},
         {"SELECT * FROM JSON_TABLE('{}', '$' PASSING pg_sleep(1) AS x COLUMNS (a int))", "function-not-allowed"},
         {"SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int DEFAULT pg_sleep(1) ON EMPTY))", "function-not-allowed"},
         {"SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (NESTED '$' COLUMNS (a int DEFAULT act('x') ON ERROR)))",
          "user-function"},
         {"SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a trap))", "user-type"},
         {"SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (NESTED '$' COLUMNS (a trap FORMAT JSON)))", "user-type"},
         {"SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a regclass))", "reg-cast"},
         {"SELECT JSON_VALUE(pg_read_file('x'), '$')", "function-not-allowed"},
         {"SELECT JSON_VALUE('{}', '$' PASSING act('x') AS y)", "user-function"},
         {"SELECT JSON_VALUE('{}', '$' RETURNING trap)", "user-type"},
         {"SELECT JSON_VALUE('{}', '$' DEFAULT pg_sleep(1) ON EMPTY)", "function-not-allowed"},
         {"SELECT JSON_QUERY('{}', '$' RETURNING address)", "user-type"},
         {"SELECT JSON_EXISTS(act('x'), '$')", "user-function"},
         {"SELECT JSON_OBJECT(act('x') VALUE 1)", "user-function"},
         {"SELECT JSON_OBJECT('a': pg_sleep(1))", "function-not-allowed"},
         {"SELECT JSON_OBJECT('a': b) FROM t", "user-cast"},
         {"SELECT JSON_ARRAY(b), JSON_ARRAY(SELECT b FROM t) FROM t", "user-cast"},
         {"SELECT JSON_OBJECTAGG(a : b) FROM t", "user-cast"},
         {"SELECT JSON_ARRAY(pg_sleep(1))", "function-not-allowed"},
         {"SELECT JSON_ARRAY(SELECT pg_sleep(1))", "function-not-allowed"},
         {"SELECT JSON_ARRAYAGG(act(a) ORDER BY id) FROM t", "user-function"},
         {"SELECT JSON_OBJECTAGG(a : act(a)) FROM t", "user-function"},
         {"SELECT JSON_OBJECTAGG(a : id) FILTER (WHERE act(a) = '') FROM t", "user-function"},
         {"SELECT JSON(act('x')), JSON_SCALAR(1)", "user-function"},
         {"SELECT JSON_SERIALIZE('{}' RETURNING trap)", "user-type"},
         {"SELECT act('x') IS JSON", "user-function"},
         {"SELECT JSON_VALUE('{}', '$' RETURNING int) + 1, JSON_SCALAR(a) FROM t", ""},
         {"SELECT any_value(a) FROM t", ""},
         {"SELECT SYSTEM_USER", ""}},
        NewestChecker());
}

TEST(Hostile, WhatConstantsComputeTo) {
  Check({{"SELECT repeat('x', 1000 * 1000 * 1000)", "generated-bytes"},
         {"SELECT repeat('x', -(-1000000000))", "generated-bytes"},
         {"SELECT repeat('x', 2000000000 - 1)", "generated-bytes"},
         {"SELECT repeat('x', 4000000000 / 2)", "generated-bytes"},
         {"SELECT repeat('x', 1 << 30)", "generated-bytes"},
         {"SELECT repeat('x', power(10, 9)::int)", "generated-bytes"},
         {"SELECT repeat('x', (10 ^ 9)::int)", "generated-bytes"},
         {"SELECT repeat('x' || repeat('y', 100000), 100000)", "generated-bytes"},
         {"SELECT make_interval(days => 1000000000)", ""},
         {"SELECT format('%2$*1$s', 1000000000, 'x')", "generated-bytes"},
         {"SELECT format('%1$1000000000s', 'x')", "generated-bytes"},
         {"SELECT lpad('x', 10 + 5), repeat('x', 2 + 3), format('%5s', 'x')", ""},
         {"SELECT repeat('x', CAST(1000000000 AS int))", "generated-bytes"},
         {"SELECT repeat('x'::text, 1000000000)", "generated-bytes"},
         {"SELECT repeat(upper('x'), 1000000000)", "generated-bytes"},
         {"SELECT repeat('x', +1000000000)", "generated-bytes"},
         {"SELECT repeat('x', '1000000000')", "generated-bytes"},
         {"SELECT repeat('x', pow(10, 9)::int)", "generated-bytes"},
         {"SELECT repeat(lpad('x', 1000), 10000)", "generated-bytes"},
         {"SELECT format('%2$*1$s', 1000000000, 'x')", "generated-bytes"},
         {"SELECT array_fill(1, ARRAY[1000000, (SELECT 1)])", "generated-bytes"},
         {"SELECT generate_series(1, 10, 0)", ""},
         {"SELECT generate_series(10, 1), generate_series(1, 100000000, 1000), generate_series(3000000, 1, -1000)", ""},
         {"SELECT generate_series(1, 3000000, 1)", "generated-rows"},
         {"SELECT generate_series(1, id) FROM orders", ""},
         {"SELECT generate_series(id, 5, 1), generate_series(1, 5, id) FROM orders", ""},
         {"SELECT repeat('x', id), repeat('x', 5 + id), repeat('x', id + 5), repeat('x', -id), repeat('x', 5 % 3) FROM "
          "orders",
          ""},
         {"SELECT repeat('x', 5 / 0), repeat('x', 'many'), repeat('x', power(id, 2)::int), repeat('x', power(2, "
          "id)::int), repeat('x', abs(5)) FROM orders",
          ""},
         {"SELECT array_fill(1, '{1000}'::int[]), format('%%'), format('%s %I %L', 'a', 'b', 'c'), format(a, 5) FROM t",
          ""},
         {"SELECT format(a, 1000000000) FROM t", "generated-bytes"},
         {"SELECT * FROM generate_series(1, 10 ^ 10)", "generated-rows"},
         {"SELECT * FROM generate_series(1, 100 / 10)", ""}});
}

TEST(Hostile, NamesOfTypesAndRelations) {
  Check({{"SELECT NULL::pg_catalog.nosuch", "unknown-type"},
         {"SELECT NULL::information_schema.x", "system-catalog"},
         {"SELECT * FROM pg_stat_statements", "system-catalog"},
         {"SELECT * FROM pg_nosuch", "unknown-table"},
         {"SELECT 1::_int4, '{1}'::_text, '1'::\"char\"", ""},
         {"SELECT (x[1:2])[1], (x)[1], x[id] FROM t", ""},
         {"SELECT (CASE WHEN true THEN home END).city, (coalesce(home, home)).city FROM t", ""},
         {"SELECT grouping(a), GROUPING(a, id) FROM t GROUP BY ROLLUP (a, id)", ""},
         {"SELECT a AS x, a AS x FROM t ORDER BY x", ""},
         {"SELECT a || 'y' AS x, a || 'y' AS x FROM t ORDER BY x", ""},
         {"SELECT a AS x, id AS x FROM t ORDER BY x", "ambiguous-column"},
         {"SELECT a FROM t ORDER BY -1", "unknown-position"},
         {"SELECT a FROM t ORDER BY 2", "unknown-position"},
         {"SELECT a FROM t GROUP BY 'x'", "unknown-position"},
         {"SELECT s.a FROM (SELECT 1 AS a, 2 AS a) s", "ambiguous-column"},
         {"SELECT 1 FROM t RIGHT JOIN LATERAL (SELECT id) s ON true", "invalid-reference"},
         {"SELECT 1 FROM t RIGHT JOIN LATERAL (SELECT t.id) s ON true", "invalid-reference"},
         {"((SELECT id FROM t) ORDER BY id LIMIT 1)", ""},
         {"WITH w AS (SELECT 1 AS x) (SELECT x FROM w) ORDER BY x", ""},
         {"SELECT overlay('a', 'b', 1), substring('abc', 2)", ""},
         {"SELECT 'a' COLLATE \"C\" FROM t ORDER BY a COLLATE \"C\" USING <", ""},
         {"SELECT TREAT(a AS upper) FROM t", "unknown-type"},
         {"SELECT TREAT(a AS text) FROM t", ""},
         {"SELECT TREAT(a AS pg_read_file) FROM t", "unknown-type"}});
}

// What the grammar has since PostgreSQL 16 to 18.
TEST(Grammar, SqlJson) {
  const std::string_view good[] = {
      "SELECT JSON_OBJECT('a' VALUE 1, 'b': 2 NULL ON NULL WITH UNIQUE KEYS RETURNING jsonb)",
      "SELECT JSON_OBJECT('a' : 1 ABSENT ON NULL WITHOUT UNIQUE), JSON_OBJECT(), JSON_OBJECT(RETURNING text FORMAT "
      "JSON)",
      "SELECT json_object('{a,b}'), json_object('{a}', '{b}')",
      "SELECT JSON_ARRAY(1, 2 NULL ON NULL), JSON_ARRAY(SELECT a FROM t RETURNING jsonb), JSON_ARRAY()",
      "SELECT JSON_ARRAYAGG(a ORDER BY a NULL ON NULL RETURNING jsonb) FILTER (WHERE true) FROM t",
      "SELECT JSON_OBJECTAGG(k: v ABSENT ON NULL WITH UNIQUE KEYS) OVER () FROM t",
      "SELECT JSON('{}' WITH UNIQUE KEYS), JSON_SCALAR(1), JSON_SERIALIZE('{}' RETURNING bytea FORMAT JSON ENCODING "
      "UTF8)",
      "SELECT JSON('{}' FORMAT JSON ENCODING UTF16), JSON('{}' FORMAT JSON ENCODING UTF32)",
      "SELECT JSON_VALUE(j, '$.a' PASSING 1 AS x RETURNING int DEFAULT 0 ON EMPTY ERROR ON ERROR) FROM t",
      "SELECT JSON_QUERY(j, '$' WITH CONDITIONAL ARRAY WRAPPER NULL ON EMPTY EMPTY OBJECT ON ERROR) FROM t",
      "SELECT JSON_QUERY(j, '$' WITHOUT ARRAY WRAPPER OMIT QUOTES ON SCALAR STRING) FROM t",
      "SELECT JSON_QUERY(j, '$' WITH UNCONDITIONAL WRAPPER), JSON_QUERY(j, '$' KEEP QUOTES) FROM t",
      "SELECT JSON_EXISTS(j, '$.a' TRUE ON ERROR), JSON_EXISTS(j, '$' UNKNOWN ON ERROR) FROM t",
      "SELECT j IS JSON, j IS NOT JSON OBJECT WITH UNIQUE KEYS, j IS JSON ARRAY WITHOUT UNIQUE, j IS JSON SCALAR FROM "
      "t",
      "SELECT * FROM JSON_TABLE(j, '$' AS p PASSING 1 AS x COLUMNS (n FOR ORDINALITY, a int PATH '$.a' DEFAULT 1 ON "
      "EMPTY, e bool EXISTS PATH '$.e' FALSE ON ERROR, f jsonb FORMAT JSON WITH WRAPPER KEEP QUOTES, NESTED PATH '$.b' "
      "AS q COLUMNS (c text)) EMPTY ON ERROR) AS t",
  };
  const std::string_view bad[] = {"SELECT JSON_OBJECT('a' VALUE)",
                                  "SELECT JSON('{}' FORMAT JSON ENCODING LATIN1)",
                                  "SELECT JSON_QUERY(j, '$' WITH WRAPPER WITH WRAPPER) FROM t",
                                  "SELECT JSON_VALUE(j)",
                                  "SELECT JSON_EXISTS(j, '$' TRUE ON) FROM t",
                                  "SELECT * FROM JSON_TABLE(j, '$')",
                                  "SELECT * FROM JSON_TABLE(j, '$' COLUMNS (a))",
                                  "SELECT JSON_ARRAY(SELECT 1 UNION)",
                                  "SELECT JSON_QUERY(j, '$' NULL ON ERROR NULL ON EMPTY) FROM t"};
  ParseOptions options;
  options.postgres_version = 18;
  Tree tree;
  for (const std::string_view sql : good) {
    ParseError error;
    EXPECT_TRUE(Parse(sql, options, &tree, &error)) << sql << ": " << error.finding.message;
    EXPECT_EQ(DumpTree(tree).rfind("Query", 0), 0u) << sql;
  }
  for (const std::string_view sql : bad) {
    ParseError error;
    EXPECT_FALSE(Parse(sql, options, &tree, &error)) << sql;
    EXPECT_EQ(error.finding.rule, "syntax-error") << sql;
  }
}

TEST(Grammar, CallsThatCannotBe) {
  const std::string_view bad[] = {"SELECT f(a ORDER BY b) WITHIN GROUP (ORDER BY c)",
                                  "SELECT f(DISTINCT a) WITHIN GROUP (ORDER BY c)",
                                  "SELECT f(VARIADIC a) WITHIN GROUP (ORDER BY c)",
                                  "SELECT f(a) WITHIN GROUP (c)",
                                  "SELECT f(a) WITHIN (ORDER BY c)",
                                  "SELECT f(a) FILTER (a > 1)",
                                  "SELECT f(a) OVER",
                                  "SELECT f(VARIADIC a, b)",
                                  "SELECT f(DISTINCT)",
                                  "SELECT f(a,)",
                                  "SELECT f(ALL)",
                                  "SELECT f(*, a)",
                                  "SELECT a OPERATOR pg_catalog.+ b",
                                  "SELECT a = ANY b",
                                  "SELECT (a, b) OVERLAPS 1",
                                  "SELECT * FROM ROWS FROM (1)",
                                  "SELECT * FROM t TABLESAMPLE (1)",
                                  "SELECT a FROM t ORDER BY a USING b",
                                  "SELECT a FROM t FOR b",
                                  "SELECT sum(a) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING) FROM t",
                                  "SELECT sum(a) OVER (ROWS CURRENT ROW EXCLUDE b) FROM t",
                                  "SELECT a FROM t ORDER BY a FETCH FIRST 1 ROWS WITH TIES FOR UPDATE SKIP LOCKED",
                                  "SELECT interval(x) '1'",
                                  "SELECT XMLPARSE('x')",
                                  "SELECT COLLATION FOR (a, b)",
                                  "SELECT a.b.c.d.e FROM t FOR UPDATE OF a.b.c.d"};
  Tree tree;
  for (const std::string_view sql : bad) {
    ParseError error;
    EXPECT_FALSE(Parse(sql, {}, &tree, &error)) << sql;
    EXPECT_EQ(error.finding.rule, "syntax-error") << sql;
  }
}

}  // namespace
}  // namespace toomai::validator::test
