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
    policy.allowed_user_functions = {"public.rows_of(integer)",
                                     "public.first_of(anyelement)",
                                     "public.first_in(anyarray)",
                                     "public.all_of(anycompatible)",
                                     "public.bound_of(anyrange)",
                                     "public.span_of(anyelement)",
                                     "public.either(anycompatible,anycompatible)",
                                     "public.nth(integer,anyelement)",
                                     "public.pick(anyelement)",
                                     "public.pick(anyelement,integer)",
                                     "public.two(integer)",
                                     "public.two(text)"};
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

// What a rule refuses gets another verdict when the rule is switched off.
template <std::size_t kSize>
void Check(const Statement (&statements)[kSize], const Checker& checker = HostileChecker()) {
  for (const auto& [sql, rule] : statements) {
    EXPECT_EQ(RuleFor(sql, checker), rule) << sql;
    if (rule.empty()) continue;
    const Checker without(checker.catalog(), checker.policy(), RuleSet().Add(*FindRule(rule)));
    EXPECT_NE(RuleFor(sql, without), rule) << sql;
  }
}

// The same tables in a database where nobody made anything else.
const Checker& PlainChecker() {
  struct Plain : HostileCatalog {
    std::vector<const CatalogFunction*> FindFunctions(std::string_view) const override { return {}; }
    std::vector<const CatalogOperator*> FindOperators(std::string_view) const override { return {}; }
    const std::vector<CatalogCast>& UserCasts() const override { return none; }
    bool HasUserFunctions() const override { return false; }
    bool HasUserOperators() const override { return false; }
    std::vector<CatalogCast> none;
  };
  static const Plain catalog;
  static const Checker checker(&catalog, Policy());
  return checker;
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
         {"SELECT b BETWEEN 'x' AND 'y' FROM t", "shadowed-operator"},  // by its <=
         {"SELECT home BETWEEN home AND home FROM t", "shadowed-operator"},
         {"SELECT ROW(1)::pair BETWEEN NULL AND NULL", "user-cast"},
         {"SELECT NULL::box_t BETWEEN NULL AND NULL", "shadowed-operator"},
         {"SELECT id BETWEEN 1 AND 2 FROM t", ""},
         {"SELECT id BETWEEN 1 AND (b = 'x')::int FROM t", "shadowed-operator"},
         {"SELECT b NOT ILIKE ANY (ARRAY[b]), b ILIKE ANY (ARRAY[b]) FROM t", "shadowed-operator"},
         {"SELECT a NOT LIKE ANY (ARRAY['x']), a LIKE ALL (ARRAY['x']), a ILIKE ANY (ARRAY['x']) FROM t", ""},
         {"SELECT 'x' <> 'y'", "shadowed-operator"},  // text <> address might be meant
         {"SELECT a <> 'x', id <> 1 FROM t", ""},
         {"SELECT ROW(b, 1) = ROW(b) FROM t", "shadowed-operator"},
         {"SELECT ROW(1, b) = ROW(1) FROM t", "shadowed-operator"},
         {"SELECT (id, b) IN (SELECT id, b FROM t) FROM t", "shadowed-operator"},
         {"SELECT (id, a) IN (SELECT id, a FROM t) FROM t", ""},
         {"SELECT (id, a) = (SELECT id, a FROM t) FROM t", ""},
         {"SELECT (nosuch, 1) = (SELECT 1, 2)", "unknown-column"},
         {"SELECT (1, 2) = (SELECT nosuch, 1)", "unknown-column"},
         {"SELECT x = ARRAY[1], x = '{1}', id = id::bigint FROM t", ""},
         {"SELECT id OPERATOR(other.<+>) 1 FROM t", "unknown-operator"},
         {"SELECT array_agg(id ORDER BY id USING <+>) FROM t", "user-operator"},
         {"SELECT array_agg(id ORDER BY id USING <) FROM t", ""},
         {"SELECT concat_ws(',', a, id) FROM t", "shadowed-function"},
         {"SELECT pg_catalog.concat_ws(',', a, id), left(a, 2) FROM t", "shadowed-function"},
         {"SELECT pg_catalog.left(a, 2) FROM t", ""},
         {"SELECT lower() FROM t", "shadowed-function"},
         {"SELECT lower(x => name) FROM t", "shadowed-function"},
         {"SELECT two(1), two('a'), two() FROM t", ""},
         {"SELECT now()", "shadowed-function"},
         {"SELECT reverse(a) FROM t", "shadowed-function"},  // the last parameter may be VARIADIC
         {"SELECT strpos(a, a), right(a, 2) FROM t", ""},
         {"SELECT right(b, 2) FROM t", "shadowed-function"},
         {"SELECT a @@ a, id = x FROM t", ""},
         {"SELECT '{a}' && '{b}'", "shadowed-operator"},
         {"SELECT 'a' <-> 'b'", "shadowed-operator"},
         {"SELECT a LIKE a FROM t", ""},
         {"SELECT a LIKE b FROM t", "shadowed-operator"},
         {"SELECT ROW(1, b) = first_of(t) FROM t", "shadowed-operator"},
         {"SELECT ROW(1, a) = first_of(t) FROM t", ""},
         {"SELECT id, pg_catalog.lower(id) FROM t JOIN (SELECT 1::bigint AS id) s USING (id)", ""},
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
         {"SELECT id FROM v_unknown", "view-not-allowed"},
         {"SELECT id FROM v_broken", "view-not-allowed"},
         {"SELECT id FROM v_locks", "view-not-allowed"},
         {"SELECT id FROM v_open, v_narrow, v_stored, v_attribute", "ambiguous-column"},
         {"SELECT * FROM v_open, v_narrow, v_stored, v_attribute", ""},
         {"SELECT name FROM customers", "denied-column"},
         {"SELECT id FROM customers", ""}});
}

