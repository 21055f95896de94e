// The lexer against the rules of PostgreSQL's scan.l: input beside the tokens it must give.
#include "validator/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace toomai::validator {
namespace {

// "id:a str:b int:1 + err:unterminated quoted string" …
std::string Tokens(std::string_view sql, int version = 15) {
  TokenList tokens;
  Lex(sql, version, 1000000, &tokens);
  std::string out;
  for (TokenId id = 0; id + 1 < tokens.size(); ++id) {
    if (!out.empty()) out += ' ';
    const std::string value(tokens.Value(id));
    switch (tokens[id].kind) {
      case TokenKind::kIdentifier:
        out += "id:" + value;
        break;
      case TokenKind::kQuotedIdentifier:
        out += "qid:" + value;
        break;
      case TokenKind::kKeyword:
        out += "kw:" + value;
        break;
      case TokenKind::kString:
        out += "str:" + value;
        break;
      case TokenKind::kBitString:
        out += "bit:" + value;
        break;
      case TokenKind::kHexString:
        out += "hex:" + value;
        break;
      case TokenKind::kInteger:
        out += "int:" + value;
        break;
      case TokenKind::kNumeric:
        out += "num:" + value;
        break;
      case TokenKind::kParameter:
        out += "param:" + value;
        break;
      case TokenKind::kOperator:
        out += "op:" + value;
        break;
      case TokenKind::kError:
        out += "err:" + std::string(Describe(tokens[id].AsError()));
        break;
      default:
        out += value;
    }
  }
  return out;
}

struct Case {
  std::string_view sql, tokens;
};

void Check(std::initializer_list<Case> cases, int version = 15) {
  for (const Case& c : cases) EXPECT_EQ(Tokens(c.sql, version), c.tokens) << "for: " << c.sql;
}

TEST(Lexer, Words) {
  Check({{"a A Ab_1$ select SELECT SeLeCt", "id:a id:a id:ab_1$ kw:select kw:select kw:select"},
         {"current_timestamp current_timestampx CURRENT_TIMESTAMP",
          "kw:current_timestamp id:current_timestampx kw:current_timestamp"},
         {"élan ÉLAN", "id:élan id:Élan"},  // only ASCII is folded
         {"\"Ab\" \"a\"\"b\" \"select\"", "qid:Ab qid:a\"b qid:select"},
         {"\"\"", "err:zero-length delimited identifier"},
         {"\"a", "err:unterminated quoted identifier"},
         {"a\u00A0b", "id:a\u00A0b"},  // no-break space is part of a name
         {"eleven e11 b1 x1 u1 n1", "id:eleven id:e11 id:b1 id:x1 id:u1 id:n1"}});
  const std::string sixty_three(63, 'x');
  EXPECT_EQ(Tokens(sixty_three), "id:" + sixty_three);
  EXPECT_EQ(Tokens(sixty_three + "y"), "id:" + sixty_three);
  EXPECT_EQ(Tokens("\"" + sixty_three + "y\""), "qid:" + sixty_three);
  EXPECT_EQ(Tokens(std::string(62, 'x') + "é"), "id:" + std::string(62, 'x'));  // cut at the edge of a character
}

TEST(Lexer, EveryKeywordIsFound) {
  static constexpr std::string_view kWords[] = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    const std::string word(kWords[i]);
    EXPECT_EQ(FindKeyword(word), static_cast<Keyword>(i)) << word;
    EXPECT_EQ(Tokens(word, 18), "kw:" + word);
    EXPECT_NE(Tokens(word + "0", 18), "kw:" + word);
  }
  EXPECT_EQ(FindKeyword("selec"), Keyword::kNotAKeyword);
  for (const char* other :
       {"se{ect", "se[ect", "se1ect", "current_timestam", "current_timestamx", "current_timestampp"}) {
    EXPECT_EQ(FindKeyword(other), Keyword::kNotAKeyword) << other;
  }
  EXPECT_EQ(Tokens("current_timestamx current_timestam"), "id:current_timestamx id:current_timestam");
  EXPECT_EQ(FindKeyword(""), Keyword::kNotAKeyword);
  Check({{"json_table", "id:json_table"}});
  Check({{"json_table", "kw:json_table"}}, 17);
}

