// Answers made before, by key, for as long as the schema, the model and the prompts are the same. Knows nothing of what
// the JSON means. Thread-safe; trouble with the file reads as "nothing cached".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "cache/options.h"

namespace toomai::cache {

struct CachedAnswer {
  std::string database, schema_fingerprint, model, prompt_version;
  std::string json;
  std::int64_t at_ms = 0;  // given by Put
};

class AnswerCache {
 public:
  explicit AnswerCache(const AnswerCacheOptions& options);
  ~AnswerCache();

  // Only an answer whose schema fingerprint, model and prompt version are these.
  std::optional<CachedAnswer> Get(const std::string& key, const std::string& schema_fingerprint,
                                  const std::string& model, const std::string& prompt_version);
  Expected<void> Put(const std::string& key, const CachedAnswer& answer);
  Expected<void> Remove(const std::string& key);
  // All answers of a database, or of all when empty.
  Expected<void> Clear(const std::string& database = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toomai::cache
