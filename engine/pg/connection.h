// One session with PostgreSQL, spoken non-blocking: send, poll, read; stopped by a Deadline.
//
// The connection lives in libpq's pipeline mode from the first moment to the last. Two things follow. Several
// statements travel in one round trip. And the simple protocol, the one that takes "SELECT 1; DROP …", cannot be used
// at all: libpq refuses PQexec in this mode. Parameters are sent as parameters; nothing is ever pasted into text.
//
// Statements are sent in batches. Each statement may end a "group" (a Sync message): an error skips the rest of its
// group, and the next group runs all the same. That is how a ROLLBACK is sent behind a statement that may fail.
//
// A statement stopped by its deadline, its stop token or its row handler is cancelled on the server, and the call
// returns only when the backend said that it is idle, or when the grace is over: then abandoned() is true and the
// connection can only be closed. After any connection-level error usable() is false.
//
// A Connection is used by one thread at a time. It does not reconnect, retry or know of pools.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/pg/connect_settings.h"
#include "engine/pg/prepared.h"
#include "engine/pg/wait.h"

struct pg_conn;
struct pg_result;

namespace toomai::engine::pg {

class CancelRequest;

// Text format; nullopt is NULL. The server decides the types.
using Parameter = std::optional<std::string>;

// What the server says of a result column.
struct Field {
  std::string name;
  std::uint32_t type_oid = 0;
  int type_modifier = -1;
  std::uint32_t table_oid = 0;  // 0: not a plain table column
  int table_column = 0;
};

// One row, where libpq keeps it: valid only during the call that hands it over.
class RowView {
 public:
  RowView(const pg_result* result, int row, int size) : result_(result), row_(row), size_(size) {}
  int size() const { return size_; }
  bool IsNull(int column) const;
  // "" for NULL. The text is followed by a NUL byte.
  std::string_view operator[](int column) const;

 private:
  const pg_result* result_;
  int row_, size_;
};

enum class RowAction { kContinue, kStop };  // kStop: the rest is cancelled; the statement counts as done

struct Statement {
  // kPrepare and kDescribe execute nothing; kDescribe is of the unnamed statement.
  enum class Kind { kQuery, kPrepare, kDescribe };

  std::string sql;
  std::string name;  // prepares under it, or runs what was; empty: the unnamed statement
  std::vector<Parameter> parameters;
  Kind kind = Kind::kQuery;
  bool ends_group = false;   // the last statement of a batch always does
  bool comes_again = false;  // worth keeping prepared, where that can be
  bool stream = false;       // rows one by one as they arrive, in flat memory; else when all are here
  std::function<void(const std::vector<Field>&)> on_fields;  // once, before the first row; also when there is none
  std::function<RowAction(const RowView&)> on_row;           // must not throw
};

// A small result, collected.
struct Rows {
  std::vector<Field> fields;
  std::vector<std::vector<Parameter>> rows;
  // The cell, or "" when it is NULL or absent.
  std::string_view at(std::size_t row, std::size_t column) const;
};

class Connection {
 public:
  // Tries the hosts in order, each with its share of the time. Refuses servers older than PostgreSQL 12.
  static Expected<std::unique_ptr<Connection>> Open(const Deadline& deadline, ConnectSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs the batch in one round trip. Fails with the first error; statements of later groups have run even so.
  Expected<void> Run(const Deadline& deadline, const std::vector<Statement>& batch);
  // The same, and sends `tail` right behind without waiting for it. What the tail answers is read before the next
  // batch; if any of it failed, the connection is not usable any more.
  Expected<void> Run(const Deadline& deadline, const std::vector<Statement>& batch, const std::vector<Statement>& tail);
  // One statement, collected.
  Expected<Rows> Query(const Deadline& deadline, std::string sql, std::vector<Parameter> parameters = {});

  // Sends without waiting at all. Settle() waits for the answers of everything sent this way.
  void Post(const std::vector<Statement>& batch);
  Expected<void> Settle(const Deadline& deadline);
  bool settled() const { return expected_.empty(); }

  // May be used again: in step with the server, not in a transaction, not closed.
  bool usable() const;
  bool broken() const { return broken_; }
  bool in_transaction() const;  // also one that has failed
  // Cancel was ignored for the whole grace: the backend may still be working.
  bool abandoned() const { return abandoned_; }
  // Looks, without waiting, whether the server has hung up on an idle session or is about to.
  bool ClosedByServer();
  // For an abandoned connection: reads what has come, true when the backend is idle or gone. Does not wait.
  bool BackendFinished();

  // standard_conforming_strings is on and client_encoding is UTF8, by what the server last reported. Without that, the
  // server would read other tokens than the validator did.
  Expected<void> CheckLexicalSettings() const;

  int backend_pid() const;
  // There is one backend behind this connection for as long as it lives: no pooler that may put another in its place
  // (those make up the process id that they tell a client).
  bool direct() const { return direct_; }
  // What holds until DISCARD ALL; only of use when direct. The session was told the limits of its database, and has
  // statements prepared.
  bool knows_limits() const { return knows_limits_; }
  void NoteLimits() { knows_limits_ = true; }
  PreparedStatements& prepared() { return prepared_; }
  void NoteReset() {
    knows_limits_ = false;
    prepared_.Clear();
  }
  int server_version() const;  // 150018
  std::string host() const;
  std::string tls() const;  // "TLSv1.3", or "" without TLS
  std::string ParameterStatus(const char* name) const;
  std::chrono::steady_clock::time_point opened_at() const { return opened_at_; }

  void set_cancel_grace(std::chrono::milliseconds grace) { cancel_grace_ = grace; }

 private:
  // An answer the server owes us, in the order of sending.
  struct Owed {
    enum class What { kStatement, kSync } what = What::kSync;
    const Statement* statement = nullptr;  // null: nobody listens (tail), but an error spoils the connection
    bool fields_told = false;
  };
  struct CurrentCall;

  explicit Connection(pg_conn* connection);
  static void OnNotice(void* self, const pg_result* notice);
  static Expected<std::unique_ptr<Connection>> OpenOnce(const Deadline& deadline, const Keywords& keywords,
                                                        std::string* host);
  Expected<void> FinishConnecting(const Deadline& deadline);

  bool Send(const Statement& statement);
  bool SendBatch(const std::vector<Statement>& batch, bool listening);
  Expected<void> ReadUntil(const Deadline& deadline, std::size_t left);
  bool WaitForResult(CurrentCall& call);
  void HandleResult(pg_result* result, CurrentCall& call);
  void DeliverRows(pg_result* result, Owed& owed, CurrentCall& call);
  void StartCancel(CurrentCall& call);
  void RepeatCancel(CurrentCall& call);
  Expected<void> EndCall(CurrentCall& call);
  Error LostConnection(std::string_view doing);

  pg_conn* connection_;
  Waker waker_;
  std::deque<Owed> expected_;
  std::chrono::steady_clock::time_point opened_at_ = std::chrono::steady_clock::now();
  std::chrono::milliseconds cancel_grace_{2'000};
  PreparedStatements prepared_;
  bool knows_limits_ = false;
  bool direct_ = false;
  bool row_mode_set_ = false;
  bool broken_ = false;
  bool farewell_ = false;  // the server announced the end of the session
  bool abandoned_ = false;
};

}  // namespace toomai::engine::pg