TEST(Hostile, TypesOfEachKind) {
  Check({{"SELECT NULL::untold, NULL::fresh, NULL::bare, NULL::spans, NULL::blob_t, NULL::faceless", ""},
         {"SELECT NULL::torn", "user-type"},
         {"SELECT NULL::shell", "internal-type"},
         {"SELECT NULL::holder", "user-type"},
         {"SELECT NULL::vague", "user-type"},
         {"SELECT NULL::moved", "user-type"},
         {"SELECT NULL::looped", ""},
         {"SELECT NULL::rowed", ""},
         {"SELECT NULL::otherdb.public.mood", ""},  // this catalog does not say which database it is
         {"SELECT CAST(1 AS SETOF int)", "internal-type"},
         {"SELECT 1::numeric(pg_sleep(1))", "function-not-allowed"},
         {"SELECT 1::numeric(10, 2), 'a'::varchar(3), bit(3) '101', interval '1' day", ""},
         {"SELECT (NULL::faceless).anything", ""},
         {"SELECT (NULL::faceless).act", "attribute-call"},
         {"SELECT (NULL::untold).x", "unknown-column"},
         {"SELECT (NULL::nest).p, ((NULL::nest).p).b", ""},
         {"SELECT ((NULL::nest).p).nosuch", "unknown-column"},
         {"SELECT (NULL::nest[]).p", "unknown-column"},
         {"SELECT (NULL::rowed).m", ""},
         {"SELECT (NULL::rowed).nosuch", "unknown-column"},
         {"SELECT * FROM unnest(ARRAY[NULL::faceless])", ""},
         {"SELECT anything FROM unnest(ARRAY[NULL::faceless])", ""},
         {"SELECT json_populate_record(NULL::pair, '{}'), json_populate_record(base => NULL::pair, from_json => '{}')",
          ""},
         {"SELECT json_populate_record(t, '{}') FROM t", "user-type"},
         {"SELECT json_populate_record(from_json => '{}', base => t) FROM t", "user-type"},
         {"SELECT json_populate_record(NULL, '{}'), json_populate_record(1, '{}'), json_populate_record(1 + 1, '{}')",
          ""},
         {"SELECT json_populate_record()", ""},
         {"SELECT rowed(1)", ""},
         {"SELECT mood()", "unknown-function"},
         {"SELECT mood('a', 'b')", "unknown-function"},
         {"SELECT mood(1), public.mood('calm')", ""},
         {"SELECT pg_catalog.nosuch(1)", "unknown-function"},
         {"SELECT pg_catalog.jsonb('1'), pg_catalog.mood('x')", "unknown-function"},
         {"SELECT TREAT(1 AS nosuch)", "unknown-type"},
         {"SELECT TREAT('x' AS mood)", "unknown-function"},
         {"SELECT TREAT('x' AS date)", ""},
         {"SELECT TREAT(1 AS int)", ""}});
}