TEST(Lexer, Strings) {
  Check({{"'a' 'it''s' ''", "str:a str:it's str:"},
         {"'a\\'", "str:a\\"},  // a backslash is nothing special
         {"'a", "err:unterminated quoted string"},
         {"'a'\n'b'", "str:ab"},
         {"'a' \t\r\n  'b'\n'c'", "str:abc"},
         {"'a' -- comment\n 'b'", "str:ab"},
         {"'a' 'b'", "str:a str:b"},
         {"'a' /* c */ \n'b'", "str:a str:b"},
         {"'a' --c", "str:a"},
         {"E'a\\n\\t\\\\\\'\\x41\\101\\u00e9\\U0001F600\\q'", "str:a\n\t\\'AAé😀q"},
         {"e'a'\n'\\n'", "str:a\n"},
         {"E'\\xZ'", "str:xZ"},
         {"E'\\b\\f\\r\\v'", "str:\b\f\r\v"},
         {"E'\\1\\23\\34\\45\\56\\67\\7'", "str:\x01\x13\x1c%.7\x07"},
         {"E'\\1018\\1019'", "str:A8A9"},
         {"E'\\U0000d83d\\U0000de00'", "str:😀"},
         {"E'\\ud83dx'", "err:invalid escape sequence"},
         {"E'\\ud83d\\n'", "err:invalid escape sequence"},
         {"E'\\ud83d\\u00'", "err:invalid escape sequence"},
         {"E'\\ud83d\\ud83d'", "err:invalid escape sequence"},
         {"E'\\ud83d\\ue000'", "err:invalid escape sequence"},
         {"E'\\ud83d\\ude00'", "str:😀"},
         {"E'\\ud83d'", "err:invalid escape sequence"},
         {"E'\\ude00'", "err:invalid escape sequence"},
         {"E'\\u00'", "err:invalid escape sequence"},
         {"E'\\U00110000'", "err:invalid escape sequence"},
         {"E'\\0'", "err:invalid escape sequence"},
         {"E'\\xff'", "err:invalid escape sequence"},
         {"E'\\xc3\\xa9'", "str:é"},
         {"E'\\u20ac'", "str:€"},
         {"'it''' ''''", "str:it' str:'"},
         {"'a''"
          "''b'",
          "str:a''b"},
         {"E'a\\", "err:unterminated quoted string"},
         {"B'101' b'1'\n'0' X'1F'", "bit:101 bit:10 hex:1F"},
         {"B'1", "err:unterminated bit string literal"},
         {"X'1", "err:unterminated hexadecimal string literal"},
         {"N'x' n 'x'", "kw:nchar str:x id:n str:x"},
         {"E 'x' E\"x\"", "id:e str:x id:e qid:x"}});
}

