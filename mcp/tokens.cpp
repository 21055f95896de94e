#include "mcp/tokens.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "mcp/json_rpc.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMinTokenBytes = 16;
constexpr int kMostCallsPerMinute = 1'000'000;

// Reads one entry of the tokens file. A member that is misspelt or has the wrong type is an error: a limit that is not
// understood must not become no limit.
class EntryReader {
 public:
  explicit EntryReader(const Json& entry) : entry_(entry) {
    if (!entry.is_object()) problem_ = "is not an object";
  }

  std::string Text(const char* name) {
    const Json& value = Take(name);
    if (value.is_null()) return {};
    if (!value.is_string()) Refuse(name, "must be a string");
    return value.is_string() ? value.get<std::string>() : std::string();
  }
  bool Flag(const char* name) {
    const Json& value = Take(name);
    if (!value.is_null() && !value.is_boolean()) Refuse(name, "must be true or false");
    return value == true;
  }
  int Count(const char* name) {
    const Json& value = Take(name);
    if (value.is_null()) return 0;
    const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() <= kMostCallsPerMinute;
    if (!fits) Refuse(name, "must be a whole number from 0 to " + std::to_string(kMostCallsPerMinute));
    return fits ? value.get<int>() : 0;
  }
  std::optional<std::vector<std::string>> Names(const char* name) {
    const Json& value = Take(name);
    if (value.is_null()) return std::nullopt;
    std::vector<std::string> names;
    bool good = value.is_array();
    for (std::size_t i = 0; good && i < value.size(); ++i) {
      good = value[i].is_string();
      if (good) names.push_back(value[i].get<std::string>());
    }
    if (!good) Refuse(name, "must be a list of names");
    return names;
  }
  std::map<std::string, std::string> Texts(const char* name) {
    const Json& value = Take(name);
    std::map<std::string, std::string> texts;
    bool good = value.is_null() || value.is_object();
    for (const auto& [key, text] : value.items()) {
      good = good && text.is_string();
      if (good) texts[key] = text.get<std::string>();
    }
    if (!good) Refuse(name, "must be an object of strings");
    return texts;
  }
  // After everything was taken.
  std::string Problem() {
    if (!problem_.empty() || !entry_.is_object()) return problem_;
    for (const auto& [name, value] : entry_.items()) {
      if (std::find(taken_.begin(), taken_.end(), name) != taken_.end()) continue;
      const std::string nearest = NearestName(name, taken_);
      return "has an unknown member \"" + Ellipsis(name, 60) + "\"" +
             (nearest.empty() ? std::string() : "; did you mean \"" + nearest + "\"?");
    }
    return {};
  }
  void Refuse(const std::string& name, const std::string& why) {
    if (problem_.empty()) problem_ = "\"" + name + "\" " + why;
  }

 private:
  const Json& Take(const char* name) {
    taken_.emplace_back(name);
    return Member(entry_, name);
  }

  const Json& entry_;
  std::vector<std::string> taken_;
  std::string problem_;
};

bool IsSha256(std::string_view hex) {
  return hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

TokenStore::TokenStore(const HttpOptions& options) : settings_(options.tokens), file_(options.tokens_file) {}

Expected<void> TokenStore::Check() const {
  for (const TokenOptions& token : settings_) {
    if (token.token.Reveal().size() < kMinTokenBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the token \"" + token.name + "\" is shorter than " + std::to_string(kMinTokenBytes) + " characters",
                  "make one with: openssl rand -hex 32");
    }
  }
  if (file_.path().empty()) return {};
  const auto text = file_.Read();
  if (!text) return Fail(text.error());
  if (const auto parsed = ParseFile(*text); !parsed) return Fail(parsed.error());
  return {};
}

Expected<std::vector<TokenStore::FileToken>> TokenStore::ParseFile(const std::string& text) const {
  const auto document = ParseJson(text, MessageLimits{});
  if (!document || !Member(*document, "tokens").is_array()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the tokens file must be JSON of the form {\"tokens\": [{\"name\": …, \"token\": …}]}");
  }
  std::vector<FileToken> tokens;
  std::set<std::string> taken;  // two holders of one name would share history, cursors and limits
  for (const TokenOptions& token : settings_) taken.insert(token.name);
  for (const Json& entry : Member(*document, "tokens")) {
    EntryReader reader(entry);
    FileToken one;
    one.token.name = reader.Text("name");
    one.token.token = Secret(reader.Text("token"));
    one.sha256 = AsciiLower(reader.Text("sha256"));
    one.token.databases = reader.Names("databases");
    one.token.tools = reader.Names("tools");
    one.token.calls_per_minute = reader.Count("calls_per_minute");
    one.token.database_role = reader.Text("database_role");
    one.token.claims = reader.Texts("claims");
    one.token.may_review = reader.Flag("may_review");
    one.token.may_read_metrics = reader.Flag("may_read_metrics");
    const bool has_token = one.token.token.Reveal().size() >= kMinTokenBytes && one.sha256.empty();
    const bool has_digest = IsSha256(one.sha256) && one.token.token.Reveal().empty();
    if (one.token.name.empty()) reader.Refuse("name", "is missing");
    // "oauth:…" is how holders of access tokens are called.
    if (one.token.name.find(':') != std::string::npos) reader.Refuse("name", "may not hold ':'");
    if (!taken.insert(one.token.name).second) reader.Refuse("name", "is that of another token already");
    if (!has_token && !has_digest) reader.Refuse("token", "of 16 characters or \"sha256\" (64 hex digits) is needed");
    if (const std::string problem = reader.Problem(); !problem.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "entry " + std::to_string(tokens.size() + 1) + " of the tokens file: " + problem);
    }
    tokens.push_back(std::move(one));
  }
  return tokens;
}

// A file that cannot be read or parsed leaves what was known before in force.
void TokenStore::Reload() {
  if (!file_.Changed()) return;
  const auto text = file_.Read();
  auto parsed = text ? ParseFile(*text) : Expected<std::vector<FileToken>>(Fail(text.error()));
  if (parsed)
    file_tokens_ = std::move(*parsed);
  else
    Log(Level::kError, "auth", "the tokens file was not taken over", {{"why", parsed.error().message}});
}

std::optional<TokenOptions> TokenStore::Find(std::string_view given) {
  const std::string digest = Sha256Hex(given);
  const TokenOptions* found = nullptr;
  for (const TokenOptions& token : settings_) {
    if (token.token.Equals(given)) found = &token;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  Reload();
  for (const FileToken& entry : file_tokens_) {
    const bool same = entry.sha256.empty() ? entry.token.token.Equals(given)
                                           : CRYPTO_memcmp(entry.sha256.data(), digest.data(), digest.size()) == 0;
    if (same) found = &entry.token;
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace toomai::mcp
