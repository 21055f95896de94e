// Precedence, and what is said when a statement cannot be read. That the right statements are read at all is held
// against PostgreSQL's grammar in tests/differential.
#include "validator/parser.h"

#include <gtest/gtest.h>

#include "validator/dump.h"

namespace toomai::validator {
namespace {

// The first select item with every operation in parentheses.
std::string Shape(const Tree& tree, NodeId id) {
  if (id == kNoNode) return "_";
  const Node& node = tree[id];
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return std::string(tree.LastName(id));
    case NodeKind::kLiteral:
      return std::string(tree.LiteralValue(id));
    case NodeKind::kType:
      return std::string(node.name_count > 0 ? tree.LastName(id) : BuiltinTypeName(OpOf<BuiltinType>(node)));
    default:
      break;
  }
  std::string out = "(";
  out += node.name_count > 0 ? tree.LastName(id) : KindName(node.kind);
  if (tree.Has(id, kNegated)) out += "!";
  for (const NodeId child : tree.Children(id)) out += " " + Shape(tree, child);
  return out + ")";
}

std::string Shape(std::string_view expression) {
  Tree tree;
  ParseError error;
  if (!Parse("SELECT " + std::string(expression), {}, &tree, &error)) return error.finding.message;
  const NodeId select = tree.Child(tree.root(), QuerySlots::kBody);
  return Shape(tree, tree.Child(tree.Children(tree.Child(select, SelectSlots::kTargets))[0], 0));
}

TEST(Parser, Precedence) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a + b * c", "(+ a (* b c))"},
      {"a - b - c", "(- (- a b) c)"},
      {"2 ^ 3 ^ 4", "(^ (^ 2 3) 4)"},
      {"- a ^ b", "(^ (- a) b)"},
      {"- a :: int", "(- (Cast a int4))"},
      {"a || b + c", "(|| a (+ b c))"},
      {"a + b @> c * d", "(@> (+ a b) (* c d))"},
      {"a @> b || c", "(|| (@> a b) c)"},
      {"a < b + c", "(< a (+ b c))"},
      {"a = b IS NULL", "(IsTest (= a b))"},
      {"a OR b AND NOT c = d", "(Or a (And b (Not (= c d))))"},
      {"a AND b AND c", "(And a b c)"},
      {"NOT a AND b", "(And (Not a) b)"},
      {"NOT a LIKE b", "(Not (Like a b _))"},
      {"a = b LIKE c || d", "(= a (Like b (|| c d) _))"},
      {"a BETWEEN b + 1 AND c AND d", "(And (Between a (+ b 1) c) d)"},
      {"a NOT IN (1) = b", "(= (In! a (List 1)) b)"},
      {"a IS DISTINCT FROM b = c", "(IsDistinct a (= b c))"},
      {"a AT TIME ZONE b COLLATE c", "(AtTimeZone a (c b))"},
      {"a * b AT TIME ZONE c", "(* a (AtTimeZone b c))"},
      {"a OPERATOR(pg_catalog.*) b * c", "(* a (* b c))"},
      {"(a + b) * c", "(* (+ a b) c)"},
      {"a = ANY (b) || c", "(|| (= a b) c)"},
      {"a + NOT b = c", "(+ a (Not (= b c)))"},
  };
  for (const auto& [sql, shape] : cases) EXPECT_EQ(Shape(sql), shape) << sql;
}

struct Refusal {
  std::string rule, message, marked;
};

Refusal Refuse(std::string_view sql, int version = 15) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.postgres_version = version;
  if (Parse(sql, options, &tree, &error)) return {"accepted", "", ""};
  const Finding& finding = error.finding;
  return {finding.rule, finding.message, std::string(sql.substr(finding.begin, finding.end - finding.begin))};
}