TEST(Lexer, UnicodeEscapes) {
  Check({{"U&'d\\0061t\\+000061' u&\"d\\0061\"", "str:data qid:da"},
         {"U&'a\\\\b''c'", "str:a\\b'c"},
         {"U&'d!0061' UESCAPE '!' x", "str:da id:x"},
         {"U&\"d!0061\"/**/uescape--\n'!'", "qid:da"},
         {"U&'a' UESCAPE E'!'", "str:a"},
         {"U&'a' UESCAPE e'!'", "str:a"},
         {"U&'d!0061t!+000061' UESCAPE $$!$$", "str:data"},
         {"U&'\\d83d\\de00'", "str:😀"},
         {"U&'\\d83dx'", "err:invalid escape sequence"},
         {"U&'\\d83d'", "err:invalid escape sequence"},
         {"U&'\\d83d\\0061'", "err:invalid escape sequence"},
         {"U&'\\d83d\\e000'", "err:invalid escape sequence"},
         {"U&'\\00zz'", "err:invalid escape sequence"},
         {"U&'\\+00zzzz'", "err:invalid escape sequence"},
         {"U&'\\+110000'", "err:invalid escape sequence"},
         {"U&'a' UESCAPE $$!$$", "str:a"},
         {"U&'a' uescapes", "str:a id:uescapes"},
         {"U&'\\D83D\\DE00'", "str:😀"},
         {"U&'\\D83D'", "err:invalid escape sequence"},
         {"U&'\\D83Dx'", "err:invalid escape sequence"},
         {"U&'\\0000'", "err:invalid escape sequence"},
         {"U&'\\00'", "err:invalid escape sequence"},
         {"U&'a' UESCAPE 'ab'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE '1'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE '+'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE U&'!'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE exx", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE $1", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE ''''", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE '\"'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE ' '", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE E'\\v'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE 'é'", "str:a err:invalid Unicode escape character"},
         {"U&'a' UESCAPE '!", "str:a err:unterminated quoted string"},
         {"U&'a' /* b", "str:a err:unterminated /* comment"},
         {"U&'a' UESCAPE /* b", "str:a err:unterminated /* comment"},
         {"a'b'", "id:a str:b"},
         {"E'abc", "err:unterminated quoted string"},
         {"U&'a\\'", "err:invalid escape sequence"},
         {"a&b u&b e&b x & 'a'", "id:a op:& id:b id:u op:& id:b id:e op:& id:b id:x op:& str:a"},
         {"U & 'a'", "id:u op:& str:a"}});
}

TEST(Lexer, Dollars) {
  Check({{"$$a'b$$ $x$a $$ b$x$ $é$q$é$", "str:a'b str:a $$ b str:q"},
         {"$$a", "err:unterminated dollar-quoted string"},
         {"$1 $12", "param:1 param:12"},
         {"$1a", "err:trailing junk after parameter"},
         {"$x", "err:unexpected character"},
         {"a$b a$$b$$", "id:a$b id:a$$b$$"},
         {"1$$x$$", "int:1 str:x"}});
}

TEST(Lexer, Numbers) {
  Check({{"1 12.5 .5 1. 1e5 1.5E-3 1.e+2", "int:1 num:12.5 num:.5 num:1. num:1e5 num:1.5E-3 num:1.e+2"},
         {"2147483647 2147483648", "int:2147483647 num:2147483648"},
         {"1..2", "int:1 .. int:2"},
         {"1.2.3", "num:1.2 num:.3"},
         {"1a", "err:trailing junk after numeric literal"},
         {"1e", "err:trailing junk after numeric literal"},
         {"1e+", "err:trailing junk after numeric literal"},
         {"1.5x", "err:trailing junk after numeric literal"},
         {"0x1F", "err:trailing junk after numeric literal"},
         {"1_000", "err:trailing junk after numeric literal"}});
  Check({{"0x1F 0o17 0b11 1_000 1_000.5_5 0xFFFFFFFF",
          "int:0x1F int:0o17 int:0b11 int:1_000 num:1_000.5_5 num:0xFFFFFFFF"},
         {"0x1_F 0o1_7 0b1_0", "int:0x1_F int:0o1_7 int:0b1_0"},
         {"0x", "err:invalid number"},
         {"0o8", "err:invalid number"},
         {"0o78", "err:trailing junk after numeric literal"},
         {"0x1_", "err:trailing junk after numeric literal"},
         {"0x1__F", "err:trailing junk after numeric literal"},
         {"1__0", "err:trailing junk after numeric literal"},
         {"1_", "err:trailing junk after numeric literal"}},
        16);
}

TEST(Lexer, Operators) {
  Check({{"+-*/%^<>= + - *", "op:+-*/%^<>= + - *"},
         {"1+-2", "int:1 + - int:2"},
         {"1=-2 1*-2 1<@-2 1@- 2", "int:1 = - int:2 int:1 * - int:2 int:1 op:<@- int:2 int:1 op:@- int:2"},
         {"a<=b>=c<>d!=e=>f:=g::h", "id:a <= id:b >= id:c <> id:d <> id:e => id:f := id:g :: id:h"},
         {"=>= !=-", "op:=>= op:!=-"},
         {"a+/* c */b a*--x\n+1", "id:a + id:b id:a * + int:1"},
         {"@--x", "op:@"},
         {"++++", "+ + + +"},
         {"<++", "< + +"},
         {"? ?| @> ->> #>>", "op:? op:?| op:@> op:->> op:#>>"}});
  EXPECT_EQ(Tokens(std::string(63, '@')), "op:" + std::string(63, '@'));
  EXPECT_EQ(Tokens(std::string(64, '@')), "err:operator too long");
}

