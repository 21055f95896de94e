// A small wrapper over SQLite: connections and statements that close themselves and errors that say what to do. The
// only user of sqlite3.h. A connection belongs to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/sql.h"
#include "cache/trouble.h"

struct sqlite3;
struct sqlite3_stmt;

namespace toomai::cache {

class Statement {
 public:
  Statement() = default;

  // Binds the next parameter; text is copied.
  Statement& Bind(std::int64_t value);
  Statement& Bind(int value) { return Bind(static_cast<std::int64_t>(value)); }
  Statement& Bind(double value);
  Statement& Bind(std::string_view text);
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& BindBlob(std::string_view bytes);
  // Not copied: the text must live until the statement has run.
  Statement& BindKept(std::string_view text);

  // True: there is a row. After false the statement is reset and can be bound anew.
  Expected<bool> Step();
  // For statements without rows.
  Expected<void> Run();
  void Reset();

  // Columns of the current row, 0-based. NULL reads as 0 or "".
  std::int64_t Int(int column) const;
  double Real(int column) const;
  std::string Text(int column) const;  // also blobs
  bool IsNull(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  int bind_error_ = 0;
};

class Connection {
 public:
  enum class Mode { kCreate, kExisting };

  // kNotFound when the file does not exist and may not be made.
  static Expected<Connection> Open(const std::string& path, Mode mode, std::chrono::milliseconds lock_timeout);

  Expected<Statement> Prepare(std::string_view sql);
  // One or more statements without parameters or rows.
  Expected<void> Exec(const char* sql);
  // The first column of the first row; 0 or "" when there is none.
  Expected<std::int64_t> QueryInt(std::string_view sql);
  Expected<std::string> QueryText(std::string_view sql);

  void SetLockTimeout(std::chrono::milliseconds timeout);
  // Statements are interrupted when the deadline is over; it must outlive them. nullptr: no deadline.
  void SetDeadline(const Deadline* deadline);
  std::int64_t Changes() const;
  const std::string& path() const { return path_; }
  bool open() const { return database_ != nullptr; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

// BEGIN IMMEDIATE … COMMIT; rolls back when it goes without Commit().
class Transaction {
 public:
  static Expected<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(other.connection_) { other.connection_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Expected<void> Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

// The history's face of a connection; it must outlive this.
class SqliteSql : public Sql {
 public:
  explicit SqliteSql(Connection& connection) : connection_(connection) {}
  Expected<void> Run(const std::string& sql, const std::vector<SqlValue>& values, const OnRow& on_row) override;
  Connection& connection() { return connection_; }

 private:
  Connection& connection_;
};

}  // namespace toomai::cache
