// Any bytes give tokens that lie inside the text, in order, and values inside the list.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "validator/lexer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::validator;
  static TokenList tokens;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (const int version : {15, 18}) {
    Lex(sql, version, 1u << 16, &tokens);
    std::size_t end = 0, bytes = 0;
    for (TokenId id = 0; id + 1 < tokens.size(); ++id) {
      if (tokens[id].kind == TokenKind::kError) break;
      if (tokens[id].begin < end || tokens[id].end <= tokens[id].begin || tokens[id].end > size) std::abort();
      end = tokens[id].end;
      for (const char c : tokens.Value(id)) bytes += static_cast<unsigned char>(c);
    }
    if (tokens[static_cast<TokenId>(tokens.size() - 1)].kind != TokenKind::kEnd || bytes == 1u << 31) std::abort();
  }
  return 0;
}