TEST(Parser, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view sql, rule, message, marked;
  };
  const Case cases[] = {
      {"", "empty-statement", "there is no statement", ""},
      {"-- only a comment", "empty-statement", "there is no statement", ""},
      {"SELECT a FROM", "syntax-error", "syntax error at end of input: expected the name of a table", ""},
      {"SELECT a, FROM t", "syntax-error", "syntax error at or near \"FROM\": expected an expression", "FROM"},
      {"SELECT (a FROM t", "syntax-error", "syntax error at or near \"FROM\": expected \")\" or \",\"", "FROM"},
      {"SELECT a FROM t WHERE a = 'x", "syntax-error", "unterminated quoted string", "'x"},
      {"SELECT a < b < c", "syntax-error",
       "syntax error at or near \"<\": this operator cannot follow another of its kind", "<"},
      {"SELECT 1 LIMIT 1, 2", "syntax-error", "LIMIT #,# syntax is not supported", ","},
      {"SELECT * FROM (SELECT 1)", "syntax-error", "subquery in FROM must have an alias", "("},
      {"DELETE FROM t", "not-read-only", "this is a DELETE, not a query", "DELETE"},
      {"insert into t values (1)", "not-read-only", "this is an INSERT, not a query", "insert"},
      {"create temp table x as select 1", "not-read-only", "this is a CREATE TABLE, not a query", "create"},
      {"EXPLAIN SELECT 1", "not-read-only", "this is an EXPLAIN, not a query", "EXPLAIN"},
      {"WITH x AS (SELECT 1) UPDATE t SET a = 1", "not-read-only", "this is an UPDATE, not a query", "UPDATE"},
      {"WITH x AS (DELETE FROM t RETURNING *) SELECT 1", "data-modifying-cte", "the WITH clause holds a DELETE",
       "DELETE"},
      {"SELECT 1; DROP TABLE t", "not-one-statement", "there is more than one statement; the second is a DROP TABLE",
       "; DROP"},
      {"SELECT '\x01'", "invalid-text", "the text holds a control character", "\x01"},
      // Did you mean: only when the statement reads on with the word.
      {"SELCT a FROM t", "syntax-error", "syntax error at or near \"SELCT\": did you mean SELECT?", "SELCT"},
      {"SELECT a FORM t", "syntax-error", "syntax error at or near \"FORM\": did you mean FROM?", "FORM"},
      {"SELECT a FROM t WHER b = 1", "syntax-error", "syntax error at or near \"WHER\": did you mean WHERE?", "WHER"},
      {"SELCT a < b < c", "syntax-error", "syntax error at or near \"SELCT\": did you mean SELECT?", "SELCT"},
      {"SELCT 1; DROP TABLE t", "syntax-error", "syntax error at or near \"SELCT\": did you mean SELECT?", "SELCT"},
      {"WIHT a AS (DELETE FROM t) SELECT 1", "syntax-error", "syntax error at or near \"WIHT\": did you mean WITH?",
       "WIHT"},
      {"SELECT 1 ORDER BY 1 USING {", "syntax-error", "unexpected character", "{"},
      {"SELECT 1 OPERATOR({) 2", "syntax-error", "unexpected character", "{"},
      {"SELECT a FROM t GROPU BY a", "syntax-error", "syntax error at or near \"GROPU\": did you mean GROUP?", "GROPU"},
      {"SELECT a FROM t ODER x", "syntax-error", "syntax error at or near \"x\": expected the end of the statement",
       "x"},
  };
  for (const Case& c : cases) {
    const Refusal refusal = Refuse(c.sql);
    EXPECT_EQ(refusal.rule, c.rule) << c.sql;
    EXPECT_EQ(refusal.message, c.message) << c.sql;
    EXPECT_EQ(refusal.marked, c.marked) << c.sql;
  }
}

