// Attacks stay attacks wherever they stand and however they are spelt, and harmless statements stay harmless.
#include <gtest/gtest.h>

#include <cctype>

#include "shop.h"
#include "validator/functions.h"
#include "validator/parser.h"

namespace toomai::validator::test {
namespace {

// Every place of a query where an expression may stand; "@" is the expression.
constexpr const char* kPositions[] = {
    "SELECT @",
    "SELECT 1 FROM orders WHERE @ IS NULL",
    "SELECT 1 FROM orders o JOIN items i ON @ IS NULL",
    "SELECT 1 FROM orders, LATERAL (SELECT @) x",
    "VALUES (1), (@)",
    "SELECT 1 FROM (VALUES (@)) v",
    "SELECT id FROM orders ORDER BY @",
    "SELECT 1 FROM orders GROUP BY @",
    "SELECT 1 FROM orders GROUP BY GROUPING SETS ((@), ())",
    "SELECT 1 FROM orders GROUP BY CUBE (@)",
    "SELECT count(*) FROM orders HAVING @ IS NULL",
    "SELECT DISTINCT ON (@) id FROM orders",
    "SELECT id FROM orders LIMIT (@)",
    "SELECT id FROM orders OFFSET (@)",
    "SELECT id FROM orders FETCH FIRST (@) ROWS ONLY",
    "SELECT count(*) FILTER (WHERE @ IS NULL) FROM orders",
    "SELECT array_agg(id ORDER BY @) FROM orders",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY @) FROM orders",
    "SELECT sum(id) OVER (PARTITION BY @) FROM orders",
    "SELECT sum(id) OVER (ORDER BY @) FROM orders",
    "SELECT sum(id) OVER (ORDER BY id ROWS @ PRECEDING) FROM orders",
    "SELECT sum(id) OVER w FROM orders WINDOW w AS (ORDER BY @)",
    "SELECT 1 FROM orders WINDOW w AS (PARTITION BY @)",
    "SELECT CASE @ WHEN 1 THEN 2 END",
    "SELECT CASE WHEN @ IS NULL THEN 2 END",
    "SELECT CASE WHEN true THEN @ END",
    "SELECT CASE WHEN true THEN 1 ELSE @ END",
    "SELECT ARRAY[@]",
    "SELECT ROW(1, @)",
    "SELECT (1, @)",
    "SELECT (ARRAY[1])[@]",
    "SELECT (ARRAY[1])[1:@]",
    "SELECT 1 IN (2, @)",
    "SELECT @ IN (SELECT 1)",
    "SELECT 1 = ANY (ARRAY[@])",
    "SELECT EXISTS (SELECT @)",
    "SELECT ARRAY(SELECT @)",
    "SELECT (SELECT @)",
    "SELECT 1 UNION SELECT @",
    "WITH unused AS (SELECT @) SELECT 1",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE @ IS NULL) SELECT n FROM t",
    "SELECT 1 FROM orders TABLESAMPLE BERNOULLI (@)",
    "SELECT 1 FROM orders TABLESAMPLE BERNOULLI (1) REPEATABLE (@)",
    "SELECT 1 FROM XMLTABLE(@ PASSING '<a/>' COLUMNS a int PATH '.') x",
    "SELECT 1 FROM XMLTABLE('/a' PASSING @ COLUMNS a int PATH '.') x",
    "SELECT 1 FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a int PATH @) x",
    "SELECT 1 FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a int PATH '.' DEFAULT @) x",
    "SELECT 1 FROM XMLTABLE(XMLNAMESPACES(@ AS z), '/a' PASSING '<a/>' COLUMNS a int PATH '.') x",
    "SELECT xmlelement(NAME a, @)",
    "SELECT xmlelement(NAME a, XMLATTRIBUTES(@ AS b))",
    "SELECT xmlforest(@ AS a)",
    "SELECT xmlparse(CONTENT @)",
    "SELECT xmlserialize(CONTENT @ AS text)",
    "SELECT make_interval(days => @)",
    "SELECT concat(VARIADIC ARRAY[@])",
    "SELECT @::text",
    "SELECT CAST(@ AS text)",
    "SELECT now() AT TIME ZONE @",
    "SELECT (now(), now()) OVERLAPS (now(), @)",
    "SELECT 'a' SIMILAR TO @",
    "SELECT 'a' LIKE 'b' ESCAPE @",
    "SELECT @ COLLATE \"C\"",
    "SELECT extract(day FROM @)",
    "SELECT substring('a' FROM @)",
    "SELECT trim(BOTH 'a' FROM @)",
    "SELECT overlay('a' PLACING @ FROM 1)",
    "SELECT position('a' IN @)",
    "SELECT coalesce(1, @)",
    "SELECT nullif(@, 1)",
    "SELECT greatest(@, 1)",
    "SELECT 1 BETWEEN 0 AND @",
    "SELECT 1 IS DISTINCT FROM @",
    "SELECT NOT @",
    "SELECT - @",
    "SELECT (@) IS NULL",
    "SELECT 1 FROM generate_series(1, @) g",
    "SELECT 1 FROM ROWS FROM (generate_series(1, 2), generate_series(1, @)) g",
    "SELECT length(upper(@))",
};

