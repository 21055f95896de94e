// The issuer's public keys: from a file that may change, or from a URL. A URL is asked on a thread of its own, at the
// first need, when what we hold grows old, and when a token names a key that we have not met, but never more often than
// the pause allows: whoever invents key names must not make us hammer the issuer. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mcp/jwt.h"
#include "mcp/options.h"
#include "mcp/watched_file.h"

namespace toomai::mcp {

class KeySource {
 public:
  explicit KeySource(const OAuthOptions& options);
  ~KeySource();  // Stop()

  // What can be told without asking anybody: the file's content, the URL's scheme.
  Expected<void> Check() const;
  // What is known now; null before the first success, and when the issuer has been silent for too long.
  std::shared_ptr<const JwkSet> Keys();
  // Asks the URL and runs `then` when it has answered or failed, on another thread. False when asking is of no use:
  // there is no URL, it was asked a moment ago, or too many wait already.
  bool Refresh(std::function<void()> then);
  // True when keys from a URL are old enough to be asked for again, though they still hold.
  bool GrowsOld() const;
  // Ends a request that runs and forgets who waits; later ones are refused.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  void Fetch(const std::stop_token& stop);
  void Take(const Expected<std::string>& text);

  const OAuthOptions options_;
  mutable std::mutex mutex_;
  WatchedFile file_;
  std::shared_ptr<const JwkSet> keys_;
  Clock::time_point asked_at_{}, learned_at_{};
  bool stopped_ = false, fetching_ = false;
  std::vector<std::function<void()>> waiting_;
  std::jthread thread_;
};

}  // namespace toomai::mcp