TEST(Parser, LaterGrammarsAreReadOnlyByLaterServers) {
  struct Case {
    std::string_view sql;
    int since;
  };
  const Case cases[] = {
      {"SELECT * FROM (SELECT 1)", 16},
      {"SELECT 0x1F, 1_000", 16},
      {"SELECT a IS JSON OBJECT WITH UNIQUE KEYS, a IS NOT JSON", 16},
      {"SELECT JSON_OBJECT('a': 1, 'b' VALUE c FORMAT JSON NULL ON NULL WITH UNIQUE KEYS RETURNING jsonb)", 16},
      {"SELECT JSON_ARRAY(1, 2 ABSENT ON NULL), JSON_ARRAY(SELECT 1), JSON_ARRAY()", 16},
      {"SELECT JSON_OBJECTAGG(k: v) FILTER (WHERE x), JSON_ARRAYAGG(v ORDER BY v) OVER w FROM t WINDOW w AS ()", 16},
      {"SELECT XMLSERIALIZE(CONTENT a AS text INDENT)", 16},
      {"SELECT JSON('{}'), JSON_SCALAR(1), JSON_SERIALIZE(a RETURNING bytea)", 17},
      {"SELECT JSON_QUERY(a, '$' PASSING 1 AS x RETURNING jsonb WITH WRAPPER KEEP QUOTES NULL ON EMPTY ERROR ON ERROR)",
       17},
      {"SELECT JSON_VALUE(a, '$' DEFAULT 1 ON EMPTY), JSON_EXISTS(a, '$' TRUE ON ERROR)", 17},
      {"SELECT a AT LOCAL", 17},
      {"SELECT * FROM JSON_TABLE(a, '$[*]' COLUMNS (id FOR ORDINALITY, x int PATH '$.x', e int EXISTS, NESTED PATH "
       "'$.n' COLUMNS (y text))) AS j",
       17},
  };
  for (const Case& c : cases) {
    for (int version = 15; version <= 18; ++version) {
      EXPECT_EQ(Refuse(c.sql, version).rule == "accepted", version >= c.since) << version << ": " << c.sql << "\n"
                                                                               << Refuse(c.sql, version).message;
    }
  }
}

// The rule of each function's name is asked under it, so that none may be forgotten.
TEST(Parser, SpecialFunctionsAndTypesHaveNames) {
  for (int i = 0; i <= static_cast<int>(SpecialFunction::kMergeAction); ++i)
    EXPECT_NE(SpecialFunctionName(static_cast<SpecialFunction>(i)), "") << i;
  EXPECT_EQ(BuiltinTypeName(BuiltinType::kNamed), "");
  for (int i = 1; i <= static_cast<int>(BuiltinType::kJson); ++i)
    EXPECT_NE(BuiltinTypeName(static_cast<BuiltinType>(i)), "") << i;
}

TEST(Parser, RangesOfNodes) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.postgres_version = 16;
  const std::string_view sql = "SELECT JSON_ARRAY( ), a.b.c + 1";
  ASSERT_TRUE(Parse(sql, options, &tree, &error));
  const auto text = [&](ByteRange range) { return sql.substr(range.begin, range.end - range.begin); };
  std::string ranges;
  for (NodeId id = 0; id < tree.size(); ++id) {
    if (tree[id].kind == NodeKind::kList || tree[id].kind == NodeKind::kColumnRef || tree[id].kind == NodeKind::kBinary)
      ranges += "<" + std::string(text(tree.Range(id))) + ">";
    const bool named = tree[id].name_count > 0;
    EXPECT_EQ(text(named ? tree.NameRange(id) : tree.Range(id)), text(tree.NameRange(id)));
    if (tree[id].kind == NodeKind::kColumnRef) {
      EXPECT_EQ(text(tree.NameRange(id)), "a.b.c");
    }
  }
  EXPECT_EQ(ranges, "<><a.b.c><a.b.c + 1><JSON_ARRAY( ), a.b.c + 1>");
}

