#include "engine/bound_text.h"

#include <charconv>

#include "validator/lexer.h"

namespace toomai::engine {
namespace {

constexpr int kNewestServer = 18;
constexpr std::size_t kMaxTokens = 100'000;

// The value of "$7", or nullptr.
const std::optional<std::string>* ValueOf(std::string_view spelling,
                                          const std::vector<std::optional<std::string>>& values) {
  std::size_t number = 0;
  std::from_chars(spelling.data() + 1, spelling.data() + spelling.size(), number);
  return number >= 1 && number <= values.size() ? &values[number - 1] : nullptr;
}

}  // namespace

std::string QuoteLiteral(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'') text += c;
    text += c;
  }
  return text + "'";
}

std::string WithValues(const std::string& sql, const std::vector<std::optional<std::string>>& values) {
  validator::TokenList tokens;
  if (values.empty() || !validator::Lex(sql, kNewestServer, kMaxTokens, &tokens)) return sql;
  std::string text;
  std::size_t done = 0;
  for (validator::TokenId id = 0; id < tokens.size(); ++id) {
    const validator::Token& token = tokens[id];
    if (token.kind != validator::TokenKind::kParameter) continue;
    const auto* value = ValueOf(tokens.Spelling(id), values);
    if (value == nullptr) continue;
    text += sql.substr(done, token.begin - done) + (*value ? QuoteLiteral(**value) : "NULL");
    done = token.end;
  }
  return text + sql.substr(done);
}

}  // namespace toomai::engine
