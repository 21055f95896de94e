// What people and models are told: what kind of statement it is, where the caret stands, which words a lexical mistake
// has; and where a byte of the sent text came from.
#include <gtest/gtest.h>

#include "shop.h"
#include "validator/dump.h"
#include "validator/lexer.h"

namespace toomai::validator::test {
namespace {

TEST(Messages, SayWhatKindOfStatementItIs) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"INSERT INTO t VALUES (1)", "INSERT"},
      {"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "MERGE"},
      {"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "CREATE VIEW"},
      {"CREATE UNLOGGED TABLE t (a int)", "CREATE TABLE"},
      {"CREATE UNIQUE INDEX i ON t (a)", "CREATE INDEX"},
      {"ALTER EVENT TRIGGER t DISABLE", "ALTER TRIGGER"},
      {"DROP FOREIGN TABLE t", "DROP TABLE"},
      {"DROP", "DROP"},
      {"CREATE TRUSTED PROCEDURAL LANGUAGE l", "CREATE LANGUAGE"},
      {"EXPLAIN SELECT 1", "EXPLAIN"},
      {"analyse t", "ANALYSE"},
      {"SET a = 1", "SET"},
      {"SHOW ALL", "SHOW"},
      {"BEGIN", "BEGIN"},
      {"DO $$ $$", "DO"},
      {"CALL p()", "CALL"},
      {"LOCK t", "LOCK"},
      {"REASSIGN OWNED BY a TO b", "REASSIGN"},
      {"IMPORT FOREIGN SCHEMA s FROM SERVER t INTO u", "IMPORT"},
      {"WITH a AS (SELECT 1) DELETE FROM t", "DELETE"},
      {"SELECT 1; UPDATE t SET a = 1", "UPDATE"},
      {"SELECT 1; (SELECT 2)", "SELECT"},
      {"SELECT 1; VALUES (1)", "VALUES"},
      {"SELECT 1; ((DROP))", ""},
      {"SELECT 1; WITH a AS (SELECT 1) SELECT 1", "SELECT"},
      {"SELECT 1; (WITH a AS (SELECT 1) SELECT 1)", "SELECT"},
      {"SELECT 1; (VALUES (1))", "SELECT"},
      {"SELECT 1; (TABLE t)", "SELECT"},
      {"SELECT 1; TABLE t", "TABLE"},
      {"CREATE GLOBAL TEMPORARY TABLE t (a int)", "CREATE TABLE"},
      {"CREATE LOCAL TEMP TABLE t (a int)", "CREATE TABLE"},
      {"CREATE RECURSIVE VIEW v (a) AS SELECT 1", "CREATE VIEW"},
      {"DROP MATERIALIZED VIEW v", "DROP VIEW"},
      {"CREATE DEFAULT CONVERSION c FOR 'a' TO 'b' FROM f", "CREATE CONVERSION"},
      {"CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()", "CREATE TRIGGER"},
      {"REINDEX TABLE t", "REINDEX"},
      {"CLUSTER", "CLUSTER"},
      {"REFRESH MATERIALIZED VIEW v", "REFRESH"},
      {"CHECKPOINT", "CHECKPOINT"},
      {"RESET ALL", "RESET"},
      {"DISCARD ALL", "DISCARD"},
      {"START TRANSACTION", "START"},
      {"END", "END"},
      {"ROLLBACK", "ROLLBACK"},
      {"ABORT", "ABORT"},
      {"RELEASE a", "RELEASE"},
      {"EXECUTE p", "EXECUTE"},
      {"DEALLOCATE ALL", "DEALLOCATE"},
      {"DECLARE c CURSOR FOR SELECT 1", "DECLARE"},
      {"MOVE c", "MOVE"},
      {"CLOSE c", "CLOSE"},
      {"NOTIFY a", "NOTIFY"},
      {"LOAD 'a'", "LOAD"},
      {"REVOKE ALL ON t FROM a", "REVOKE"},
      {"SECURITY LABEL ON TABLE t IS 'a'", "SECURITY"},
      {"COMMENT ON TABLE t IS 'a'", "COMMENT"},
      {"hello", ""},
      {"42", ""},
      {"SELECT 1", "SELECT"},
  };
  for (const auto& [sql, kind] : cases) EXPECT_EQ(Validate(sql, ShopChecker()).statement_kind, kind) << sql;
}

// The line with the marks below it.
std::string Marked(std::string_view sql, std::size_t begin, std::size_t end) {
  Finding finding;
  finding.begin = begin;
  finding.end = end;
  const std::string shown = Render(finding, sql);
  const std::size_t line = shown.find(" | "), marks = shown.find(" | ", line + 1);
  const std::string source = shown.substr(line + 3, shown.find('\n', line) - line - 3);
  const std::string below = shown.substr(marks + 3);
  return source + "\n" + below.substr(0, below.find('\n'));
}

TEST(Messages, TheCaretStandsBelowWhatIsWrong) {
  EXPECT_EQ(Marked("SELECT a, b", 10, 11), "SELECT a, b\n          ^");
  EXPECT_EQ(Marked("SELECT a", 8, 8), "SELECT a\n        ^") << "at the end of the text";
  EXPECT_EQ(Marked("SELECT 'ü', b", 13, 14), "SELECT 'ü', b\n            ^") << "two bytes, one column";
  EXPECT_EQ(Marked("SELECT '数', b", 14, 15), "SELECT '数', b\n             ^") << "three bytes, two columns";
  EXPECT_EQ(Marked("SELECT 'e\xcc\x81', b", 14, 15), "SELECT 'e\xcc\x81', b\n            ^") << "a combining mark";
  EXPECT_EQ(Marked("SELECT\tb", 7, 8), "SELECT b\n       ^") << "a tab takes one column";
  EXPECT_EQ(Marked("a\x1b[31m", 0, 1), "a�[31m\n^") << "no control of the terminal";
  EXPECT_EQ(Marked("a\xff\xc3", 1, 2), "a��\n ^") << "bytes that are no text";
  EXPECT_EQ(Marked("a\xe2\x80\xae b", 5, 6), "a� b\n   ^") << "no turning of the direction";
  for (const std::string_view narrow : {"é", "ﬀ", "€", "\U0001D49C"})
    EXPECT_EQ(Marked(std::string(narrow) + "b", narrow.size(), narrow.size() + 1), std::string(narrow) + "b\n ^")
        << narrow;
  for (const std::string_view none : {"\u0301", "\u200B", "\u200D", "\uFEFF", "\uFE0F"})
    EXPECT_EQ(Marked("a" + std::string(none) + "b", 1 + none.size(), 2 + none.size()),
              "a" + std::string(none) + "b\n ^")
        << none;
  for (const std::string_view wide_one : {"\u1100", "数", "한", "豈", "\uFE30", "Ａ", "￥", "🐘", "\U00020000"})
    EXPECT_EQ(Marked(std::string(wide_one) + "b", wide_one.size(), wide_one.size() + 1),
              std::string(wide_one) + "b\n  ^")
        << wide_one;
  for (const std::string_view hidden : {"\u0085", "\u2028", "\u2029", "\x7F"})
    EXPECT_EQ(Marked(std::string(hidden) + "b", hidden.size(), hidden.size() + 1), "�b\n ^")
        << "no line of its own, no control";
  const std::string of_two = "SELECT " + std::string(120, 'x') + " ü wrong";
  EXPECT_NE(Marked(of_two, 131, 136).find("wrong"), std::string::npos);
  std::string umlauts = "SELECT ";
  for (int i = 0; i < 100; ++i) umlauts += "ü";
  EXPECT_NE(Marked(umlauts + " wrong", 208, 213).find("wrong"), std::string::npos) << "not cut inside a character";
  const std::string wide = "SELECT " + std::string(300, 'x') + " wrong " + std::string(300, 'y');
  const std::string cut = Marked(wide, 308, 313);
  EXPECT_EQ(cut.substr(0, 3), "…");
  EXPECT_NE(cut.find("wrong"), std::string::npos);
  EXPECT_LT(cut.size(), 250u);
}

TEST(Messages, LongWordsAreCutAtACharacter) {
  const auto message = [](const std::string& sql) { return Validate(sql, ShopChecker()).findings.front().message; };
  EXPECT_EQ(message("SELECT 1 a " + std::string(50, 'x')),
            "syntax error at or near \"" + std::string(40, 'x') + "…\": expected the end of the statement");
  EXPECT_EQ(message("SELECT 1 a " + std::string(39, 'x') + "éé"),
            "syntax error at or near \"" + std::string(39, 'x') + "…\": expected the end of the statement");
  EXPECT_EQ(message("SELECT 1; 'a"), "unterminated quoted string");
}

TEST(Messages, AnEmptyTextHasACaret) {
  EXPECT_EQ(Marked("", 0, 0), "\n^");
  EXPECT_EQ(Marked("\n", 1, 1), "\n^");
  EXPECT_EQ(Marked("\U00040000b", 4, 5), "\U00040000b\n ^") << "beyond what is wide";
  EXPECT_EQ(Marked("\uF900\uFAFFb", 6, 7), "\uF900\uFAFFb\n    ^");
  EXPECT_EQ(Marked(std::string(150, 'x') + " b", 3, 4).substr(0, 3), "xxx") << "cut on the right only";
  EXPECT_EQ(Marked("\u0301", 0, 2), "\u0301\n") << "nothing to stand below";
  EXPECT_EQ(Marked("a\x80\xc3(", 1, 2), "a��(\n ^") << "bytes that are no text";
  EXPECT_EQ(Marked(std::string(150, '\x80'), 140, 141).substr(0, 3), "�") << "nothing but the insides of characters";
}

TEST(Messages, ForAModelInOneLine) {
  Finding finding;
  finding.rule = "unknown-column";
  finding.message = "no such column";
  finding.hint = "Write another.";
  finding.candidates = {"a", "b"};
  finding.begin = 7;
  finding.end = 10;
  EXPECT_EQ(RenderForModel(finding, "SELECT x\ny"),
            "unknown-column: no such column (at: x y). Write another. Candidates: a, b");
  finding.candidates.clear();
  finding.hint.clear();
  finding.begin = finding.end = 500;
  EXPECT_EQ(RenderForModel(finding, "SELECT x"), "unknown-column: no such column");
  finding.begin = 0;
  const std::string text(200, 'x');
  EXPECT_LT(RenderForModel(finding, text).size(), 150u);
  finding.begin = 0;
  finding.end = 2;
  EXPECT_EQ(RenderForModel(finding, "ü"), "unknown-column: no such column (at: ü)");
  finding.end = 500;
  const std::string cut_inside = std::string(79, 'x') + "üüü";
  EXPECT_NE(RenderForModel(finding, cut_inside).find("(at: " + std::string(79, 'x') + ")"), std::string::npos)
      << "no half of a character";
}

TEST(Messages, EachLexicalMistakeHasItsWords) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"SELECT 'a", "unterminated quoted string"},
      {"SELECT \"a", "unterminated quoted identifier"},
      {"SELECT /* a", "unterminated /* comment"},
      {"SELECT $$a", "unterminated dollar-quoted string"},
      {"SELECT b'0", "unterminated bit string literal"},
      {"SELECT x'0", "unterminated hexadecimal string literal"},
      {"SELECT \"\"", "zero-length delimited identifier"},
      {"SELECT 1a", "trailing junk after numeric literal"},
      {"SELECT $1a", "trailing junk after parameter"},
      {"SELECT $9999999", "parameter number too large"},
      {"SELECT E'\\u00'", "invalid escape sequence"},
      {"SELECT E'\\", "unterminated quoted string"},
      {"SELECT U&'a' UESCAPE 'aa'", "invalid Unicode escape character"},
      {"SELECT ?? {", "unexpected character"}};
  for (const auto& [sql, words] : cases) {
    const Verdict verdict = Validate(sql, ShopChecker());
    ASSERT_FALSE(verdict.allowed) << sql;
    EXPECT_NE(verdict.findings.front().message.find(words), std::string::npos)
        << sql << ": " << verdict.findings.front().message;
  }
}