TEST(Hostile, CastsOfFieldsAndOfWhatIsNotKnown) {
  Check({{"SELECT ROW(1, 'x')::pair, ROW(1, NULL)::pair", ""},
         {"SELECT ROW(1, home)::pair FROM t", "user-cast"},
         {"SELECT ROW(1)::pair", "user-cast"},  // not as many fields: nothing is known
         {"SELECT ROW(t.*)::pair FROM t", "user-cast"},
         {"SELECT (SELECT ROW(1, 2))::pair", "user-cast"},
         {"SELECT ARRAY[ROW(1, 'x'), ROW(2, 'y')]::pair[]", ""},
         {"SELECT ARRAY[ROW(1, 'x'), ROW(2, home)]::pair[] FROM t", "user-cast"},
         {"SELECT ROW(ROW(1, 'x'), 2)::nest", ""},
         {"SELECT ROW(ROW(1, home), 2)::nest FROM t", "user-cast"},
         {"SELECT NULL::pair, '(1,x)'::pair", ""},
         {"SELECT 1::box_t", "user-cast"},
         {"SELECT 1::other.boxed", ""},
         {"SELECT 1::boxed", "user-cast"},
         {"SELECT (1 + 1)::public.boxed", "user-cast"},
         {"SELECT ROW(t.*, 1)::pair FROM t", "user-cast"},
         {"SELECT (upper(r))::text FROM (SELECT (ROW(1)).*) r", "user-cast"},
         {"SELECT abs(n), upper(NULL::pg_catalog.text) FROM spelled", ""},
         {"SELECT (r).x FROM spelled", "unknown-column"},
         {"SELECT NULL::mood::text, b::text FROM t", ""},  // no function runs
         {"SELECT (id + 1)::text, (1 + 1)::box_t FROM t", "user-cast"},
         {"SELECT r.f1::text FROM (SELECT (ROW(home)).* FROM t) r", "user-cast"},
         {"SELECT r.f1 IS TRUE FROM (SELECT (ROW(home)).* FROM t) r", "user-cast"},
         {"SELECT lower(r.f1) FROM (SELECT (ROW(1)).*) r", "shadowed-function"},
         {"SELECT pg_catalog.lower(r.f1) FROM (SELECT (ROW(1)).*) r", "user-cast"},
         {"SELECT home FROM t UNION SELECT ARRAY[home] FROM t", "user-cast"},
         {"SELECT ARRAY[home] FROM t UNION SELECT ARRAY[home] FROM t", ""},
         {"SELECT rowed FROM rowed UNION SELECT t FROM t", "user-cast"},
         {"SELECT rowed FROM rowed UNION SELECT rowed FROM rowed", ""},
         {"SELECT rowed || 'x' FROM rowed", "shadowed-operator"},
         {"SELECT upper(rowed) FROM rowed", "user-cast"},
         {"SELECT home FROM t UNION SELECT b FROM t", "user-cast"},
         {"SELECT home FROM t UNION SELECT NULL", ""},
         {"SELECT CASE WHEN true THEN NULL ELSE home END, CASE WHEN true THEN 'x' ELSE NULL END FROM t", ""},
         {"SELECT home IS DOCUMENT FROM t", "user-cast"},
         {"SELECT array_to_json(ARRAY[b]) FROM t", "user-cast"},
         {"SELECT json_build_array(), json_build_object()", ""},
         {"SELECT to_json(home) FROM t", "user-cast"},
         {"SELECT to_json(ROW(1))", "user-cast"},
         {"SELECT to_json(rows_of(1))", "user-cast"},
         {"SELECT to_json(json_each('{}'))", ""},
         {"SELECT to_json(NULL::faceless), to_json(1), to_json(ARRAY[1])", ""},
         {"SELECT json_agg(r) FROM (SELECT (ROW(1)).*) r", "user-cast"},
         {"SELECT 1 FROM t WHERE id IN (SELECT 1) LIMIT 1 OFFSET (SELECT home FROM t)", "user-cast"}});
}

