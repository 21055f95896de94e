#include "validator/fingerprint.h"

#include <cstdint>
#include <cstring>

#include "validator/token_writer.h"

namespace toomai::validator {
namespace {

// SipHash-2-4 with a fixed key (Aumasson and Bernstein): short, quick, and, unlike plain multiplicative hashes, without
// a known way to write a statement that has a given value, since allow-lists of patterns compare these.
class SipHash {
 public:
  static std::uint64_t Of(std::string_view text) {
    SipHash hash;
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
      std::uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      hash.Absorb(word);
    }
    std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
    for (std::size_t k = 0; i + k < text.size(); ++k) {
      last |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i + k])) << (8 * k);
    }
    hash.Absorb(last);
    hash.v2_ ^= 0xFF;
    for (int round = 0; round < 4; ++round) hash.Round();
    return hash.v0_ ^ hash.v1_ ^ hash.v2_ ^ hash.v3_;
  }

 private:
  static constexpr std::uint64_t kKey0 = 0x746F6F6D61693A31u, kKey1 = 0x656C657068616E74u;

  static std::uint64_t Rotate(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
  void Round() {
    v0_ += v1_, v1_ = Rotate(v1_, 13), v1_ ^= v0_, v0_ = Rotate(v0_, 32);
    v2_ += v3_, v3_ = Rotate(v3_, 16), v3_ ^= v2_;
    v0_ += v3_, v3_ = Rotate(v3_, 21), v3_ ^= v0_;
    v2_ += v1_, v1_ = Rotate(v1_, 17), v1_ ^= v2_, v2_ = Rotate(v2_, 32);
  }
  void Absorb(std::uint64_t word) {
    v3_ ^= word;
    Round();
    Round();
    v0_ ^= word;
  }

  std::uint64_t v0_ = kKey0 ^ 0x736F6D6570736575u, v1_ = kKey1 ^ 0x646F72616E646F6Du;
  std::uint64_t v2_ = kKey0 ^ 0x6C7967656E657261u, v3_ = kKey1 ^ 0x7465646279746573u;
};

bool IsConstant(const TokenList& tokens, TokenId id) {
  const TokenKind kind = tokens[id].kind;
  return kind == TokenKind::kString || kind == TokenKind::kBitString || kind == TokenKind::kHexString ||
         kind == TokenKind::kInteger || kind == TokenKind::kNumeric || kind == TokenKind::kParameter;
}

}  // namespace

Fingerprint MakeFingerprint(const Tree& tree) {
  static thread_local TextBuffer memory;
  const TokenList& tokens = tree.tokens;
  const auto size = static_cast<TokenId>(tokens.size() - 1);
  char* const begin = memory.Reserve(WrittenSize(tokens));
  char* out = begin;
  constexpr TokenId kNone = 0xFFFFFFFFu;
  TokenId last = kNone;
  bool in_list = false;  // directly inside IN ( … ) or ARRAY [ … ], and only constants so far
  for (TokenId id = 0; id < size; ++id) {
    const Token& token = tokens[id];
    if (token.kind == TokenKind::kSemicolon) continue;
    if (in_list && token.kind == TokenKind::kComma && IsConstant(tokens, id + 1) &&
        (tokens[id + 2].kind == TokenKind::kComma || tokens[id + 2].kind == TokenKind::kRightParen ||
         tokens[id + 2].kind == TokenKind::kRightBracket)) {
      ++id;  // one ? stands for them all
      continue;
    }
    if (last != kNone && NeedsSpace(tokens, last, id)) *out++ = ' ';
    const bool constant = IsConstant(tokens, id);
    if (constant) {
      *out++ = '?';
    } else {
      out = WriteToken(tokens, id, out);
    }
    const bool opens = token.kind == TokenKind::kLeftParen || token.kind == TokenKind::kLeftBracket;
    in_list = (in_list && constant) ||
              (opens && last != kNone &&
               (tokens[last].AsKeyword() == Keyword::kIn || tokens[last].AsKeyword() == Keyword::kArray));
    last = id;
  }
  Fingerprint fingerprint;
  fingerprint.normalized.assign(begin, out);
  std::uint64_t hash = SipHash::Of(fingerprint.normalized);
  constexpr char kHex[] = "0123456789abcdef";
  fingerprint.hash.resize(16);
  for (int i = 15; i >= 0; --i, hash >>= 4) fingerprint.hash[static_cast<std::size_t>(i)] = kHex[hash & 15];
  return fingerprint;
}

}  // namespace toomai::validator
