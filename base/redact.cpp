#include "base/redact.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/text.h"

namespace toomai {
namespace {

constexpr std::string_view kHidden = "[hidden]";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsTokenByte(char c) {
  return IsWord(c) || c == '-' || c == '.' || c == '+' || c == '/' || c == '=' || c == '~';
}
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// ---- Registered secrets ----

using Secrets = std::vector<std::string>;

struct Registry {
  Mutex mutex;
  std::shared_ptr<const Secrets> secrets TOOMAI_GUARDED_BY(mutex) = std::make_shared<Secrets>();
};

Registry& TheRegistry() {
  static Registry* const registry = new Registry;  // never destroyed: threads may log while the process ends
  return *registry;
}

std::shared_ptr<const Secrets> RegisteredSecrets() {
  MutexLock lock(TheRegistry().mutex);
  return TheRegistry().secrets;
}

void HideAll(std::string* text, std::string_view secret) {
  std::string hidden;
  std::size_t copied = 0;
  for (std::size_t at = text->find(secret); at != std::string::npos; at = text->find(secret, copied)) {
    hidden.append(*text, copied, at - copied).append(kHidden);
    copied = at + secret.size();
  }
  if (copied > 0) *text = hidden.append(*text, copied);
}

// ---- Shapes of secrets: each looks at `i` and gives the range to hide, empty when it is something else ----
//
// Texts come from anyone, so the time must grow with their length alone: what lies far ahead is looked for once, and
// remembered for every place that asks for it again.

struct Range {
  std::size_t begin = 0, end = 0;
  bool empty() const { return begin == end; }
};

// How far a URL may go that begins before `end`, and the last @ on the way.
struct UrlRun {
  std::size_t end = 0, last_at = 0;

  void LookFrom(std::string_view text, std::size_t i) {
    if (i < end) return;
    end = std::min(text.find_first_of(" \t\r\n\"'<>`", i), text.size());
    const std::size_t at = text.substr(i, end - i).rfind('@');
    last_at = at == std::string_view::npos ? 0 : i + at;
  }
};

// Bytes as keys and JSON web tokens have them. The latter have two dots, so that they begin between the third and the
// second dot from the end.
struct TokenRun {
  std::size_t end = 0, two_dots_from = 0, two_dots_until = 0;

