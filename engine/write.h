// Opt-in changes of rows, apart from everything that reads: an own role, own options, own connections where configured.
// A change is tried and rolled back unless `apply` is set, and then only kept when it touches exactly the rows that a
// dry run announced, no more than the ceiling, and is written down in the history first. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/write_sql.h"

namespace toomai::engine {

inline constexpr std::size_t kWritePreviewRows = 20;

struct WriteReport {
  std::string table, sql;
  std::int64_t rows = 0;
  std::vector<std::string> along;  // tables whose rows go or change with them
  bool applied = false;
  QueryResult preview;  // keys and new values of the first rows
};

// A change that touches another number of rows than was announced.
Error OtherCount(std::int64_t rows, std::int64_t announced);

class Writer {
 public:
  // `databases` are the engine's; `engine` gives schemas and keeps the history, and must live longer.
  Writer(Engine& engine, const std::vector<DatabaseOptions>& databases, const std::vector<WriteOptions>& writes);
  ~Writer();

  bool enabled() const { return !targets_.empty(); }
  // The masks of today; what may be changed stays as it was at the start.
  void UseMasks(const std::vector<DatabaseOptions>& databases);
  Expected<WriteReport> Run(const Deadline& deadline, const Caller& caller, const WriteRequest& request);

 private:
  struct Target;
  struct Planned {
    WriteStatement statement;
    std::string fingerprint;  // of the schema it was made for
  };
  Expected<Planned> Plan(const Deadline& deadline, const Caller& caller, const WriteRequest& request,
                         const Target& target, bool refresh);
  // Everything but the record of what failed; `entry` learns what happened on the way.
  Expected<WriteReport> Change(const Deadline& deadline, const Caller& caller, const WriteRequest& request,
                               Target& target, cache::HistoryEntry* entry);

  Engine& engine_;
  std::map<std::string, std::unique_ptr<Target>> targets_;  // by name of the database
};

}  // namespace toomai::engine