TEST(Messages, PlacesOfTheSentTextLeadBack) {
  const std::string sql = "select  /* x */ o.total  ,o.id from orders o -- all";
  const Verdict verdict = Validate(sql, ShopChecker());
  ASSERT_TRUE(verdict.allowed);
  const std::string& sent = verdict.sql->text();
  for (const std::string_view word : {"total", "id", "orders"}) {
    EXPECT_EQ(verdict.sql->OriginalOffset(sent.find(word)), sql.find(word)) << word;
    EXPECT_EQ(verdict.sql->OriginalOffset(sent.find(word) + 1), sql.find(word) + 1) << "inside " << word;
  }
  EXPECT_EQ(verdict.sql->OriginalOffset(0), 0u);
  EXPECT_LE(verdict.sql->OriginalOffset(sent.size() + 100), sql.size());
  EXPECT_LE(verdict.sql->OriginalOffset(sent.find("LIMIT")), sql.size());
}

TEST(Messages, ATreeIsShownOrWhyThereIsNone) {
  const std::string tree = DumpTree("SELECT count(*) FROM orders o WHERE o.total > 5 LIMIT 3", ShopPolicy());
  for (const std::string_view part :
       {"Query", "Select", "FunctionCall count", "RangeVar orders", "Binary >", "Limit"}) {
    EXPECT_NE(tree.find(part), std::string::npos) << part << " in\n" << tree;
  }
  EXPECT_NE(DumpTree("SELECT $7", ShopPolicy()).find("Parameter `7`"), std::string::npos);
  EXPECT_NE(DumpTree("DELETE FROM t", ShopPolicy()).find("not-read-only"), std::string::npos);
}

}  // namespace
}  // namespace toomai::validator::test