// What follows a dot behind a call.
TEST(Hostile, FieldsOfResults) {
  Check(
      {{"SELECT (mode() WITHIN GROUP (ORDER BY p)).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (mode() WITHIN GROUP (ORDER BY p)).act FROM (SELECT NULL::pair AS p) s", "attribute-call"},
       {"SELECT ((percentile_disc(ARRAY[0.5]) WITHIN GROUP (ORDER BY p))[1]).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (percentile_disc(ARRAY[0.5]) WITHIN GROUP (ORDER BY p)).a FROM (SELECT NULL::pair AS p) s",
        "unknown-column"},
       {"SELECT ((array_agg(p))[1]).a, ((array_append(ARRAY[p], p))[1]).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (array_agg(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (max(p)).a, (first_value(p) OVER ()).a, (coalesce(p, p)).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (greatest(p, NULL)).a, (least(NULL, p)).b, (nullif(p, NULL)).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (CASE WHEN true THEN p END).a, (CASE WHEN true THEN NULL ELSE p END).a FROM (SELECT NULL::pair AS p) s",
        ""},
       {"SELECT (CASE WHEN true THEN NULL ELSE p END).act FROM (SELECT NULL::pair AS p) s", "attribute-call"},
       {"SELECT (upper(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (range_merge(p)).a FROM (SELECT NULL::spans AS p) s", "unknown-column"},
       {"SELECT (unnest(ARRAY[p])).a, (unnest(ARRAY[1])) FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (unnest()).a", "unknown-column"},
       {"SELECT (first_of(p)).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (first_of(p)).nosuch FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (first_of(p)).act FROM (SELECT NULL::pair AS p) s", "attribute-call"},
       {"SELECT (first_of(s)).p, ((first_of(s)).p).b FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (first_of(first_of(orders))).a FROM orders", ""},
       {"SELECT (either(NULL, p)).a, (either(p, p)).b FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (either(p, b)).a FROM (SELECT NULL::pair AS p) s, t", "unknown-column"},
       {"SELECT upper(either(NULL, home)) FROM t", "user-cast"},
       {"SELECT (either(NULL, 'x')).a, (bound_of(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (bound_of(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (span_of(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (first_of(x => p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (first_in(ARRAY[p])).a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (first_in(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (all_of(p))[1].a, (all_of(p))[1].act FROM (SELECT NULL::pair AS p) s", "attribute-call"},
       {"SELECT (all_of(p))[1].a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (all_of(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (first_of()).a", "unknown-column"},
       {"SELECT (first_of(1)).x", "unknown-column"},
       {"SELECT (two(1)).x", "unknown-column"},
       {"SELECT (two('a')).act", "attribute-call"},
       {"SELECT ((home).next[1:2]).city FROM t", ""},
       {"SELECT (x[1:2]).city FROM t", "unknown-column"},
       {"SELECT (x)[1:2][1].act FROM t", "attribute-call"},
       {"SELECT (ARRAY[p])[1].a, (ARRAY[p] || p)[1].a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (nth(1, p)).a, (nth(1, p)).b FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (pick(p)).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (first_of(p, p)).a FROM (SELECT NULL::pair AS p) s", "user-function"},
       {"SELECT (nosuch(1)).a", "unknown-function"},
       {"SELECT (CASE WHEN true THEN 'x' END).a", "unknown-column"},
       {"SELECT (p || p).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT pg_catalog.upper((t).home.city), pg_catalog.upper((NULL::nest).p.b) FROM t", ""},
       {"SELECT (max(x)).y FROM t", "unknown-column"},
       {"SELECT (- p).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (- home).city FROM t", "user-cast"},
       {"SELECT (p + p).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (1 + p).a FROM (SELECT NULL::pair AS p) s", "unknown-column"},
       {"SELECT (ROW(1)).f", "unknown-column"},
       {"SELECT (ROW((home).*)).f1 FROM t", "unknown-column"},
       {"SELECT (ROW(home)).f1, ((ROW(home)).f1).city FROM t", ""},
       {"SELECT (SELECT (ROW(1)).*)", ""},
       {"SELECT (array_agg(id ORDER BY id)).x FROM t", "unknown-column"},
       {"SELECT (p COLLATE \"C\").a FROM (SELECT NULL::pair AS p) s", ""},
       {"SELECT (B'1').x, (X'1').x", "unknown-column"},
       {"SELECT (ctid).x FROM t", "unknown-column"},
       {"SELECT ((1, 2) OVERLAPS (3, 4)).x FROM t", "unknown-column"}});
  Check({{"SELECT (a IS JSON).y FROM t", "unknown-column"},
         {"SELECT (JSON_VALUE(a, '$' RETURNING mood)).x FROM t", "unknown-column"},
         {"SELECT (JSON_SCALAR(1)).x", "unknown-column"},
         {"SELECT (CAST('(1,x)' AS pair)).b, (XMLSERIALIZE(CONTENT a AS text)).x FROM t", "unknown-column"}},
        NewestChecker());
}

