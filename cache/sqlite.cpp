#include "cache/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

#include <type_traits>
#include <utility>
#include <variant>

namespace toomai::cache {
namespace {

Error MakeError(int code, const std::string& what, const std::string& path) {
  const std::string where = "the state file " + path;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, std::string(kLockedMark) + "another process keeps " + where + " busy",
              "wait a moment and call again; see who has the file open with: fuser " + path};
    case SQLITE_FULL:
      return {ErrorCode::kUnavailable, std::string(kFullMark) + "nothing can be written to " + where,
              "free some space, or set history.max_bytes; writing resumes by itself"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kInternal, std::string(kCorruptMark) + where + " is damaged (" + what + ")",
              "move the file away (a new one is made), and rescue what is left with: sqlite3 " + path + " .recover"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {ErrorCode::kUnavailable, "cannot write " + where + ": " + what,
              "check that the folder exists and may be written, or set state_directory"};
    case SQLITE_IOERR:
      return {ErrorCode::kUnavailable, "reading or writing " + where + " failed: " + what, "check the disk"};
    case SQLITE_INTERRUPT:
      return {ErrorCode::kDeadlineExceeded, "out of time while reading " + where};
    default:
      return {ErrorCode::kInternal, "SQLite: " + what + " (code " + std::to_string(code) + ", " + path + ")"};
  }
}

Error LastError(sqlite3* database) {
  const char* path = sqlite3_db_filename(database, "main");
  return MakeError(sqlite3_extended_errcode(database), sqlite3_errmsg(database), path == nullptr ? "" : path);
}

// SQLite asks every thousand steps whether to go on.
int IsOver(void* deadline) {
  return static_cast<const Deadline*>(deadline)->over() ? 1 : 0;
}

}  // namespace

// ---- Statement ----

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::Bind(std::int64_t value) {
  bind_error_ |= sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

Statement& Statement::Bind(double value) {
  bind_error_ |= sqlite3_bind_double(statement_.get(), ++bound_, value);
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  // A null pointer would bind NULL; an empty view is the empty string.
  const char* data = text.data() == nullptr ? "" : text.data();
  bind_error_ |= sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindKept(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  bind_error_ |= sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  bind_error_ |= sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

Expected<bool> Statement::Step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (bind_error_ != SQLITE_OK) {
    Reset();
    return Fail(ErrorCode::kInternal,
                "SQLite: a value could not be bound to " + std::string(sqlite3_sql(statement_.get())));
  }
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    Reset();
    return false;
  }
  Error error = LastError(database);
  Reset();
  return Fail(std::move(error));
}

Expected<void> Statement::Run() {
  const Expected<bool> row = Step();
  if (!row) return Fail(row.error());
  Reset();
  return {};
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  bound_ = 0;
  bind_error_ = 0;
}

std::int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
double Statement::Real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}
bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

// ---- Connection ----

void Connection::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Expected<Connection> Connection::Open(const std::string& path, Mode mode, std::chrono::milliseconds lock_timeout) {
  if (mode == Mode::kExisting && access(path.c_str(), F_OK) != 0) {
    return Fail(ErrorCode::kNotFound, "there is no state file " + path + " yet");
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection;
  connection.database_.reset(raw);
  connection.path_ = path;
  if (result != SQLITE_OK) return Fail(MakeError(result, raw == nullptr ? "out of memory" : sqlite3_errmsg(raw), path));
  sqlite3_extended_result_codes(raw, 1);
  connection.SetLockTimeout(lock_timeout);
  return connection;
}

Expected<Statement> Connection::Prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) {
    return Fail(LastError(database_.get()));
  }
  Statement statement;
  statement.statement_.reset(raw);
  return statement;
}

Expected<void> Connection::Exec(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return Fail(LastError(database_.get()));
  return {};
}

Expected<std::int64_t> Connection::QueryInt(std::string_view sql) {
  Expected<Statement> statement = Prepare(sql);
  if (!statement) return Fail(statement.error());
  const Expected<bool> row = statement->Step();
  if (!row) return Fail(row.error());
  return *row ? statement->Int(0) : 0;
}

Expected<std::string> Connection::QueryText(std::string_view sql) {
  Expected<Statement> statement = Prepare(sql);
  if (!statement) return Fail(statement.error());
  const Expected<bool> row = statement->Step();
  if (!row) return Fail(row.error());
  return *row ? statement->Text(0) : std::string();
}

void Connection::SetLockTimeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(timeout.count()));
}

void Connection::SetDeadline(const Deadline* deadline) {
  sqlite3_progress_handler(database_.get(), deadline == nullptr ? 0 : 1000, deadline == nullptr ? nullptr : &IsOver,
                           const_cast<Deadline*>(deadline));
}

std::int64_t Connection::Changes() const {
  return sqlite3_changes64(database_.get());
}

// ---- Transaction ----

Expected<Transaction> Transaction::Begin(Connection& connection) {
  if (auto begun = connection.Exec("BEGIN IMMEDIATE"); !begun) return Fail(begun.error());
  return Transaction(connection);
}

Expected<void> Transaction::Commit() {
  auto committed = connection_->Exec("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

Transaction::~Transaction() {
  if (connection_ != nullptr) (void)connection_->Exec("ROLLBACK");
}

// ---- SqliteSql ----

namespace {

class StatementRow : public SqlRow {
 public:
  explicit StatementRow(const Statement& statement) : statement_(statement) {}
  std::int64_t Int(int column) const override { return statement_.Int(column); }
  double Real(int column) const override { return statement_.Real(column); }
  std::string Text(int column) const override { return statement_.Text(column); }
  std::string Bytes(int column) const override { return statement_.Text(column); }

 private:
  const Statement& statement_;
};

void BindValue(Statement& statement, const SqlValue& value) {
  std::visit(
      [&](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, SqlBytes>) {
          statement.BindBlob(held.bytes);
        } else {
          statement.Bind(held);
        }
      },
      value);
}

}  // namespace

Expected<void> SqliteSql::Run(const std::string& sql, const std::vector<SqlValue>& values, const OnRow& on_row) {
  auto statement = connection_.Prepare(sql);
  if (!statement) return Fail(statement.error());
  for (const SqlValue& value : values) BindValue(*statement, value);
  const StatementRow row(*statement);
  while (true) {
    const auto stepped = statement->Step();
    if (!stepped) return Fail(stepped.error());
    if (!*stepped) return {};
    if (on_row) on_row(row);
  }
}

}  // namespace toomai::cache
