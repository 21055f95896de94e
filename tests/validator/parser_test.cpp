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

}  // namespace
}  // namespace toomai::validator
