// Pages of one result: a cursor of PostgreSQL kept open in its read-only transaction, so that all pages come from one
// snapshot.
//
// An open cursor holds a session. So there are few (max_cursors, and never more than half of the pool), they end after
// cursor_ttl without use, with their last row, and with any error. An id says nothing and cannot be guessed; only the
// caller that opened a cursor may use it. Thread-safe; two calls for one cursor at the same time: the second hears
// kBusy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/executor.h"

namespace toomai::engine::pg {

class Cursors {
 public:
  Cursors(Pool& pool, const ExecutionOptions& options);
  ~Cursors();  // closes them all

  // The first page. `cursor` is set in the result when there is more; when no cursor can be kept, a note says so.
  Expected<QueryResult> Open(const Deadline& deadline, const validator::ValidatedSql& sql,
                             const std::vector<Parameter>& parameters, const StatementScope& scope,
                             const Budget& budget, const std::string& owner);
  // The next page. kNotFound: no such cursor of this owner (any more).
  Expected<QueryResult> Next(const Deadline& deadline, const std::string& id, const std::string& owner,
                             const Budget& budget);
  void Close(const std::string& id, const std::string& owner);
  int open() const;

 private:
  friend struct CursorProbe;  // tests that need the layer below the validator
  struct State;
  Expected<QueryResult> OpenText(const Deadline& deadline, const std::string& sql,
                                 const std::vector<Parameter>& parameters, const StatementScope& scope,
                                 const Budget& caps, const std::string& owner);

  std::unique_ptr<State> state_;
};

}  // namespace toomai::engine::pg
