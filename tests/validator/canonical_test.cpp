// What is sent for what was written.
#include "validator/canonical.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>

namespace toomai::validator {
namespace {

struct Sent {
  std::string text;
  std::int64_t limit = -2;
};

Sent Send(std::string_view sql, std::int64_t max_rows, int version = 15) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.postgres_version = version;
  if (!Parse(sql, options, &tree, &error)) return {"error: " + error.finding.message};
  Canonical canonical;
  if (!MakeCanonical(tree, max_rows, options, &canonical)) return {"not reproducible"};
  return {canonical.text, canonical.limit};
}

TEST(Canonical, OneSpellingForEverything) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"select  a,b from  T1 -- comment\n;", "SELECT a, b FROM t1"},
      {"select/**/1/* x */+2;;", "SELECT 1 + 2"},
      {"; select 1", "SELECT 1"},
      {"select 'it''s', E'a\\'b', $$x'y$$, 'a\\b', E'\\n'", "SELECT 'it''s', 'a''b', 'x''y', E'a\\\\b', E'\\n'"},
      {"select 'a'\n'b', U&'\\0061' , E'\\x01'", "SELECT 'ab', 'a', E'\\x01'"},
      {"select b'01', X'1f', n'x'", "SELECT B'01', X'1f', NCHAR 'x'"},
      {"select \"a\", \"A\", \"select\", \"a b\", \"x\"\"y\", U&\"\\0061\", é",
       "SELECT a, \"A\", \"select\", \"a b\", \"x\"\"y\", a, \"é\""},
      {"select json_table from t", "SELECT \"json_table\" FROM t"},  // a keyword of later versions
      {"select NAME, x.SELECT from t as VALUE", "SELECT name, x.select FROM t AS value"},
      {"select count( * ), COALESCE (a , 1)::INT", "SELECT count(*), COALESCE(a, 1)::INT"},
      {"select a != b, a <> b, - 1, a [1], a . b", "SELECT a <> b, a <> b, - 1, a[1], a.b"},
      {"select array [1,2], (a).b, x[1:2]", "SELECT ARRAY[1, 2], (a).b, x[1 : 2]"},
      {"select 1 where a in (1,2) and exists(select 1)", "SELECT 1 WHERE a IN (1, 2) AND EXISTS (SELECT 1)"},
      {"select 1.5e3, .5, $1", "SELECT 1.5e3, .5, $1"},
  };
  for (const auto& [sql, sent] : cases) EXPECT_EQ(Send(sql, -1).text, sent) << sql;
}