  void LookFrom(std::string_view text, std::size_t i) {
    if (i < end) return;
    std::size_t last_dot = i;
    two_dots_from = two_dots_until = i;
    for (end = i; end < text.size() && (IsWord(text[end]) || text[end] == '-' || text[end] == '.'); ++end) {
      if (text[end] != '.') continue;
      two_dots_from = two_dots_until;
      two_dots_until = last_dot;
      last_dot = end;
    }
  }
};

// scheme://user:password@host, with `i` at "://". A password with a raw / or @ in it is still hidden for postgres.
Range UrlPassword(std::string_view text, std::size_t i, UrlRun* run) {
  if (text.substr(i, 3) != "://") return {};
  constexpr std::size_t kLongestScheme = std::string_view("postgresql").size();
  const std::size_t start = i + 3;
  const std::string scheme = AsciiLower(text.substr(i - std::min(i, kLongestScheme), std::min(i, kLongestScheme)));
  run->LookFrom(text, start);
  std::size_t at = run->last_at;
  if (!scheme.ends_with("postgres") && !scheme.ends_with("postgresql")) {
    const std::string_view rest = text.substr(start, run->end - start);
    const std::size_t in_rest = rest.substr(0, rest.find_first_of("/?#")).rfind('@');
    at = in_rest == std::string_view::npos ? 0 : start + in_rest;
  }
  if (at < start) return {};
  const std::size_t colon = text.find(':', start);
  if (colon >= at) return {};
  return {colon + 1, at};
}

constexpr std::array<std::string_view, 13> kSecretKeys = {
    "password", "passwd",  "pwd",        "passphrase",  "secret",        "token",      "api_key",
    "apikey",   "api-key", "access_key", "private_key", "authorization", "sslpassword"};
// With a bare colon these words are often prose ("unexpected token: ;"); they need '=' or a quoted key.
bool OftenProse(std::string_view key) {
  return key == "token" || key == "secret";
}

// key=value, key: value, "key": "value", with `i` at the end of a word.
Range KeyedValue(std::string_view text, std::size_t i) {
  // Most words are not followed by a sign: that is seen before the word is looked at.
  const std::size_t sign = text.find_first_not_of(" \t\r\n\"'", i);
  if (sign == std::string_view::npos || (text[sign] != '=' && text[sign] != ':')) return {};
  std::size_t begin = i;
  while (begin > 0 && (IsWord(text[begin - 1]) || text[begin - 1] == '-') && i - begin < 64) --begin;
  const std::string word = AsciiLower(text.substr(begin, i - begin));
  const auto* key = std::find_if(kSecretKeys.begin(), kSecretKeys.end(), [&](std::string_view candidate) {
    return std::string_view(word).ends_with(candidate);
  });
  if (key == kSecretKeys.end()) return {};
  std::size_t at = i;
  const bool quoted_key = at < text.size() && (text[at] == '"' || text[at] == '\'');
  if (quoted_key) ++at;
  while (at < text.size() && IsSpace(text[at])) ++at;
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return {};
  if (text[at] == ':' && OftenProse(*key) && !quoted_key) return {};
  ++at;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  if (at >= text.size()) return {};
  if (text[at] == '"' || text[at] == '\'') {
    const char quote = text[at];
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != quote) end += text[end] == '\\' ? 2 : 1;
    return {at + 1, std::min(end, text.size())};
  }
  std::size_t end = at;
  while (end < text.size() && !IsSpace(text[end]) && text[end] != '&' && text[end] != ',' && text[end] != ';') ++end;
  if (word.ends_with("authorization")) end = std::min(text.find_first_of("\r\n,;", at), text.size());
  return {at, end};
}

// "Bearer abc…", "Basic abc…", with `i` at the word.
Range BearerToken(std::string_view text, std::size_t i) {
  for (const std::string_view scheme : {std::string_view("bearer "), std::string_view("basic ")}) {
    const bool may_be = (text[i] | 0x20) == scheme.front() && text.size() - i > scheme.size();
    if (!may_be || AsciiLower(text.substr(i, scheme.size())) != scheme) continue;
    std::size_t end = i + scheme.size();
    while (end < text.size() && IsTokenByte(text[end])) ++end;
    if (end - i - scheme.size() >= 8) return {i + scheme.size(), end};
  }
  return {};
}

// "sk-…" keys and JSON web tokens, with `i` at the start of a word.
Range KnownShape(std::string_view text, std::size_t i, TokenRun* run) {
  constexpr std::size_t kShortestKey = 19;
  const std::string_view start = text.substr(i, 3);
  if (start != "sk-" && start != "eyJ") return {};
  run->LookFrom(text, i);
  const bool api_key = start == "sk-" && run->end - i >= kShortestKey;
  const bool web_token = start == "eyJ" && i >= run->two_dots_from && i < run->two_dots_until;
  return api_key || web_token ? Range{i, run->end} : Range{};
}

// Asked at growing places of one text.
class SecretFinder {
 public:
  explicit SecretFinder(std::string_view text) : text_(text) {}

  Range At(std::size_t i) {
    const bool after_word = i > 0 && IsWord(text_[i - 1]);
    if (text_[i] == ':') {
      if (const Range found = UrlPassword(text_, i, &url_); !found.empty()) return found;
    }
    if (after_word && !IsWord(text_[i])) return KeyedValue(text_, i);
    if (after_word || !IsWord(text_[i])) return {};
    if (const Range found = BearerToken(text_, i); !found.empty()) return found;
    return KnownShape(text_, i, &token_);
  }

 private:
  const std::string_view text_;
  UrlRun url_;
  TokenRun token_;
};

// ---- SQL ----

// The end of a quoted run that starts at `i`; a doubled quote stays inside, a backslash takes the next byte if asked.
std::size_t EndOfQuoted(std::string_view sql, std::size_t i, bool backslash) {
  const char quote = sql[i++];
  while (i < sql.size()) {
    if (backslash && sql[i] == '\\') {
      i += 2;
    } else if (sql[i] != quote) {
      ++i;
    } else if (i + 1 < sql.size() && sql[i + 1] == quote) {
      i += 2;
    } else {
      return i + 1;
    }
  }
  return sql.size();
}

// The end of $tag$ … $tag$ at `i`, or `i` when it is not one.
std::size_t EndOfDollarQuoted(std::string_view sql, std::size_t i) {
  std::size_t tag_end = i + 1;
  while (tag_end < sql.size() && IsWord(sql[tag_end])) ++tag_end;
  if (tag_end >= sql.size() || sql[tag_end] != '$' || (i + 1 < sql.size() && IsDigit(sql[i + 1]))) return i;
  const std::string_view tag = sql.substr(i, tag_end + 1 - i);
  const std::size_t close = sql.find(tag, tag_end + 1);
  return close == std::string_view::npos ? sql.size() : close + tag.size();
}

std::size_t EndOfComment(std::string_view sql, std::size_t i) {
  if (sql.substr(i, 2) == "--") return std::min(sql.find('\n', i), sql.size());
  if (sql.substr(i, 2) != "/*") return i;
  int depth = 0;
  while (i < sql.size()) {
    if (sql.substr(i, 2) == "/*") {
      ++depth;
      i += 2;
    } else if (sql.substr(i, 2) == "*/") {
      i += 2;
      if (--depth == 0) return i;
    } else {
      ++i;
    }
  }
  return sql.size();
}

}  // namespace