// Where the columns of an item are not known, any name may be one of them, but none that would call something.
TEST(Hostile, ColumnsThatNobodyCanName) {
  Check(
      {{"SELECT z, f1, abs FROM (SELECT (ROW(1)).*) r", ""},
       {"SELECT r.pg_sleep FROM (SELECT (ROW(1)).*) r", "attribute-call"},
       {"SELECT act FROM (SELECT (ROW(1)).*) r", "unknown-column"},
       {"SELECT z FROM (SELECT (ROW(1)).*) r, (SELECT (ROW(2)).*) s", ""},
       {"SELECT a FROM (SELECT (ROW(1)).*) r, (t CROSS JOIN orders) AS j", "ambiguous-column"},
       {"SELECT id FROM t ORDER BY - 'x'", ""},
       {"SELECT key FROM ROWS FROM (bound_of(1), json_each('{}')) AS r", ""},
       {"SELECT key FROM ROWS FROM (bound_of(NULL::spans), json_each('{}')) AS r", ""},
       {"SELECT id FROM (SELECT (ROW(1)).*) r, t", ""},
       {"SELECT id FROM t, (SELECT (ROW(1)).*) r", ""},
       {"SELECT f1 FROM (SELECT (ROW(1)).*) r NATURAL JOIN t", ""},
       {"SELECT r.id FROM t NATURAL JOIN (SELECT (ROW(1)).*) r", ""},
       {"SELECT id FROM t JOIN (SELECT (ROW(1)).*) r USING (id)", "user-cast"},  // it may be an address
       {"SELECT a FROM (SELECT (ROW(1, 2)).*) AS r (a, b)", ""},
       {"SELECT f1 FROM (SELECT (ROW(1)).*) r ORDER BY f1, z", ""},
       {"SELECT (ROW(1)).* ORDER BY 1", ""},
       {"SELECT (ROW(1)).* ORDER BY f1", "unknown-column"},
       {"SELECT (ROW(1)).* UNION SELECT 1 ORDER BY f1 + 1", "unknown-column"},
       {"SELECT 1 UNION SELECT (ROW(1)).* ORDER BY 1", ""},
       {"SELECT 1 AS f1 INTERSECT SELECT (ROW(1)).*", ""},
       {"WITH a (x, y) AS (SELECT (ROW(1, 2)).*) SELECT x FROM a", ""},
       {"WITH RECURSIVE a AS (SELECT (ROW(1)).* UNION ALL SELECT * FROM a WHERE false) SEARCH DEPTH FIRST BY f1 SET o "
        "SELECT f1 FROM a",
        ""},
       {"SELECT query FROM pg_stat_statements", "system-catalog"},
       {"SELECT query FROM public.pg_stat_statements", "system-catalog"},
       {"SELECT 1 FROM t TABLESAMPLE pg_catalog.bernoulli (1), t u TABLESAMPLE system (1)", ""},
       {"SELECT 1 FROM t TABLESAMPLE other.bernoulli (1)", "user-function"},
       {"SELECT x FROM first_of(1) AS x, json_to_record('{}') AS (a int)", ""},
       {"SELECT * FROM json_to_record('{}')", ""},
       {"SELECT * FROM current_date, coalesce(1, 2) AS c", ""},
       {"SELECT * FROM unnest()", ""},
       {"SELECT u, v FROM unnest(ARRAY[home], ARRAY[1]) AS s (u, v) , t", "unknown-column"},
       {"SELECT city, n FROM t, unnest(ARRAY[home], ARRAY[1]) AS s (city, code, next, n)", ""},
       {"SELECT * FROM t, unnest(ARRAY[1], ARRAY[a]) AS s (p, q), unnest(ARRAY[b], ARRAY[b]) AS r", ""},
       {"SELECT lexeme FROM unnest(to_tsvector('a'))", ""},
       {"SELECT * FROM unnest(ARRAY[1], to_tsvector('a'))", ""},
       {"SELECT 1 FROM (VALUES ((SELECT home FROM t), 1), ('x', 2)) v (h, n) WHERE h IS NOT NULL", ""},
       {"SELECT 1 FROM t LIMIT ALL OFFSET 1", ""}});
}

