#include "engine/pg/connect_settings.h"

#include <libpq-fe.h>

#include <memory>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace toomai::engine::pg {
namespace {

constexpr std::size_t kMaxPasswordBytes = 8192;
constexpr const char* kEncoding = "; in a password write %25 for %, %40 for @, %2F for /, %3A for :";

// What a program or a file gave: the first line, without its end.
Expected<Secret> FirstLine(std::string text, const std::string& where) {
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  if (text.empty())
    return Fail(ErrorCode::kUnavailable, where + " gave no password", "its first line must be the password");
  if (text.size() > kMaxPasswordBytes) return Fail(ErrorCode::kUnavailable, where + " gave more than a password");
  RegisterSecret(text);
  return Secret(std::move(text));
}

Expected<Secret> ReadPasswordFile(const std::string& path) {
  auto text = ReadFile(path, kMaxPasswordBytes);
  if (!text) return Fail(ErrorCode::kUnavailable, "no password: " + text.error().message, text.error().hint);
  return FirstLine(std::move(*text), "the password file " + path);
}

Keywords Given(const PQconninfoOption* options) {
  Keywords keywords;
  for (const PQconninfoOption* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  }
  return keywords;
}

// What PG* variables and their service file say, and what libpq takes when nothing is said.
Keywords LibpqDefaults() {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> defaults(PQconndefaults(), PQconninfoFree);
  Keywords keywords = Given(defaults.get());
  keywords.erase("service");                                             // its values are here already
  if (keywords["dbname"] == keywords["user"]) keywords.erase("dbname");  // it follows the user, who may be another
  return keywords;
}

std::string ValueOf(const Keywords& keywords, const std::string& key) {
  const auto found = keywords.find(key);
  return found == keywords.end() ? std::string() : found->second;
}

}  // namespace

Expected<Keywords> ParseConnectionString(const std::string& text) {
  if (text.empty()) return Keywords();
  if (text.find('\0') != std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "the connection string has a NUL byte");
  RegisterUrlPassword(text);
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(PQconninfoParse(text.c_str(), &message),
                                                                              PQconninfoFree);
  if (parsed == nullptr) {
    std::string why = message != nullptr ? message : "out of memory";
    PQfreemem(message);
    return Fail(ErrorCode::kInvalidArgument, "the connection string cannot be read: " + Redact(Trim(why)),
                std::string("write postgresql://user@host:port/database, or key=value pairs") + kEncoding);
  }
  Keywords keywords = Given(parsed.get());
  // What libpq makes of postgresql://user:pass@word@host is a host that nobody meant.
  const bool is_url = text.find("://") != std::string::npos;
  if (is_url && (ValueOf(keywords, "host") + ValueOf(keywords, "dbname")).find('@') != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument, "the connection string has an @ too many",
                std::string("write postgresql://user:password@host:port/database") + kEncoding);
  }
  return keywords;
}

ConnectSettings::ConnectSettings(const DatabaseOptions& options) : options_(options) {
  RegisterSecret(options_.password.Reveal());
}

Expected<Keywords> ConnectSettings::Resolve(const Deadline& deadline) {
  auto keywords = ParseConnectionString(options_.url);
  if (!keywords) return keywords;
  for (const auto& [key, value] : options_.parameters) (*keywords)[key] = value;

  auto password = FindPassword(deadline);
  if (!password) return Fail(password.error());
  if (!password->empty()) (*keywords)["password"] = password->Reveal();
  RegisterSecret(ValueOf(*keywords, "password"));

  (*keywords)["client_encoding"] = "UTF8";  // other encodings are lexed differently (SJIS, GBK): never negotiable
  keywords->emplace("fallback_application_name", "toomai");
  keywords->emplace("keepalives_idle", "30");
  keywords->emplace("keepalives_interval", "10");
  keywords->emplace("keepalives_count", "3");
  keywords->emplace("tcp_user_timeout", "30000");
  keywords->erase("connect_timeout");  // libpq ignores it when non-blocking; PoolOptions has ours
  return keywords;
}

Expected<Secret> ConnectSettings::FindPassword(const Deadline& deadline) {
  if (!options_.password_command.empty()) return RunPasswordCommand(deadline);
  if (!options_.password_file.empty()) return ReadPasswordFile(options_.password_file);
  return options_.password;
}

Expected<Secret> ConnectSettings::RunPasswordCommand(const Deadline& deadline) {
  {
    MutexLock lock(mutex_);
    if (!cached_.empty() && Deadline::Clock::now() < cached_until_) return cached_;
  }
  // The command is the operator's own line from the configuration, so a shell may read it.
  auto done = RunCommand(deadline, {.argv = {"/bin/sh", "-c", options_.password_command}});
  if (!done) return Fail(done.error());
  if (done->status != 0) {
    return Fail(ErrorCode::kUnavailable, "the password command ended with status " + std::to_string(done->status),
                "run it by hand as the same user: its first line of output must be the password");
  }
  auto password = FirstLine(std::move(done->out), "the password command");
  if (!password) return password;
  MutexLock lock(mutex_);
  cached_ = *password;
  cached_until_ = Deadline::Clock::now() + options_.password_ttl;
  return password;
}

void ConnectSettings::ForgetPassword() {
  MutexLock lock(mutex_);
  cached_ = Secret();
}

std::string ConnectSettings::Describe() const {
  Keywords keywords = LibpqDefaults();
  for (const auto& [key, value] : ParseConnectionString(options_.url).value_or(Keywords())) keywords[key] = value;
  for (const auto& [key, value] : options_.parameters) keywords[key] = value;
  const std::string service = ValueOf(keywords, "service");
  if (!service.empty()) return "service " + service;
  std::string text = ValueOf(keywords, "user");
  if (!text.empty()) text += '@';
  text += ValueOf(keywords, "host");
  const std::string port = ValueOf(keywords, "port");
  if (!port.empty()) text += ':' + port;
  const std::string database = ValueOf(keywords, "dbname");
  return text + '/' + (database.empty() ? ValueOf(keywords, "user") : database);
}

}  // namespace toomai::engine::pg
