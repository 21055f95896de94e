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

struct Statement {
  std::string_view sql, rule;  // "": allowed
};

template <std::size_t kSize>
void Check(const Statement (&statements)[kSize]) {
  for (const auto& [sql, rule] : statements) EXPECT_EQ(RuleFor(sql, HostileChecker()), rule) << sql;
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
         {"SELECT coalesce(home, 'x') FROM t", "user-cast"},
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
                                  "SELECT f(*, a)"};
  Tree tree;
  for (const std::string_view sql : bad) {
    ParseError error;
    EXPECT_FALSE(Parse(sql, {}, &tree, &error)) << sql;
    EXPECT_EQ(error.finding.rule, "syntax-error") << sql;
  }
}

}  // namespace
}  // namespace toomai::validator::test
