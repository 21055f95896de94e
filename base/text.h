// UTF-8 and plain-text helpers that every layer needs. Locale-free; ASCII only where the name says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toomai {

// Valid UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is valid UTF-8 and must be refused by
// callers that pass text to C.
bool IsValidUtf8(std::string_view text);
// The byte offset of the first invalid byte, or npos.
std::size_t FindInvalidUtf8(std::string_view text);
// Each invalid byte becomes U+FFFD; control characters other than tab, LF and CR become U+FFFD as well.
std::string CleanUtf8(std::string_view text);

// The longest prefix of at most `bytes` bytes that does not cut a code point.
std::string_view CutAtCodePoint(std::string_view text, std::size_t bytes);
// CutAtCodePoint plus "…" when something was cut; the mark is included in `bytes`.
std::string Ellipsis(std::string_view text, std::size_t bytes);
std::size_t CountCodePoints(std::string_view text);
// Columns that a terminal needs: wide for East Asian wide and full width, zero for combining marks.
std::size_t DisplayWidth(std::string_view text);
// Decodes the code point at `*offset` and moves past it; U+FFFD for one invalid byte.
char32_t NextCodePoint(std::string_view text, std::size_t* offset);
void AppendUtf8(char32_t code_point, std::string* out);

std::string AsciiLower(std::string_view text);
std::string_view Trim(std::string_view text);
std::vector<std::string> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
bool EqualsIgnoreAsciiCase(std::string_view a, std::string_view b);

// Edit distance (insert, delete, substitute, swap neighbours), at most `limit` + 1. Counts bytes.
std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit);
// The candidate nearest to `word` when it is near enough to be a slip of the fingers, else empty.
std::string NearestName(std::string_view word, const std::vector<std::string>& candidates);

// Random text for request ids: `length` characters of [0-9a-z], from the system's entropy.
std::string RandomId(std::size_t length = 12);
std::string HexEncode(std::string_view bytes);
std::string Base64Encode(std::string_view bytes);
// false when `text` is not base64 (standard or URL alphabet, padding optional).
bool Base64Decode(std::string_view text, std::string* bytes);

// FNV-1a: fast, not for secrets or anything an attacker may choose.
std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL);

}  // namespace toomai