std::string With(std::string_view position, std::string_view expression) {
  std::string sql(position);
  sql.replace(sql.find('@'), 1, expression);
  return sql;
}

TEST(Positions, NoneHidesAFunction) {
  for (const char* position : kPositions) {
    EXPECT_EQ(RuleFor(With(position, "pg_sleep(1)")), "function-not-allowed") << position;
    EXPECT_EQ(RuleFor(With(position, "act('x')")), "user-function") << position;
    EXPECT_EQ(RuleFor(With(position, "('x'::text).pg_read_file")), "attribute-call") << position;
    EXPECT_EQ(RuleFor(With(position, "(1 <+> 2)")), "user-operator") << position;
    EXPECT_EQ(RuleFor(With(position, "('x'::trap)")), "user-type") << position;
    EXPECT_EQ(RuleFor(With(position, "(1::box_t)")), "user-cast") << position;
    EXPECT_EQ(RuleFor(With(position, "('x'::regclass)")), "reg-cast") << position;
    EXPECT_EQ(RuleFor(With(position, "(SELECT token FROM vault.tokens)")), "denied-relation") << position;
    EXPECT_EQ(RuleFor(With(position, "(SELECT max(ssn) FROM customers)")), "denied-column") << position;
    EXPECT_EQ(RuleFor(With(position, "(SELECT relname FROM pg_class)")), "system-catalog") << position;
    EXPECT_EQ(RuleFor(With(position, "length('x')")), "") << position;
  }
}

TEST(Positions, FunctionsInFrom) {
  for (const char* sql : {"SELECT 1 FROM pg_sleep(1)", "SELECT 1 FROM LATERAL pg_sleep(1) x",
                          "SELECT 1 FROM ROWS FROM (now(), pg_sleep(1)) x", "SELECT 1 FROM orders, pg_sleep(total) x",
                          "SELECT * FROM pg_ls_dir('.') WITH ORDINALITY"}) {
    EXPECT_EQ(RuleFor(sql), "function-not-allowed") << sql;
  }
}

TEST(Functions, EveryNameHasTheTablesVerdict) {
  // Called with nothing: the name alone decides.
  int allowed = 0;
  for (const char* name :
       {"pg_read_file", "lo_import", "dblink", "set_config", "pg_terminate_backend", "pg_advisory_lock", "currval",
        "query_to_xml", "ts_stat", "pg_stat_reset", "textin", "int4pl", "pg_export_snapshot", "pg_notify"}) {
    const std::string rule = RuleFor(std::string("SELECT ") + name + "()");
    EXPECT_TRUE(rule == "function-not-allowed" || rule == "unknown-function") << name << " " << rule;
  }
  for (std::size_t i = 0; !AllowedFunctionName(i).empty(); ++i) {
    const std::string name(AllowedFunctionName(i));
    if (name == "initcap") continue;  // the shop shadows it
    const std::string rule = RuleFor("SELECT pg_catalog.\"" + name + "\"()");
    EXPECT_EQ(rule, "") << name;
    ++allowed;
  }
  EXPECT_EQ(allowed, 390);
}