// Depth and width beyond which the types of values are not followed.
TEST(Hostile, TypesAreFollowedSoFar) {
  const auto repeat = [](std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
  };
  const auto nested = [&](int depth) {
    return "SELECT " + repeat("ARRAY[", depth) + "ROW(1, home)" + repeat("]", depth) + "::pair[] FROM t";
  };
  EXPECT_EQ(RuleFor(nested(6), HostileChecker()), "user-cast") << "PostgreSQL has arrays of six dimensions";
  EXPECT_EQ(RuleFor(nested(30), HostileChecker()), "") << "which it refuses itself";
  const std::string rows = repeat(", (1)", 100);
  EXPECT_EQ(RuleFor("SELECT x.a || 'x' FROM (VALUES (1), (2)) x (a)", HostileChecker()), "");
  EXPECT_EQ(RuleFor("SELECT x.a || 'x' FROM (VALUES (1)" + rows + ") x (a)", HostileChecker()), "shadowed-operator");
}

TEST(Hostile, RecursionWithoutAnEnd) {
  Check(
      {{"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c LIMIT 5", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, abs(n), act FROM c",
        "unknown-column"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT abs(n), n FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT two(n) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c ORDER BY n LIMIT 5",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n = 0",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c GROUP BY n",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT DISTINCT n FROM c",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) TABLE c", "unbounded-recursion"},
       {"SELECT * FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c) x",
        "unbounded-recursion"},
       {"SELECT * FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c LIMIT 5) x",
        ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION SELECT n + 1 FROM c) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) CYCLE n SET m USING p SELECT count(*) FROM c",
        ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + id FROM c, t) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT (SELECT n + 1 FROM c)) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL (SELECT n + 1 FROM c)) SELECT count(*) FROM c",
        "unbounded-recursion"},
       {"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL (SELECT n + 1 FROM c LIMIT 1)) SELECT count(*) FROM c", ""},
       {"WITH RECURSIVE c(n) AS (SELECT 1 INTERSECT SELECT n FROM c) SELECT n FROM c", "recursive-reference"}});
  Policy uncapped;
  uncapped.max_rows = -1;
  const Checker checker(HostileChecker().catalog(), uncapped);
  EXPECT_EQ(RuleFor("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c", checker),
            "unbounded-recursion");
}