// Where another word, sign or end would be wrong, it is told; every line below is one such place.
TEST(Parser, RefusesWhatPostgresRefuses) {
  for (const char* sql : {"SELECT a OPERATOR +",
                          "SELECT 1 OPERATOR(pg_catalog.) 2",
                          "SELECT 1 OPERATOR(a.b) 2",
                          "SELECT NOT a IS NOT",
                          "SELECT a IN b",
                          "SELECT a IN 1",
                          "SELECT a = ANY b",
                          "SELECT a = ANY (1, 2)",
                          "SELECT a IS NOT b",
                          "SELECT a IS NFC",
                          "SELECT a BETWEEN 1",
                          "SELECT a BETWEEN 1 OR 2",
                          "SELECT a LIKE b ESCAPE",
                          "SELECT a SIMILAR b",
                          "SELECT a AT b",
                          "SELECT a AT TIME b",
                          "SELECT a COLLATE 1",
                          "SELECT a NOT b",
                          "SELECT a LIKE b LIKE c",
                          "SELECT - ",
                          "SELECT *a",
                          "SELECT %1",
                          "SELECT a.*.b",
                          "SELECT a.*[1]",
                          "SELECT (a).*.b",
                          "SELECT (a).*[1]",
                          "SELECT (a).1",
                          "SELECT a[1",
                          "SELECT a[1:2",
                          "SELECT CASE",
                          "SELECT CASE WHEN 1 END",
                          "SELECT CASE a END",
                          "SELECT CASE WHEN 1 THEN 2",
                          "SELECT ARRAY",
                          "SELECT ARRAY 1",
                          "SELECT ARRAY[[1], 2]",
                          "SELECT ROW(1",
                          "SELECT (1, 2) OVERLAPS 3",
                          "SELECT (1, 2) OVERLAPS (3)",
                          "SELECT (1, 2, 3) OVERLAPS (1, 2)",
                          "SELECT ROW(1, 2) OVERLAPS ROW(1)",
                          "SELECT ((1, 2)) OVERLAPS (3, 4)",
                          "SELECT f(DISTINCT VARIADIC a)",
                          "SELECT f(VARIADIC a, b)",
                          "SELECT f(a =>)",
                          "SELECT f(a) WITHIN (ORDER BY 1)",
                          "SELECT f(a) WITHIN GROUP (1)",
                          "SELECT f(a ORDER BY b) WITHIN GROUP (ORDER BY c)",
                          "SELECT f(DISTINCT a) WITHIN GROUP (ORDER BY c)",
                          "SELECT f(VARIADIC a) WITHIN GROUP (ORDER BY c)",
                          "SELECT f(a) FILTER (a)",
                          "SELECT f(a) OVER",
                          "SELECT f(a) OVER (ROWS)",
                          "SELECT f(a) OVER (ROWS UNBOUNDED FOLLOWING)",
                          "SELECT f(a) OVER (ROWS 1 FOLLOWING)",
                          "SELECT f(a) OVER (ROWS BETWEEN UNBOUNDED FOLLOWING AND 1 FOLLOWING)",
                          "SELECT f(a) OVER (ROWS BETWEEN 1 PRECEDING AND UNBOUNDED PRECEDING)",
                          "SELECT f(a) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)",
                          "SELECT f(a) OVER (ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW)",
                          "SELECT f(a) OVER (ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)",
                          "SELECT f(a) OVER (ROWS BETWEEN 1 PRECEDING)",
                          "SELECT f(a) OVER (ROWS CURRENT)",
                          "SELECT f(a) OVER (ROWS 1)",
                          "SELECT f(a) OVER (GROUPS 1 PRECEDING EXCLUDE)",
                          "SELECT f(a) OVER (ROWS UNBOUNDED)",
                          "SELECT f(a) OVER (ORDER BY 1 EXCLUDE TIES)",
                          "SELECT CAST(a int)",
                          "SELECT CAST(a AS)",
                          "SELECT EXTRACT(a b)",
                          "SELECT EXTRACT(1 FROM b)",
                          "SELECT NORMALIZE(a, b)",
                          "SELECT POSITION(a)",
                          "SELECT POSITION(a, b)",
                          "SELECT TREAT(a)",
                          "SELECT NULLIF(1)",
                          "SELECT NULLIF(1, 2, 3)",
                          "SELECT COALESCE()",
                          "SELECT GREATEST(",
                          "SELECT COLLATION FOR (1, 2)",
                          "SELECT TRIM(BOTH)",
                          "SELECT XMLELEMENT(a)",
                          "SELECT XMLELEMENT(NAME)",
                          "SELECT XMLELEMENT(NAME a, XMLATTRIBUTES(1)",
                          "SELECT XMLFOREST(1 AS)",
                          "SELECT XMLPARSE(a)",
                          "SELECT XMLPARSE(DOCUMENT)",
                          "SELECT XMLPI(a)",
                          "SELECT XMLROOT(a)",
                          "SELECT XMLROOT(a, VERSION)",
                          "SELECT XMLROOT(a, VERSION '1', STANDALONE 1)",
                          "SELECT XMLSERIALIZE(a AS text)",
                          "SELECT XMLSERIALIZE(CONTENT a text)",
                          "SELECT XMLEXISTS(a)",
                          "SELECT XMLEXISTS(a PASSING)",
                          "SELECT current_time(1.5)",
                          "SELECT current_timestamp()",
                          "SELECT a::",
                          "SELECT a::int[",
                          "SELECT a::int[x]",
                          "SELECT a::int ARRAY[",
                          "SELECT a::float(0)",
                          "SELECT a::float(54)",
                          "SELECT a::bit varying(",
                          "SELECT a::interval(1) day",
                          "SELECT a::interval day to year",
                          "SELECT a::timestamp with zone",
                          "SELECT a::national",
                          "SELECT interval '1' minute to hour",
                          "SELECT interval(1) '1' day",
                          "SELECT f(a) 'x'::",
                          "SELECT numeric(5) x 'y' z",
                          "SELECT 1 AS",
                          "SELECT 1 AS 2",
                          "SELECT 1 a b",
                          "SELECT , 1",
                          "SELECT DISTINCT ON 1",
                          "SELECT DISTINCT ON (1",
                          "SELECT ALL ON (1) 2",
                          "SELECT 1 INTO",
                          "SELECT 1 INTO a.b.c.d FROM t",
                          "SELECT 1 FROM",
                          "SELECT 1 FROM 1",
                          "SELECT 1 FROM a b c",
                          "SELECT 1 FROM a.b.c.d",
                          "SELECT 1 FROM (a)",
                          "SELECT 1 FROM (a b)",
                          "SELECT 1 FROM ((a) CROSS JOIN b)",
                          "SELECT 1 FROM ONLY",
                          "SELECT 1 FROM ONLY (a",
                          "SELECT 1 FROM a JOIN b",
                          "SELECT 1 FROM a JOIN b USING a",
                          "SELECT 1 FROM a JOIN b USING (a) AS",
                          "SELECT 1 FROM a NATURAL b",
                          "SELECT 1 FROM a CROSS b",
                          "SELECT 1 FROM a LEFT b ON true",
                          "SELECT 1 FROM a JOIN LATERAL b ON true",
                          "SELECT 1 FROM LATERAL a",
                          "SELECT 1 FROM ROWS FROM f(1)",
                          "SELECT 1 FROM ROWS FROM (1)",
                          "SELECT 1 FROM f(1) WITH",
                          "SELECT 1 FROM f(1) AS (a)",
                          "SELECT 1 FROM f(1) AS (a int,)",
                          "SELECT 1 FROM a AS (b int)",
                          "SELECT 1 FROM a TABLESAMPLE",
                          "SELECT 1 FROM a TABLESAMPLE x",
                          "SELECT 1 FROM a TABLESAMPLE x (1) REPEATABLE",
                          "SELECT 1 FROM XMLTABLE(a)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c FOR)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c int NOT)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c int NULL NOT NULL)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c int DEFAULT 1 DEFAULT 2)",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c int PATH 'x' PATH 'y')",
                          "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS c int other 1)",
                          "SELECT 1 FROM XMLTABLE(XMLNAMESPACES('a'), 'a' PASSING b COLUMNS c int)",
                          "SELECT 1 WHERE",
                          "SELECT 1 WHERE CURRENT OF c",
                          "SELECT 1 GROUP",
                          "SELECT 1 GROUP BY",
                          "SELECT 1 GROUP BY CUBE (",
                          "SELECT 1 GROUP BY GROUPING SETS",
                          "SELECT 1 GROUP BY GROUPING SETS (1",
                          "SELECT 1 HAVING",
                          "SELECT 1 WINDOW",
                          "SELECT 1 WINDOW a",
                          "SELECT 1 WINDOW a AS 1",
                          "SELECT 1 ORDER",
                          "SELECT 1 ORDER BY",
                          "SELECT 1 ORDER BY 1 NULLS",
                          "SELECT 1 ORDER BY 1 USING",
                          "SELECT 1 ORDER BY 1 USING a",
                          "SELECT 1 ORDER BY 1 USING OPERATOR",
                          "SELECT 1 ORDER BY 1 ASC DESC",
                          "SELECT 1 LIMIT",
                          "SELECT 1 LIMIT 1 LIMIT 2",
                          "SELECT 1 OFFSET 1 OFFSET 2",
                          "SELECT 1 FETCH",
                          "SELECT 1 FETCH FIRST",
                          "SELECT 1 FETCH FIRST 1",
                          "SELECT 1 FETCH FIRST 1 ROW",
                          "SELECT 1 FETCH FIRST 1 ROW WITH",
                          "SELECT 1 FETCH FIRST + ROW ONLY",
                          "SELECT 1 FETCH FIRST 1 ROW WITH TIES",
                          "SELECT 1 LIMIT 1 FETCH FIRST 1 ROW ONLY",
                          "SELECT 1 FOR",
                          "SELECT 1 FOR NO UPDATE",
                          "SELECT 1 FOR KEY UPDATE",
                          "SELECT 1 FOR UPDATE OF",
                          "SELECT 1 FOR UPDATE SKIP",
                          "SELECT 1 FOR UPDATE OF a.b.c.d",
                          "SELECT 1 ORDER BY 1 FETCH FIRST 1 ROW WITH TIES FOR UPDATE SKIP LOCKED",
                          "SELECT 1 UNION",
                          "SELECT 1 UNION ALL DISTINCT SELECT 2",
                          "VALUES",
                          "VALUES 1",
                          "VALUES (1",
                          "TABLE",
                          "TABLE 1",
                          "WITH",
                          "WITH a",
                          "WITH a AS",
                          "WITH a AS 1 SELECT 1",
                          "WITH a AS (SELECT 1)",
                          "WITH a AS (SELECT 1) 2",
                          "WITH a AS (SELECT 1) WITH b AS (SELECT 1) SELECT 1",
                          "WITH a AS (SELECT 1) (WITH b AS (SELECT 1) SELECT 1)",
                          "WITH a AS NOT (SELECT 1) SELECT 1",
                          "WITH a AS (1) SELECT 1",
                          "WITH a() AS (SELECT 1) SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) SEARCH FIRST BY b SET c SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY 1 SET c SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY a SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) CYCLE a SET b SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) CYCLE a SET b TO 1 USING c SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) CYCLE a SET b TO (1) DEFAULT 2 USING c SELECT 1",
                          "WITH RECURSIVE a AS (SELECT 1) CYCLE a SET b TO x DEFAULT 2 USING c SELECT 1",
                          "(SELECT 1) ORDER BY 1 ORDER BY 2",
                          "(SELECT 1 ORDER BY 1) ORDER BY 2",
                          "(SELECT 1 LIMIT 1) LIMIT 2",
                          "(SELECT 1",
                          "SELECT 1)",
                          "SELECT 1 FROM (SELECT 1",
                          "SELECT (SELECT 1",
                          "SELECT EXISTS (1)",
                          "SELECT 1 +",
                          "SELECT a.",
                          "SELECT a..b",
                          "SELECT .a",
                          "SELECT 1 \x01",
                          "SELECT 1 'a'",
                          "SELECT $"}) {
    EXPECT_EQ(Refuse(sql).rule,
              std::string_view(sql).find('\x01') == std::string_view::npos ? "syntax-error" : "invalid-text")
        << sql;
  }
}

