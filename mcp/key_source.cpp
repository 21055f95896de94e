#include "mcp/key_source.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kMaxDocumentBytes = 256 << 10;
constexpr std::size_t kMaxWaiting = 1'000;         // requests that wait for one answer of the issuer
constexpr std::chrono::seconds kFetchTimeout{10};  // for that answer
constexpr milliseconds kRetry{2'000};              // pause while no keys are known
constexpr std::chrono::hours kHold{24};            // how long keys outlive an issuer that cannot be reached

bool IsLoopbackUrl(std::string_view url) {
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    const bool same = url.substr(0, host.size()) == host;
    if (same && (url.size() == host.size() || url[host.size()] == ':' || url[host.size()] == '/')) return true;
  }
  return false;
}

}  // namespace

KeySource::KeySource(const OAuthOptions& options)
    : options_(options), file_(options.issuer.empty() ? std::string() : options.jwks_file) {}

KeySource::~KeySource() {
  Stop();
}

Expected<void> KeySource::Check() const {
  if (options_.jwks_file.empty() == options_.jwks_url.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "OAuth needs the issuer's public keys from one place",
                "set either jwks_url or jwks_file");
  }
  if (!options_.jwks_url.empty()) {
    if (options_.jwks_url.rfind("https://", 0) == 0 || IsLoopbackUrl(options_.jwks_url)) return {};
    return Fail(ErrorCode::kInvalidArgument, "jwks_url must begin with https://",
                "keys that anybody on the way can replace protect nothing");
  }
  const auto text = file_.Read();
  if (!text) return Fail(text.error());
  if (const auto keys = JwkSet::Parse(*text); !keys) return Fail(keys.error());
  return {};
}

// A document that cannot be had or parsed leaves what was known before in force. Call with the lock held.
void KeySource::Take(const Expected<std::string>& text) {
  auto parsed = text ? JwkSet::Parse(*text) : Expected<JwkSet>(Fail(text.error()));
  if (parsed) {
    keys_ = std::make_shared<const JwkSet>(std::move(*parsed));
    learned_at_ = Clock::now();
    return;
  }
  Log(Level::kError, "auth", "the issuer's keys were not taken over",
      {{"from", options_.jwks_url.empty() ? options_.jwks_file : options_.jwks_url}, {"why", parsed.error().message}});
}

std::shared_ptr<const JwkSet> KeySource::Keys() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (file_.Changed()) Take(file_.Read());
  const bool silent = file_.path().empty() && Clock::now() - learned_at_ > kHold;
  return silent ? nullptr : keys_;
}

bool KeySource::GrowsOld() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return !options_.jwks_url.empty() && keys_ && Clock::now() - learned_at_ > options_.jwks_refresh;
}

bool KeySource::Refresh(std::function<void()> then) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_ || options_.jwks_url.empty() || !options_.fetch || waiting_.size() >= kMaxWaiting) return false;
  if (fetching_) {
    waiting_.push_back(std::move(then));
    return true;
  }
  const auto now = Clock::now();
  const milliseconds pause = keys_ ? options_.jwks_pause : std::min(options_.jwks_pause, kRetry);
  if (asked_at_ != Clock::time_point{} && now - asked_at_ < pause) return false;
  asked_at_ = now;
  fetching_ = true;
  waiting_.push_back(std::move(then));
  thread_ = std::jthread([this](const std::stop_token& stop) { Fetch(stop); });  // the one before has ended
  return true;
}

void KeySource::Fetch(const std::stop_token& stop) {
  const auto text = options_.fetch(Deadline::After(kFetchTimeout, stop), options_.jwks_url, kMaxDocumentBytes);
  std::vector<std::function<void()>> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!stopped_) Take(text);
    waiting.swap(waiting_);
    if (stopped_) waiting.clear();
    fetching_ = false;
  }
  for (const auto& then : waiting) then();
}

void KeySource::Stop() {
  std::jthread running;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    waiting_.clear();
    running.swap(thread_);
  }
  running.request_stop();
  if (running.joinable()) running.join();
}

}  // namespace toomai::mcp