TEST(Hostile, NothingOfUsersIsThere) {
  Check({{"SELECT id BETWEEN 1 AND 2, a LIKE 'x', a SIMILAR TO 'x', id IN (1, 2), nullif(id, 1), overlay('a', 'b', 1) "
          "FROM t",
          ""},
         {"SELECT CASE id WHEN 1 THEN 2 END, (id, a) = (1, 'x'), 1::text, int4('5'), substring('abc', 2) FROM t", ""},
         {"SELECT * FROM t JOIN a USING (id), (SELECT 1 AS id) s NATURAL JOIN orders", ""},
         {"SELECT id @@@@ 1 FROM t", "unknown-operator"},
         {"SELECT id ->> 1 FROM t", ""},
         {"SELECT nosuch(1)", "unknown-function"},
         {"SELECT public.act('x')", "unknown-function"},
         {"SELECT (nosuch(1)).x", "unknown-function"},
         {"SELECT t.pg_sleep FROM t", "attribute-call"},
         {"SELECT t.nosuch FROM t", "unknown-column"},
         {"SELECT r.nosuch FROM (SELECT (ROW(1)).*) r", ""},
         {"SELECT home || 'x', upper(home::text), to_json(b), 1::box_t FROM t", ""}},
        PlainChecker());
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
         {"SELECT lpad('x', length => 2000000000), repeat('x', NULL), repeat('x', TRUE), repeat('x', '1e999')",
          "generated-bytes"},
         {"SELECT repeat('x', NULL), repeat('x', '1e999'), repeat('x', 'inf'), repeat('x', power()::int)", ""},
         {"SELECT repeat('x', power(2)::int), repeat('x'), lpad('x'), repeat(left('x', 5), 10), array_fill(1)",
          "shadowed-function"},
         {"SELECT repeat('x', power(2)::int), repeat('x'), lpad('x'), repeat(substr('x', 5), 10), array_fill(1)", ""},
         {"SELECT repeat(version(), 5)", "function-not-allowed"},
         {"SELECT repeat(pi()::text, 5), repeat(current_date::text, 5), repeat(pi(), 5)", ""},
         {"SELECT 1 FROM generate_series()", ""},
         {"SELECT 1 FROM generate_series(5)", ""},
         {"SELECT repeat(string => 'xyz', number => 1000000), repeat(a, 10) FROM t", "generated-bytes"},
         {"SELECT repeat(a, 1000000000) FROM t", "generated-bytes"},
         {"SELECT repeat(a || 'x', 1000000000) FROM t", "generated-bytes"},
         {"SELECT repeat('x' || a, 1000000000) FROM t", "generated-bytes"},
         {"SELECT repeat('a' + 'b', 1000000000)", "generated-bytes"},
         {"SELECT format('%*s', true, 'x'), format('%5'), format('%:5s', 'x'), format('%-5s', 'x')", ""},
         {"SELECT format('%99999999')", "generated-bytes"},
         {"SELECT generate_series(), generate_series(1)", ""},
         {"SELECT 1 FROM current_date, generate_series(1, 10), pi()", ""},
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

// A thousand nodes tell how long a value is; more of them are taken for a long one.
TEST(Hostile, LengthsAreLookedForSoFar) {
  const Checker& checker = ShopChecker();
  const auto joined = [](int pieces) {
    std::string text = "'x'";
    for (int i = 1; i < pieces; ++i) text += " || 'x'";
    return "SELECT repeat(" + text + ", 100)";
  };
  EXPECT_EQ(RuleFor(joined(250), checker), "");  // twice 499, and the count
  EXPECT_EQ(RuleFor(joined(251), checker), "generated-bytes");
  // Through queries that build on each other, too; nothing is looked at for each of their many readers anew.
  std::string chain = "WITH c0 AS (SELECT repeat('x', 1000) AS a)";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = "c" + std::to_string(i - 1);
    chain += ", c" + std::to_string(i) + " AS (SELECT a || a || a AS a FROM " + before + ")";
  }
  EXPECT_EQ(RuleFor(chain + " SELECT btrim(a, a) FROM c40", checker), "generated-bytes");
  EXPECT_EQ(RuleFor(chain + " SELECT btrim(a, 'x') FROM c40", checker), "");
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