void RegisterSecret(std::string_view value) {
  if (value.size() < 4) return;
  MutexLock lock(TheRegistry().mutex);
  const Secrets& known = *TheRegistry().secrets;
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  auto more = std::make_shared<Secrets>(known);
  more->emplace_back(value);
  // Longest first: a secret that contains another must be hidden whole.
  std::sort(more->begin(), more->end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  TheRegistry().secrets = std::move(more);
}

void RegisterUrlPassword(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::string kind = AsciiLower(url.substr(0, scheme));
  if (scheme == std::string_view::npos || (kind != "postgres" && kind != "postgresql")) return;
  const std::size_t start = scheme + 3, first_at = url.find('@', start);
  if (first_at == std::string_view::npos) return;
  const std::size_t question = url.substr(0, first_at).find('?', start);
  if (question != std::string_view::npos && url.find('=', question) < first_at) return;  // an @ of the parameters
  const std::size_t at = url.substr(0, url.find('?', first_at)).rfind('@'), colon = url.find(':', start);
  if (colon >= at) return;
  const std::string_view password = url.substr(colon + 1, at - colon - 1);
  RegisterSecret(password);
  for (std::size_t from = 0; from < password.size();) {
    const std::size_t end = std::min(password.find_first_of("@/?#:", from), password.size());
    RegisterSecret(password.substr(from, end - from));
    from = end + 1;
  }
}

std::string Redact(std::string_view text) {
  std::string shown(text);
  for (const std::string& secret : *RegisteredSecrets()) HideAll(&shown, secret);
  std::string out;
  std::size_t copied = 0;
  SecretFinder finder(shown);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Range secret = finder.At(i);
    if (secret.empty() || std::string_view(shown).substr(secret.begin, secret.end - secret.begin) == kHidden) continue;
    out.append(shown, copied, secret.begin - copied).append(kHidden);
    copied = secret.end;
    i = secret.end - 1;
  }
  return copied == 0 ? shown : out.append(shown, copied);
}

std::string RedactSqlLiterals(std::string_view sql) {
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const bool starts_word = i == 0 || (!IsWord(sql[i - 1]) && sql[i - 1] != '$');
    if (const std::size_t end = EndOfComment(sql, i); end != i) {
      out += ' ';
      i = end;
    } else if (c == '"') {
      const std::size_t end_quoted = EndOfQuoted(sql, i, false);
      out += sql.substr(i, end_quoted - i);
      i = end_quoted;
    } else if (c == '\'') {
      const bool escapes = i > 0 && (sql[i - 1] == 'e' || sql[i - 1] == 'E') && (i < 2 || !IsWord(sql[i - 2]));
      out += '?';
      i = EndOfQuoted(sql, i, escapes);
    } else if (const std::size_t end_dollar = c == '$' && starts_word ? EndOfDollarQuoted(sql, i) : i;
               end_dollar != i) {
      out += '?';
      i = end_dollar;
    } else if (starts_word && (IsDigit(c) || (c == '.' && i + 1 < sql.size() && IsDigit(sql[i + 1])))) {
      // 12, 1.5, 1e-7, 0x1F
      while (i < sql.size() && (IsWord(sql[i]) || sql[i] == '.' ||
                                ((sql[i] == '-' || sql[i] == '+') && (sql[i - 1] == 'e' || sql[i - 1] == 'E')))) {
        ++i;
      }
      out += '?';
    } else {
      out += c;
      ++i;
    }
  }
  return out;
}

}  // namespace toomai