TEST(Canonical, LimitIsInjectedOrLowered) {
  struct Case {
    std::string_view sql, sent;
    std::int64_t limit;
  };
  const Case cases[] = {
      {"SELECT 1", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 ORDER BY 1;", "SELECT 1 ORDER BY 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT 5", "SELECT 1 LIMIT 5", 5},
      {"SELECT 1 LIMIT 10", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT 11", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT (99)", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT 99999999999999999999", "SELECT 1 LIMIT LEAST(99999999999999999999, 10)", 10},
      {"SELECT 1 LIMIT 0", "SELECT 1 LIMIT 0", 0},
      {"SELECT 1 LIMIT ALL", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT NULL", "SELECT 1 LIMIT 10", 10},
      {"SELECT 1 LIMIT 2 + 3", "SELECT 1 LIMIT LEAST(2 + 3, 10)", 10},
      {"SELECT 1 LIMIT (SELECT 3)", "SELECT 1 LIMIT LEAST((SELECT 3), 10)", 10},
      {"SELECT 1 LIMIT -1", "SELECT 1 LIMIT LEAST(- 1, 10)", 10},
      {"SELECT 1 LIMIT '7'", "SELECT 1 LIMIT LEAST('7', 10)", 10},
      {"SELECT 1 LIMIT 99 OFFSET 3", "SELECT 1 LIMIT 10 OFFSET 3", 10},
      {"SELECT 1 OFFSET 3", "SELECT 1 OFFSET 3 LIMIT 10", 10},
      {"SELECT 1 OFFSET 3 ROWS", "SELECT 1 OFFSET 3 ROWS LIMIT 10", 10},
      {"SELECT 1 OFFSET 3 LIMIT 99", "SELECT 1 OFFSET 3 LIMIT 10", 10},
      {"SELECT 1 OFFSET 3 FOR READ ONLY", "SELECT 1 OFFSET 3 LIMIT 10 FOR READ ONLY", 10},
      {"SELECT 1 FETCH FIRST ROW ONLY", "SELECT 1 FETCH FIRST ROW ONLY", 1},
      {"SELECT 1 FETCH NEXT 5 ROWS ONLY", "SELECT 1 FETCH NEXT 5 ROWS ONLY", 5},
      {"SELECT 1 FETCH FIRST 50 ROWS ONLY", "SELECT 1 FETCH FIRST 10 ROWS ONLY", 10},
      {"SELECT 1 FETCH FIRST (5 + 6) ROWS ONLY", "SELECT 1 FETCH FIRST LEAST((5 + 6), 10) ROWS ONLY", 10},
      {"SELECT 1 ORDER BY 1 FETCH FIRST 50 ROWS WITH TIES", "SELECT 1 ORDER BY 1 FETCH FIRST 10 ROWS ONLY", 10},
      {"SELECT 1 ORDER BY 1 FETCH FIRST 5 ROWS WITH TIES", "SELECT 1 ORDER BY 1 FETCH FIRST 5 ROWS WITH TIES", 10},
      {"(SELECT 1)", "(SELECT 1 LIMIT 10)", 10},
      {"((SELECT 1 ORDER BY 1))", "((SELECT 1 ORDER BY 1 LIMIT 10))", 10},
      {"(SELECT 1 LIMIT 50)", "(SELECT 1 LIMIT 10)", 10},
      {"(SELECT 1) ORDER BY 1", "(SELECT 1) ORDER BY 1 LIMIT 10", 10},
      {"(SELECT 1 LIMIT 50) OFFSET 2", "(SELECT 1 LIMIT 10) OFFSET 2", 10},
      {"(SELECT 1 OFFSET 2) ORDER BY 1", "(SELECT 1 OFFSET 2 LIMIT 10) ORDER BY 1", 10},
      {"SELECT 1 UNION SELECT 2", "SELECT 1 UNION SELECT 2 LIMIT 10", 10},
      {"(SELECT 1 LIMIT 50) UNION (SELECT 2 LIMIT 60)", "(SELECT 1 LIMIT 50) UNION (SELECT 2 LIMIT 60) LIMIT 10", 10},
      {"WITH a AS (SELECT 1 LIMIT 99) SELECT * FROM a", "WITH a AS (SELECT 1 LIMIT 99) SELECT * FROM a LIMIT 10", 10},
      {"WITH a AS (SELECT 1) (SELECT 1 LIMIT 99)", "WITH a AS (SELECT 1) (SELECT 1 LIMIT 10)", 10},
      {"VALUES (1), (2)", "VALUES (1), (2) LIMIT 10", 10},
      {"TABLE t", "TABLE t LIMIT 10", 10},
      {"SELECT 1 -- LIMIT 5", "SELECT 1 LIMIT 10", 10},
      {"SELECT * FROM (SELECT 1 LIMIT 99) x", "SELECT * FROM (SELECT 1 LIMIT 99) x LIMIT 10", 10},
  };
  for (const Case& c : cases) {
    const Sent sent = Send(c.sql, 10);
    EXPECT_EQ(sent.text, c.sent) << c.sql;
    EXPECT_EQ(sent.limit, c.limit) << c.sql;
  }
  EXPECT_EQ(Send("SELECT 1 LIMIT 5000", -1).text, "SELECT 1 LIMIT 5000");
  EXPECT_EQ(Send("SELECT 1 LIMIT 5000", -1).limit, 5000);
  EXPECT_EQ(Send("SELECT 1", -1).limit, -1);
  EXPECT_EQ(Send("SELECT 1 ORDER BY 1 FETCH FIRST 5 ROWS WITH TIES", -1).limit, -1);
  EXPECT_EQ(Send("SELECT 1 ORDER BY 1 FETCH FIRST 10 ROWS WITH TIES", 10).text,
            "SELECT 1 ORDER BY 1 FETCH FIRST 10 ROWS ONLY");
  EXPECT_EQ(Send("SELECT 1 LIMIT 1.5", 10).text, "SELECT 1 LIMIT LEAST(1.5, 10)");
  EXPECT_EQ(Send("SELECT 1 LIMIT 1e2", 10).text, "SELECT 1 LIMIT LEAST(1e2, 10)");
  EXPECT_EQ(Send("SELECT 1 LIMIT 0x99", 10, 16).text, "SELECT 1 LIMIT LEAST(0x99, 10)");
  EXPECT_EQ(Send("SELECT 1 LIMIT 9223372036854775807 OFFSET 1", 10).text, "SELECT 1 LIMIT 10 OFFSET 1");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Send("SELECT 1 LIMIT 1 + 1", kMost).text, "SELECT 1 LIMIT LEAST(1 + 1, 9223372036854775807)");
  EXPECT_EQ(Send("SELECT 1", 0).text, "SELECT 1 LIMIT 0");
  EXPECT_EQ(Send("SELECT 1 FETCH FIRST ROW ONLY", 0).text, "SELECT 1 FETCH FIRST 0 ROWS ONLY");
}

TEST(Canonical, OtherStatementsAreOtherTrees) {
  const auto same = [](std::string_view a, std::string_view b, bool limit_edited = false) {
    Tree left, right;
    ParseError error;
    EXPECT_TRUE(Parse(a, {}, &left, &error) && Parse(b, {}, &right, &error)) << a << " | " << b;
    return SameTree(left, right, limit_edited);
  };
  EXPECT_TRUE(same("SELECT a FROM t", "select B from U")) << "names are compared as tokens";
  const std::pair<std::string_view, std::string_view> others[] = {
      {"SELECT a", "SELECT 1"},
      {"SELECT a", "SELECT a, b"},
      {"SELECT a", "SELECT a.b"},
      {"SELECT a LIKE b", "SELECT a ILIKE b"},
      {"SELECT a LIKE b", "SELECT a NOT LIKE b"},
      {"SELECT 1 UNION SELECT 2", "SELECT 1 EXCEPT SELECT 2"},
      {"SELECT 1 UNION SELECT 2", "SELECT 1 UNION ALL SELECT 2"},
      {"SELECT 1 FROM t", "SELECT 1"},
      {"SELECT 1", "SELECT 1 FROM t"},
      {"SELECT f(a)", "SELECT f(DISTINCT a)"},
      {"SELECT 1", "SELECT 1 LIMIT 1"},
      {"SELECT 1 LIMIT 1", "SELECT 1 OFFSET 1"},
      {"SELECT 1 ORDER BY 1", "SELECT 1"},
      {"WITH a AS (SELECT 1) SELECT 1", "SELECT 1"},
      {"SELECT (SELECT 1 LIMIT 1)", "SELECT (SELECT 1)"},
      {"(SELECT 1) LIMIT 2", "(SELECT 1) OFFSET 2"},
      {"SELECT 1 FROM a, b", "SELECT 1 FROM a CROSS JOIN b"},
      {"SELECT 1 WHERE true", "SELECT 1 HAVING true"},
      {"SELECT a[1:]", "SELECT a[:1]"},
  };
  for (const auto& [a, b] : others) {
    EXPECT_FALSE(same(a, b)) << a << " | " << b;
    EXPECT_FALSE(same(b, a)) << b << " | " << a;
  }
  EXPECT_TRUE(same("SELECT 1 LIMIT 2 + 3", "SELECT 1", true));
  EXPECT_TRUE(same("SELECT 1 LIMIT 5 OFFSET 2", "SELECT 1 LIMIT 2 + 3 OFFSET 2", true));
  EXPECT_FALSE(same("SELECT 1 LIMIT 5 OFFSET 2", "SELECT a LIMIT 2 + 3 OFFSET 2", true));
  EXPECT_FALSE(same("SELECT (SELECT 1 LIMIT 5)", "SELECT (SELECT 1)", true)) << "only the limit of the whole";
}

TEST(Canonical, ReadsEveryGrammarLineAgain) {
  std::ifstream lines(std::string(TOOMAI_SOURCE_DIR) + "/fixtures/validator/grammar.sql");
  int sent = 0;
  for (std::string sql; std::getline(lines, sql);) {
    for (const int version : {15, 18}) {
      const std::string text = Send(sql, 10, version).text;
      EXPECT_NE(text, "not reproducible") << sql;
      if (text.starts_with("error: ")) continue;
      ++sent;
      EXPECT_FALSE(Send(text, 10, version).text.starts_with("error: ")) << text;
    }
  }
  EXPECT_GT(sent, 200);
}

TEST(Canonical, SendingTwiceChangesNothing) {
  for (const std::string_view sql : {"select 'a\\b', \"X\" from t where a in (1,2) limit 500", "(select 1) offset 2",
                                     "select E'\\x01', U&'\\0061', $$ $$ from t fetch first 99 rows only"}) {
    const std::string once = Send(sql, 10).text;
    EXPECT_EQ(Send(once, 10).text, once);
  }
}

TEST(Canonical, NamesAndTextWithEveryByte) {
  for (const auto& [sql, sent] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"SELECT \"a{\", \"{a\", \"a$1\", \"1a\", \"a-b\"", "SELECT \"a{\", \"{a\", a$1, \"1a\", \"a-b\""},
           {"SELECT 'a\x7f''\r\t'", "SELECT E'a\\x7f''\\r\\t'"},
           {"SELECT '12345678''12345678'", "SELECT '12345678''12345678'"},
           {"SELECT '''''a'", "SELECT '''''a'"},
           {"SELECT 'a'''", "SELECT 'a'''"},
           {"SELECT '12345678\\'", "SELECT E'12345678\\\\'"}}) {
    EXPECT_EQ(Send(sql, -1).text, sent) << sql;
  }
}

TEST(Canonical, OffsetsLeadBack) {
  Tree tree;
  ParseError error;
  const std::string sql = "select /* c */ Abc  from t";
  ASSERT_TRUE(Parse(sql, {}, &tree, &error));
  Canonical canonical;
  ASSERT_TRUE(MakeCanonical(tree, 10, {}, &canonical));
  ASSERT_EQ(canonical.text, "SELECT abc FROM t LIMIT 10");
  const std::vector<CanonicalOffset> expected = {{0, 0}, {7, 15}, {11, 20}, {16, 25}, {18, 26}, {26, 26}};
  EXPECT_EQ(canonical.offsets, expected);
}

}  // namespace
}  // namespace toomai::validator
