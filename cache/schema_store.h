// Schema snapshots that outlive the process, so that a cold start needs no catalog queries. Knows nothing of what the
// JSON means. Trouble with the file is an error the caller may ignore: a snapshot can always be read anew. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace toomai::cache {

struct StoredSchema {
  std::string fingerprint, json;
  std::int64_t at_ms = 0;  // when it was saved
};

class SchemaStore {
 public:
  // The path of the state file; it is opened on first use.
  explicit SchemaStore(std::string path);
  ~SchemaStore();

  // `key` names a database as it was reached (host, port, name, user, restriction), without secrets.
  Expected<std::optional<StoredSchema>> Load(const std::string& key);
  Expected<void> Save(const std::string& key, const std::string& fingerprint, const std::string& json);
  Expected<void> Remove(const std::string& key);
  // What snapshots of a database were before they were replaced, newest first.
  Expected<std::vector<StoredSchema>> Old(const std::string& database);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toomai::cache
