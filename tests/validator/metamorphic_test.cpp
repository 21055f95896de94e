// A statement that is spelt otherwise is the same statement: comments, white space, capitals, quotes, U& and
// superfluous parentheses change neither the verdict nor, where the tokens are the same, the text that is sent.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "shop.h"
#include "validator/lexer.h"
#include "validator/parser.h"
#include "validator/walker.h"

namespace toomai::validator::test {
namespace {

constexpr std::size_t kLongest = 2000;  // respelling makes text longer, and limits of size are not what is tested here

// Statements of every kind: each form of the grammar, what each rule catches and lets through, attacks and harmless
// ones.
std::vector<std::string> Statements() {
  std::vector<std::string> all;
  std::ifstream grammar(SourcePath("fixtures/validator/grammar.sql"));
  for (std::string line; std::getline(grammar, line);) all.push_back(line);
  for (int rule = 0; rule < kRuleCount; ++rule) {
    for (Case& one :
         ReadCases(SourcePath("fixtures/validator/rules/" + std::string(RuleId(static_cast<Rule>(rule))) + ".test"))) {
      all.push_back(std::move(one.sql));
    }
  }
  std::ifstream harmless(SourcePath("fixtures/validator/market/harmless.sql"));
  for (std::string line; std::getline(harmless, line);) all.push_back(line);
  const char* shared = std::getenv("TOOMAI_SHARED");
  for (const char* name : {"attacks-sample.jsonl", "benign-sample.jsonl"}) {
    std::ifstream file((shared != nullptr ? std::string(shared) : SourcePath("../shared")) + "/security/" + name);
    for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line).value("sql", ""));
  }
  std::erase_if(all, [](const std::string& sql) { return sql.empty() || sql.size() > kLongest; });
  return all;
}

struct Answer {
  std::string rule, sent;
};
Answer Ask(const std::string& sql) {
  static const Checker checker = [] {
    Policy policy = ShopPolicy();
    policy.limits = {};
    policy.limits.statement_bytes = 1u << 20;
    return Checker(&ShopCatalog(), policy);
  }();
  const Verdict verdict = Validate(sql, checker);
  if (!verdict.allowed) return {verdict.findings.front().rule, ""};
  return {"", verdict.sql->text()};
}

class Respelling : public testing::Test {
 protected:
  using Spell = std::function<std::string(const TokenList&, TokenId)>;
  using Gap = std::function<std::string(const TokenList&, TokenId)>;  // what stands before the token

  // Whether the lexer gave tokens for all of the text; where it fails, there is nothing to respell.
  static bool Read(const std::string& sql, TokenList* tokens) {
    if (!Lex(sql, 15, 1u << 20, tokens)) return false;
    for (TokenId id = 0; id < tokens->size(); ++id) {
      if ((*tokens)[id].kind == TokenKind::kError) return false;
    }
    return true;
  }

  void CheckAll(const Spell& spell, const Gap& gap, bool same_text) {
    TokenList tokens;
    int compared = 0, allowed = 0;
    for (const std::string& sql : Statements()) {
      if (!Read(sql, &tokens)) continue;
      std::string other;
      for (TokenId id = 0; id + 1 < tokens.size(); ++id) other += gap(tokens, id) + spell(tokens, id);
      Compare(sql, other + gap(tokens, static_cast<TokenId>(tokens.size() - 1)), same_text, &allowed);
      ++compared;
    }
    EXPECT_GT(compared, 900);
    EXPECT_GT(allowed, 200);
  }

  static void Compare(const std::string& sql, const std::string& other, bool same_text, int* allowed) {
    const Answer before = Ask(sql), after = Ask(other);
    EXPECT_EQ(before.rule, after.rule) << sql << "\nrespelt\n" << other;
    if (same_text) {
      EXPECT_EQ(before.sent, after.sent) << sql << "\nrespelt\n" << other;
    }
    *allowed += before.rule.empty() ? 1 : 0;
  }

  static std::string AsWritten(const TokenList& tokens, TokenId id) { return std::string(tokens.Spelling(id)); }
  // What stood before the token, so that nothing is parted or joined that was not.
  static std::string AsSpaced(const TokenList& tokens, TokenId id) {
    const std::size_t from = id == 0 ? 0 : tokens[id - 1].end;
    return std::string(tokens.text().substr(from, tokens[id].begin - from));
  }
  // N'…' are two tokens that stand together.
  static bool IsNational(const TokenList& tokens, TokenId id) {
    return id > 0 && tokens[id - 1].AsKeyword() == Keyword::kNchar && tokens[id - 1].end == tokens[id].begin;
  }
  // A bare name that no grammar treats as a keyword.
  static bool IsBareName(const TokenList& tokens, TokenId id) {
    return tokens[id].kind == TokenKind::kIdentifier && tokens[id].is_plain;
  }