TEST(Lexer, SpaceAndComments) {
  Check({{"a--b\nc--d\re--f", "id:a id:c id:e"},  // LF and CR end a line comment
         {"a--b\u2028c\fd", "id:a"},              // line separator and form feed do not
         {"a/* b /* c */ d */e", "id:a id:e"},
         {"/*/*/", "err:unterminated /* comment"},
         {"/**/ /***/ /*/**/*/", ""},
         {"a\t\f\r\nb", "id:a id:b"},
         {"", ""},
         {"{", "err:unexpected character"},
         {"a \\ b", "id:a err:unexpected character"}});
}

TEST(Lexer, RefusesWhatIsNotText) {
  using namespace std::string_view_literals;
  Check({{"a\0b"sv, "err:the text holds a NUL byte"},
         {"'\x01'", "err:the text holds a control character"},
         {"a\vb", "err:the text holds a control character"},
         {"U&\"d\\0016\"", "err:the text holds a control character"},
         {"U&\"d\\0009\"", "qid:d\t"},
         {"U&'d\\0016'", "str:d\x16"},
         {"'\xff'", "err:the text is not valid UTF-8"},
         {"'\xc3'", "err:the text is not valid UTF-8"},
         {"'\xe2\x82'", "err:the text is not valid UTF-8"},
         {"'\xe2('", "err:the text is not valid UTF-8"},
         {"'\xe0\x80\x80'", "err:the text is not valid UTF-8"},
         {"'\xf0\x80\x80\x80'", "err:the text is not valid UTF-8"},
         {"'\xf0\x9f\x98'", "err:the text is not valid UTF-8"},
         {"'\xf0\x9f'", "err:the text is not valid UTF-8"},
         {"'\xf0('", "err:the text is not valid UTF-8"},
         {"'\xed\x9f\xbf\xe0\xa0\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf'",
          "str:\xed\x9f\xbf\xe0\xa0\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
         {"\xc0\x80", "err:the text is not valid UTF-8"},
         {"\xed\xa0\x80", "err:the text is not valid UTF-8"},
         {"\xf4\x90\x80\x80", "err:the text is not valid UTF-8"},
         {"-- \xe2\x82", "err:the text is not valid UTF-8"}});
}

// Where the list of tokens must grow just there.
TEST(Lexer, AnErrorBehindTheLastTokenHasRoom) {
  for (std::size_t before = 40; before < 80; ++before) {
    TokenList tokens;
    std::string sql;
    for (std::size_t i = 0; i < before; ++i) sql += "a ";
    EXPECT_TRUE(Lex(sql + "U&'b' UESCAPE 'xx'", 15, 1000, &tokens));
    ASSERT_EQ(tokens.size(), before + 3);
    EXPECT_EQ(tokens[static_cast<TokenId>(before + 1)].kind, TokenKind::kError);
    for (std::size_t ahead = 2; ahead < 7; ++ahead)
      EXPECT_EQ(tokens[static_cast<TokenId>(before + ahead)].kind, TokenKind::kEnd) << before;
  }
}

TEST(Lexer, TokenLimitAndReuse) {
  TokenList tokens;
  EXPECT_TRUE(Lex("a b c", 15, 3, &tokens));
  EXPECT_FALSE(Lex("a b c d", 15, 3, &tokens));
  EXPECT_EQ(tokens.size(), 4u);
  EXPECT_TRUE(Lex("x", 15, 3, &tokens));
  EXPECT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[1].kind, TokenKind::kEnd);
  EXPECT_EQ(tokens.Spelling(0), "x");
}

}  // namespace
}  // namespace toomai::validator