// Ways to write the same statement.
std::string Upper(std::string_view sql) {
  std::string out;
  char quote = 0;
  for (const char c : sql) {
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    out.push_back(quote == 0 ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c);
  }
  return out;
}

// Puts `between` after every token.
std::string Spaced(std::string_view sql, std::string_view between) {
  Tree tree;
  ParseError error;
  if (!Parse(sql, {}, &tree, &error)) return std::string(sql);
  std::string out;
  for (TokenId id = 0; id + 1 < tree.tokens.size(); ++id) {
    out += tree.tokens.Spelling(id);
    out += between;
  }
  return out;
}

TEST(Metamorphic, SpellingChangesNoVerdict) {
  int count = 0;
  for (int rule = 0; rule < kRuleCount; ++rule) {
    const Rule which = static_cast<Rule>(rule);
    if (which <= Rule::kDataModifyingCte) continue;
    for (const Case& one : ReadCases(SourcePath("fixtures/validator/rules/" + std::string(RuleId(which)) + ".test"))) {
      if (one.sql.size() > 1000 || one.sql.find("E'") != std::string::npos || one.sql.find("$") != std::string::npos ||
          one.sql.find("U&") != std::string::npos) {
        continue;
      }
      const std::string expected = RuleFor(one.sql);
      bool ascii = true;
      for (const char c : one.sql) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
      if (ascii) {
        EXPECT_EQ(RuleFor(Upper(one.sql)), expected) << Upper(one.sql);
      }
      for (const std::string_view between : {" ", "\n", "/* x */", " -- y\n", "\t/* /* z */ */\r\n", "\f"}) {
        const std::string spaced = Spaced(one.sql, between);
        EXPECT_EQ(RuleFor(spaced), expected) << spaced;
      }
      EXPECT_EQ(RuleFor("/* */ " + one.sql + " ; -- end"), expected) << one.sql;
      if (one.sql.starts_with("SELECT") && one.kind != "allowed") {
        EXPECT_EQ(RuleFor("(((" + one.sql + ")))"), expected) << one.sql;
      }
      ++count;
    }
  }
  EXPECT_GT(count, 150);
}

TEST(Metamorphic, QuotingChangesNoVerdict) {
  for (const auto& [plain, quoted] : std::initializer_list<std::pair<const char*, const char*>>{
           {"SELECT pg_sleep(1)", "SELECT \"pg_sleep\"(1)"},
           {"SELECT pg_sleep(1)", "SELECT U&\"\\0070g_sleep\"(1)"},
           {"SELECT pg_sleep(1)", "SELECT U&\"!0070g_sleep\" UESCAPE '!' (1)"},
           {"SELECT pg_sleep(1)", "SELECT shop.pg_catalog.pg_sleep(1)"},
           {"SELECT ssn FROM customers", "SELECT \"customers\".\"ssn\" FROM \"public\".\"customers\""},
           {"SELECT id FROM vault.tokens", "SELECT id FROM U&\"v\\0061ult\".\"tokens\""},
           {"SELECT id FROM orders", "SELECT \"id\" FROM U&\"\\006frders\""},
           {"SELECT 'x'::regclass", "SELECT 'x'::\"regclass\""},
           {"SELECT relname FROM pg_class", "SELECT relname FROM \"pg_catalog\".\"pg_class\""}}) {
    EXPECT_EQ(RuleFor(quoted), RuleFor(plain)) << quoted;
  }
}

}  // namespace
}  // namespace toomai::validator::test