  std::mt19937_64 random_{20261127};
};

TEST_F(Respelling, Comments) {
  CheckAll(
      AsWritten,
      [&](const TokenList& tokens, TokenId id) -> std::string {
        if (IsNational(tokens, id)) return "";
        // A line break between two strings would make them one.
        const bool strings = id > 0 && tokens[id].kind == TokenKind::kString;
        static const char* kComments[] = {"/**/", "/* ' \" ; */", "/*/* $$ */*/", "-- ;'\n", "--\r"};
        return " " + std::string(kComments[random_() % (strings ? 3 : 5)]) + " ";
      },
      true);
}

TEST_F(Respelling, WhiteSpace) {
  CheckAll(
      AsWritten,
      [&](const TokenList& tokens, TokenId id) -> std::string {
        if (IsNational(tokens, id)) return "";
        const bool strings = id > 0 && tokens[id].kind == TokenKind::kString;
        static const char* kSpaces[] = {" ", "\t", "  \t ", "\f", "\n", "\r\n", "\r"};
        return kSpaces[random_() % (strings ? 4 : 7)];
      },
      true);
}

TEST_F(Respelling, Capitals) {
  CheckAll(
      [&](const TokenList& tokens, TokenId id) {
        std::string text(tokens.Spelling(id));
        if (tokens[id].kind != TokenKind::kIdentifier && tokens[id].kind != TokenKind::kKeyword) return text;
        for (char& c : text) {
          const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
          if (letter && random_() % 2 == 0) c = static_cast<char>(c ^ 0x20);
        }
        return text;
      },
      AsSpaced, true);
}

TEST_F(Respelling, Quotes) {
  CheckAll(
      [](const TokenList& tokens, TokenId id) {
        if (!IsBareName(tokens, id)) return AsWritten(tokens, id);
        return "\"" + std::string(tokens.Value(id)) + "\"";
      },
      AsSpaced, true);
}

TEST_F(Respelling, UnicodeEscapes) {
  CheckAll(
      [&](const TokenList& tokens, TokenId id) {
        if (!IsBareName(tokens, id)) return AsWritten(tokens, id);
        std::string text;
        for (const char c : tokens.Value(id)) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\%04x", static_cast<unsigned char>(c));
          text += random_() % 2 == 0 ? std::string(escape) : std::string(1, c);
        }
        return "U&\"" + text + "\"";
      },
      AsSpaced, true);
}

TEST_F(Respelling, StringsByOtherQuotes) {
  CheckAll(
      [&](const TokenList& tokens, TokenId id) {
        if (tokens[id].kind != TokenKind::kString || IsNational(tokens, id)) return AsWritten(tokens, id);
        const std::string value(tokens.Value(id));
        if (value.find('$') == std::string::npos && random_() % 2 == 0) return "$q$" + value + "$q$";
        std::string text = "E'";
        for (const char c : value) text += c == '\'' ? "\\'" : c == '\\' ? "\\\\" : std::string(1, c);
        return text + "'";
      },
      [](const TokenList& tokens, TokenId id) {
        const bool apart = tokens[id].kind == TokenKind::kString && !IsNational(tokens, id);
        return (apart ? " " : "") + AsSpaced(tokens, id);
      },
      true);
}

// Parentheses around whole conditions and output values.
TEST_F(Respelling, Parentheses) {
  Tree tree;
  ParseError error;
  int compared = 0, allowed = 0;
  for (const std::string& sql : Statements()) {
    if (!Parse(sql, {}, &tree, &error)) continue;
    std::vector<ByteRange> ranges;
    const auto wrap = [&](NodeId id) {
      if (id != kNoNode && !tree.Has(id, kStarFlag)) ranges.push_back(tree.Range(id));
    };
    Walk(tree, tree.root(), [&](NodeId id) {
      if (tree[id].kind == NodeKind::kTarget && tree[tree.Child(id, 0)].kind != NodeKind::kIndirection)
        wrap(tree.Child(id, 0));
      if (tree[id].kind == NodeKind::kSelect) {
        wrap(tree.Child(id, SelectSlots::kWhere));
        wrap(tree.Child(id, SelectSlots::kHaving));
      }
      if (tree[id].kind == NodeKind::kJoin) wrap(tree.Child(id, JoinSlots::kOn));
      return true;
    });
    std::string other;
    for (std::size_t i = 0; i <= sql.size(); ++i) {
      for (const ByteRange& range : ranges) other += range.end == i ? "))" : "";
      for (const ByteRange& range : ranges) other += range.begin == i ? "((" : "";
      if (i < sql.size()) other += sql[i];
    }
    Compare(sql, other, false, &allowed);
    ++compared;
  }
  EXPECT_GT(compared, 500);
  EXPECT_GT(allowed, 200);
}

}  // namespace
}  // namespace toomai::validator::test
