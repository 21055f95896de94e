#include "tests/differential/generator.h"

namespace toomai::differential {

std::string Generator::Name() {
  return One({"a", "b", "t", "tab", "\"Odd Name\"", "name", "value", "year", "left_", "U&\"d\\0061t\"", "größe", "x1",
              "nulls", "first", "rows", "over", "partition", "zone", "within"});
}

std::string Generator::Literal() {
  return One({"1",
              "0",
              "42",
              "1.5",
              ".5",
              "1e3",
              "'x'",
              "''",
              "'it''s'",
              "E'a\\n\\x41'",
              "$$q$$",
              "$t$ ' $t$",
              "B'101'",
              "X'1F'",
              "NULL",
              "TRUE",
              "false",
              "date '2024-01-01'",
              "interval '1' day",
              "INTERVAL '1-2' YEAR TO MONTH",
              "timestamp(3) with time zone '2024-01-01'",
              "U&'d\\0061t'",
              "N'x'",
              "float8 '1'",
              "current_date",
              "localtime(2)",
              "char(3) 'abc'",
              "bit varying(3) '101'"});
}

std::string Generator::Type() {
  const std::string base = One({"int", "text", "numeric(10, 2)", "varchar(5)", "timestamp with time zone", "time(2)",
                                "double precision", "interval day to second", "bit(3)", "public.mood", "\"Odd\"",
                                "json", "pg_catalog.int4", "character varying", "float(20)", "national character(3)"});
  return base + One({"", "", "", "[]", "[3]", " ARRAY", "[][]", " ARRAY[4]"});
}

std::string Generator::Operator() {
  return One({"+",  "-",   "*",  "/",   "%",  "^",   "<", ">",   "=",  "<=", ">=", "<>",
              "!=", "||",  "->", "->>", "@>", "#>>", "~", "!~*", "&&", "<<", "|/", "OPERATOR(pg_catalog.+)",
              "?|", "AND", "OR", "<->"});
}

std::string Generator::Call(int depth) {
  const std::string argument = Expression(depth - 1);
  switch (Below(14)) {
    case 0:
      return One({"count", "sum", "pg_catalog.max"}) + "(" + One({"", "DISTINCT ", "ALL "}) + argument + ")" +
             Maybe(30, " FILTER (WHERE " + Expression(depth - 1) + ")") + Maybe(40, " OVER " + Window(depth - 1));
    case 1:
      return "array_agg(" + argument + " ORDER BY " + Order(depth - 1) + ")";
    case 2:
      return "percentile_cont(0.5) WITHIN GROUP (ORDER BY " + Order(depth - 1) + ")";
    case 3:
      return "extract(" + One({"year", "epoch", "'dow'", "SECOND"}) + " FROM " + argument + ")";
    case 4:
      return "substring(" + argument + One({" FROM 1", " FOR 2", " FROM 1 FOR 2", ", 1", " SIMILAR 'a' ESCAPE '#'"}) +
             ")";
    case 5:
      return "trim(" + One({"", "BOTH ", "LEADING 'x' FROM ", "TRAILING FROM ", "'x' FROM "}) + argument + ")";
    case 6:
      return "overlay(" + argument + " PLACING 'x' FROM 1" + Maybe(50, " FOR 2") + ")";
    case 7:
      return "position('a' IN 'b')";
    case 8:
      return One({"coalesce", "greatest", "least"}) + "(" + List(3, [&] { return Expression(depth - 1); }) + ")";
    case 9:
      return "nullif(" + argument + ", " + Expression(depth - 1) + ")";
    case 10:
      return "cast(" + argument + " AS " + Type() + ")";
    case 11:
      return "f(" + argument + ", x => 1, y := " + Expression(depth - 1) + ")";
    case 12:
      return "f(1, VARIADIC " + argument + ")";
    default:
      return "xmlelement(NAME a, XMLATTRIBUTES(1 AS b), " + argument + ")";
  }
}

std::string Generator::Expression(int depth) {
  if (depth <= 0) return Chance(50) ? Name() : Literal();
  const auto inner = [&] { return Expression(depth - 1); };
  switch (Below(26)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return inner() + " " + Operator() + " " + inner();
    case 4:
      return "(" + inner() + ")";
    case 5:
      return One({"NOT ", "- ", "+ ", "@ ", "OPERATOR(pg_catalog.-) "}) + inner();
    case 6:
      return inner() + " " +
             One({"IS NULL", "IS NOT TRUE", "ISNULL", "NOTNULL", "IS UNKNOWN", "IS DOCUMENT", "IS NFC NORMALIZED",
                  "IS NOT NORMALIZED"});
    case 7:
      return inner() + " IS " + Maybe(50, "NOT ") + "DISTINCT FROM " + inner();
    case 8:
      return inner() + Maybe(40, " NOT") + " BETWEEN " + Maybe(30, "SYMMETRIC ") + inner() + " AND " + inner();
    case 9:
      return inner() + Maybe(40, " NOT") + " IN (" + (Chance(50) ? List(3, inner) : Query(depth - 1)) + ")";
    case 10:
      return inner() + Maybe(40, " NOT") + One({" LIKE ", " ILIKE ", " SIMILAR TO "}) + inner() +
             Maybe(30, " ESCAPE '#'");
    case 11:
      return inner() + " = " + One({"ANY", "SOME", "ALL"}) + " (" + (Chance(50) ? inner() : Query(depth - 1)) + ")";
    case 12:
      return inner() + "::" + Type();
    case 13:
      return "CASE" + Maybe(40, " " + inner()) + " WHEN " + inner() + " THEN " + inner() +
             Maybe(50, " ELSE " + inner()) + " END";
    case 14:
      return "ARRAY[" + List(3, inner) + "]" + Maybe(40, "[1]") + Maybe(20, "[1:2]");
    case 15:
      return "ARRAY(" + Query(depth - 1) + ")";
    case 16:
      return One({"ROW(", "("}) + inner() + ", " + inner() + ")";
    case 17:
      return "EXISTS (" + Query(depth - 1) + ")";
    case 18:
      return "(" + Query(depth - 1) + ")" + Maybe(20, ".f");
    case 19:
      return inner() + " AT TIME ZONE " + inner();
    case 20:
      return inner() + " COLLATE \"C\"";
    case 21:
      return "(1, 2) OVERLAPS (3, 4)";
    case 22:
      return "(" + inner() + ").f" + Maybe(30, "[1]") + Maybe(20, ".g");
    case 23:
      return Name() + "." + Name() + Maybe(20, "[" + inner() + "]");
    default:
      return Call(depth);
  }
}

std::string Generator::Window(int depth) {
  if (Chance(20)) return "w";
  std::string text = "(" + Maybe(20, "w ") + Maybe(50, "PARTITION BY " + Expression(depth) + " ") +
                     Maybe(60, "ORDER BY " + Order(depth) + " ");
  if (Chance(40)) {
    text += One({"ROWS ", "RANGE ", "GROUPS "});
    text += One({"UNBOUNDED PRECEDING", "2 PRECEDING", "CURRENT ROW", "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                 "BETWEEN 1 PRECEDING AND 1 FOLLOWING", "BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"});
    text += One({"", "", " EXCLUDE TIES", " EXCLUDE CURRENT ROW", " EXCLUDE NO OTHERS"});
  }
  return text + ")";
}

std::string Generator::Order(int depth) {
  return List(2, [&] {
    return Expression(depth - 1) + One({"", " ASC", " DESC", " USING <"}) +
           One({"", "", " NULLS FIRST", " NULLS LAST"});
  });
}

std::string Generator::Target(int depth) {
  if (Chance(10)) return One({"*", "t.*", "(x).*"});
  return Expression(depth) + One({"", "", " AS x", " AS select", " y", " AS \"Z\""});
}

std::string Generator::FromItem(int depth) {
  if (depth > 0 && Chance(30)) {
    const std::string left = FromItem(depth - 1), right = FromItem(depth - 1);
    switch (Below(5)) {
      case 0:
        return left + " CROSS JOIN " + right;
      case 1:
        return left + " NATURAL " + One({"", "LEFT ", "FULL OUTER "}) + "JOIN " + right;
      case 2:
        return left + " JOIN " + right + " USING (a, b)" + Maybe(30, " AS u");
      case 3:
        return "(" + left + " JOIN " + right + " ON " + Expression(depth - 1) + ")" + Maybe(50, " AS j");
      default:
        return left + One({" JOIN ", " LEFT JOIN ", " RIGHT OUTER JOIN ", " FULL JOIN ", " INNER JOIN "}) + right +
               " ON " + Expression(depth - 1);
    }
  }
  switch (Below(depth > 0 ? 8 : 3)) {
    case 0:
    case 1:
      return One({"", "ONLY "}) + Maybe(30, "public.") + Name() + Maybe(50, " AS q") +
             Maybe(10, " TABLESAMPLE system (5)");
    case 2:
      return Name() + " q (a, b)";
    case 3:
      return Maybe(30, "LATERAL ") + "(" + Query(depth - 1) + ") AS s" + Maybe(30, " (a, b)");
    case 4:
      return "generate_series(1, " + Expression(depth - 1) + ")" + Maybe(30, " WITH ORDINALITY") + Maybe(60, " g (n)");
    case 5:
      return "ROWS FROM (f(1), g(2) AS (a int, b text)) WITH ORDINALITY r";
    case 6:
      return "json_to_record('{}') AS r (a int, b " + Type() + ")";
    default:
      return "XMLTABLE('/a' PASSING " + Name() +
             " COLUMNS a int PATH '.', n FOR ORDINALITY, b text DEFAULT 'x' NOT NULL) x";
  }
}

std::string Generator::Select(int depth) {
  const auto condition = [&] { return Expression(depth - 1); };
  std::string text = "SELECT " + One({"", "", "", "ALL ", "DISTINCT "}) + Maybe(5, "DISTINCT ON (a) ");
  if (text.ends_with("ALL DISTINCT ON (a) ") || text.ends_with("DISTINCT DISTINCT ON (a) ")) text = "SELECT ";
  text += List(3, [&] { return Target(depth - 1); });
  if (Chance(80)) text += " FROM " + List(2, [&] { return FromItem(depth - 1); });
  text += Maybe(50, " WHERE " + condition());
  if (Chance(30)) {
    text += " GROUP BY " + One({"", "DISTINCT ", "ALL "}) + List(2, [&] {
              return Chance(70) ? condition()
                                : One({"()", "ROLLUP (a, b)", "CUBE (a, (b, t))", "GROUPING SETS ((a), (), CUBE (b))"});
            });
    text += Maybe(40, " HAVING " + condition());
  }
  return text + Maybe(15, " WINDOW w AS (ORDER BY a)");
}

std::string Generator::Arm(int depth) {
  switch (Below(8)) {
    case 0:
      return "VALUES (" + Expression(depth - 1) + "), (" + Expression(depth - 1) + ")";
    case 1:
      return "TABLE " + Name();
    case 2:
      return "(" + Query(depth - 1) + ")";
    default:
      return Select(depth);
  }
}

std::string Generator::With(int depth) {
  return "WITH " + Maybe(30, "RECURSIVE ") +
         List(2,
              [&] {
                return Name() + Maybe(30, " (a, b)") + " AS " + One({"", "", "MATERIALIZED ", "NOT MATERIALIZED "}) +
                       "(" + Query(depth - 1) + ")" + Maybe(5, " SEARCH DEPTH FIRST BY a SET s") +
                       Maybe(5, " CYCLE a SET c USING p");
              }) +
         " ";
}

std::string Generator::Query(int depth) {
  if (depth <= 0) return "SELECT " + Expression(0);
  std::string text = Maybe(20, With(depth - 1)) + Arm(depth - 1);
  while (Chance(15)) {
    text += One({" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT DISTINCT ", " EXCEPT ALL "}) + Arm(depth - 1);
  }
  text += Maybe(25, " ORDER BY " + Order(depth - 1));
  text += One({"", "", "", " LIMIT 5", " LIMIT ALL", " OFFSET 2 ROWS", " FETCH FIRST 3 ROWS ONLY", " LIMIT 2 OFFSET 1",
               " OFFSET 1 FETCH NEXT ROW ONLY", " LIMIT (SELECT 1)"});
  return text + Maybe(2, One({" FOR UPDATE", " FOR READ ONLY", " FOR SHARE OF t NOWAIT"}));
}

}  // namespace toomai::differential
