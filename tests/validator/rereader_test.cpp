// The check of the text that is sent sees every difference: what stands there against what should.
#include "validator/rereader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace toomai::validator {
namespace {

// Whether `written` has the tokens of `sql`.
bool ReadsAs(std::string_view written, std::string_view sql, int version = 15) {
  TokenList tokens, memory;
  Lex(sql, version, 1000, &tokens);
  std::copy(written.begin(), written.end(), memory.Reserve(written.size()));
  Rereader reader(written.size(), version, &memory);
  for (TokenId id = 0; id + 1 < tokens.size(); ++id) {
    if (!reader.TakeSame(tokens, id)) return false;
  }
  return reader.AtEnd();
}

TEST(Rereader, TakesWhatIsTheSame) {
  for (const auto& [written, sql] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"SELECT a FROM t", "select  A from \"t\""},
           {"SELECT \"a\", \"B\" FROM t", "SELECT a, \"B\" FROM t"},
           {"SELECT 1 + 2.5, 'x', E'\\\\' , $1", "SELECT 1+2.5, 'x', '\\', $1"},
           {"SELECT a.b, a . b, a.\"C\", f(x)[1]::INT", "SELECT a.b, a.b, a.\"C\", f(x)[1]::int"},
           {"SELECT a <> b", "SELECT a != b"},
           {"SELECT CURRENT_TIMESTAMP, aaaaaaaaaaaaaaaaaaaa, aaaaaaaaa",
            "SELECT current_timestamp, aaaaaaaaaaaaaaaaaaaa, AAAAAAAAA"},
           {"SELECT é, \"e\", NCHAR 'x', B'1'", "SELECT é, e, n'x', b'1'"},
           {"SELECT \"select\"", "SELECT \"select\""}}) {
    EXPECT_TRUE(ReadsAs(written, sql)) << written << " | " << sql;
  }
}

TEST(Rereader, SeesEveryDifference) {
  for (const auto& [written, sql] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", "SELECT"},
           {"SELECT", ""},
           {"SELECT a", "SELECT a b"},
           {"SELECT a b", "SELECT a"},
           {"SELECT a /* b", "SELECT a"},
           {"SELECT a", "SELECT b"},
           {"SELECT ab", "SELECT a"},
           {"SELECT a", "SELECT ab"},
           {"SELECT aaaaaaaaaaaaa", "SELECT aaaaaaaaaaaab"},
           {"SELECT aaaaaaaaaaaaaaaaaaaab", "SELECT aaaaaaaaaaaaaaaaaaaac"},
           {"SELECT A", "SELECT b"},
           {"SELECT É", "SELECT é"},
           {"SELECT select", "SELECT \"select\""},
           {"SELECT \"select\"", "SELECT select"},
           {"SELECT \"a\"", "SELECT 'a'"},
           {"SELECT 'a'", "SELECT \"a\""},
           {"SELECT 'a", "SELECT 'a'"},
           {"SELECT 1", "SELECT 2"},
           {"SELECT 1", "SELECT 1.0"},
           {"SELECT $1", "SELECT $2"},
           {"SELECT +", "SELECT -"},
           {"SELECT <=", "SELECT <"},
           {"SELECT <-", "SELECT <"},
           {"SELECT a.1", "SELECT a.b"},
           {"SELECT ..", "SELECT ."},
           {"SELECT (", "SELECT ["},
           {"SELECTED", "SELECT"},
           {"SELEC", "SELECT"},
           {"INSERT", "SELECT"},
           {"SELECT", "SELECT FROM"},
           {"SELECT x'1'", "SELECT x"},
           {"SELECT u&'1'", "SELECT u"},
           {"SELECT b'1'", "SELECT x'1'"},
           {"SELECT @@", "SELECT @"},
           {"SELECT a b", "SELECT a.b"},
           {"SELECT aaaaaaaaab", "SELECT baaaaaaaab"},
           {"SELECT {", "SELECT 1"}}) {
    EXPECT_FALSE(ReadsAs(written, sql)) << written << " | " << sql;
  }
}

TEST(Rereader, NothingIsThereAtTheEnd) {
  TokenList memory;
  memory.Reserve(0);
  Rereader reader(0, 15, &memory);
  EXPECT_EQ(reader.TakeToken(), nullptr);
  EXPECT_TRUE(reader.AtEnd());
}

}  // namespace
}  // namespace toomai::validator