TEST(Parser, WordsThatAreNamesHere) {
  for (const char* sql :
       {"SELECT a AS limit, b AS all FROM t",
        "SELECT operator, a operator FROM t",
        "SELECT a and FROM t, u",
        "SELECT a in FROM t",
        "SELECT a like, b or FROM t",
        "SELECT a is FROM t UNION SELECT 1",
        "SELECT a collate INTO x FROM t",
        "SELECT a not GROUP BY 1",
        "SELECT a not WINDOW w AS ()",
        "SELECT a not UNION SELECT 1",
        "SELECT a not INTERSECT SELECT 1",
        "SELECT a not EXCEPT SELECT 1",
        "SELECT a not ORDER BY 1",
        "SELECT a not FETCH FIRST ROW ONLY",
        "SELECT a not FOR UPDATE",
        "SELECT a not LIMIT 1",
        "SELECT a not OFFSET 1",
        "SELECT a not HAVING true",
        "SELECT a not WHERE true",
        "SELECT nulls, time, ordinality FROM with_time",
        "SELECT 1 ORDER BY nulls NULLS LAST",
        "SELECT 1 FROM rows",
        "SELECT 1 FROM rows r",
        "SELECT rows FROM t",
        "SELECT json FROM t",
        "SELECT format FROM t",
        "SELECT without FROM t",
        "SELECT 1 FROM xmltable",
        "SELECT grouping(a), sets FROM t GROUP BY a",
        "SELECT 1 FROM t GROUP BY rollup, cube",
        "SELECT recursive.a FROM recursive",
        "WITH recursive AS (SELECT 1) SELECT 1",
        "WITH recursive (a) AS (SELECT 1) SELECT 1",
        "SELECT 1 FOR READ ONLY",
        "(SELECT 1) INTERSECT SELECT 2",
        "(SELECT 1) EXCEPT SELECT 2",
        "((SELECT 1) UNION SELECT 2) FETCH FIRST ROW ONLY",
        "(SELECT 1) FOR UPDATE",
        "((SELECT 1) FETCH FIRST 2 ROWS ONLY) OFFSET 1",
        "SELECT ((SELECT 1) INTERSECT SELECT 2)",
        "SELECT ((SELECT 1) EXCEPT SELECT 2)",
        "SELECT ((SELECT 1) FETCH FIRST ROW ONLY)",
        "SELECT ((SELECT 1) FOR UPDATE)",
        "SELECT ((SELECT 1) ORDER BY 1)",
        "SELECT ((SELECT 1) LIMIT 1)",
        "SELECT ((SELECT 1) OFFSET 1)",
        "SELECT 1 FROM ((SELECT 1) UNION SELECT 2) a",
        "SELECT 1 FROM (a CROSS JOIN b) CROSS JOIN c",
        "SELECT 1 FROM ((a CROSS JOIN b) x CROSS JOIN c)",
        "SELECT 1 FROM (((a CROSS JOIN b)) CROSS JOIN c)",
        "SELECT 1 FROM ((SELECT 1) x CROSS JOIN b)",
        "SELECT 1 INTO TABLE x",
        "SELECT 1 INTO LOCAL TEMP x",
        "SELECT 1 INTO GLOBAL TEMPORARY TABLE x",
        "SELECT 1 INTO UNLOGGED x",
        "SELECT 1::smallint, 1::bigint, 1::real, 1::float, 1::float(24), 1::float(25), 1::decimal(3), 1::dec, "
        "'a'::character(3), 'a'::varchar, 'a'::nchar varying(3), 'a'::national char, 'a'::char varying",
        "SELECT smallint '1', bigint '1', real '1', float '1', float(10) '1', decimal '1', character(2) 'a', "
        "varchar(2) 'b', nchar 'a', boolean 't', bit '1', time '1:00', timestamp(1) without time zone '2024-01-01', "
        "interval '1' minute to second, interval '1' hour to second, interval '1' month, interval '1' second(2), "
        "interval '1' minute",
        "SELECT a IS NFD NORMALIZED, a IS NFKC NORMALIZED, a IS NOT NFKD NORMALIZED, a IS NORMALIZED, NORMALIZE(a, "
        "NFD), NORMALIZE(a, NFKC), NORMALIZE(a, NFKD)",
        "SELECT 1 FETCH FIRST +2 ROWS ONLY",
        "SELECT 1 FETCH FIRST -1.5 ROW ONLY",
        "SELECT 1 FETCH NEXT 1.5 ROWS ONLY",
        "SELECT 1 FETCH FIRST (1 + 1) ROWS ONLY",
        "SELECT 1 OFFSET 1 ROWS",
        "SELECT 1 OFFSET a ROW",
        "SELECT 1 FOR UPDATE FOR SHARE OF a, b NOWAIT",
        "SELECT XMLPARSE(DOCUMENT a STRIP WHITESPACE), XMLPARSE(CONTENT a), XMLEXISTS('a' PASSING BY VALUE b BY REF), "
        "XMLROOT(a, VERSION NO VALUE, STANDALONE NO VALUE), XMLROOT(a, VERSION 1, STANDALONE NO)",
        "SELECT 1 FROM XMLTABLE('a' PASSING b COLUMNS \"PATH\" int, path text PATH 'x' NULL)",
        "SELECT 1 FROM f(1) WITH ORDINALITY",
        "SELECT 1 FROM f(1) AS t(a int, b text COLLATE \"C\")",
        "SELECT 1 FROM coalesce(1)",
        "SELECT 1 FROM current_date",
        "SELECT 1 FROM CAST(1 AS int) x"}) {
    EXPECT_EQ(Refuse(sql).rule, "accepted") << sql << ": " << Refuse(sql).message;
  }
}

}  // namespace
}  // namespace toomai::validator
