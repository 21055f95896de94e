#include "cache/history_sqlite.h"

#include <type_traits>
#include <utility>

#include "cache/search_index.h"
#include "cache/state_file.h"
#include "cache/stored_history.h"

namespace toomai::cache {
namespace {

// Binds each field to the next question mark. Texts are not copied: they must live until the statement has run.
class FieldBinder {
 public:
  explicit FieldBinder(Statement& statement) : statement_(statement) {}
  void operator()(const char*, const std::string& field) { statement_.BindKept(field); }
  void operator()(const char*, std::int64_t field) { statement_.Bind(field); }
  void operator()(const char*, double field) { statement_.Bind(field); }
  void operator()(const char*, bool field) { statement_.Bind(field ? 1 : 0); }

 private:
  Statement& statement_;
};

class SqliteWriter : public ChainWriter {
 public:
  static Expected<std::unique_ptr<ChainWriter>> Open(const StateFileOptions& file);

  Expected<void> Begin(std::chrono::milliseconds patience) override;
  Expected<void> Commit() override;
  void Rollback() override { (void)rollback_.Run(); }
  Sql& sql() override { return sql_; }
  bool current() override { return identity_ == FileIdentity(connection_.path()); }
  Expected<void> Restate(const HistoryEntry& before, ReviewState state) override {
    return Reindex(connection_, before, state);
  }
  Expected<void> Forget(const std::vector<std::int64_t>& ids) override { return Unindex(connection_, ids); }
  // The index keeps marks for what was deleted until it is merged.
  void Shrink() override {
    (void)connection_.Exec("INSERT INTO search(search, rank) VALUES ('merge', -500); PRAGMA incremental_vacuum");
  }
  Connection& connection() { return connection_; }

 private:
  explicit SqliteWriter(Connection connection) : connection_(std::move(connection)), sql_(connection_) {}
  Expected<void> Prepare();
  Expected<void> Insert(const HistoryEntry& entry, const std::string& hash) override;
  Expected<void> Insert(const Event& event, const std::string& hash) override;

  Connection connection_;
  SqliteSql sql_;
  Statement begin_, commit_, rollback_, read_head_, write_head_, insert_entry_, insert_event_;
  std::chrono::milliseconds patience_{-1};
  std::uint64_t identity_ = 0;
};

Expected<std::unique_ptr<ChainWriter>> SqliteWriter::Open(const StateFileOptions& file) {
  auto connection = OpenStateFile(file, Connection::Mode::kCreate);
  if (!connection) return Fail(connection.error());
  std::unique_ptr<SqliteWriter> writer(new SqliteWriter(std::move(*connection)));
  if (auto prepared = writer->Prepare(); !prepared) return Fail(prepared.error());
  return writer;
}

Expected<void> SqliteWriter::Prepare() {
  identity_ = FileIdentity(connection_.path());
  const std::pair<Statement*, std::string> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&read_head_, "SELECT id, hash, entries FROM head"},
      {&write_head_, "UPDATE head SET id = ?, hash = ?, entries = ?"},
      {&insert_entry_, InsertEntrySql()},
      {&insert_event_, InsertEventSql()},
  };
  for (const auto& [statement, text] : statements) {
    auto prepared = connection_.Prepare(text);
    if (!prepared) return Fail(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Expected<void> SqliteWriter::Begin(std::chrono::milliseconds patience) {
  if (patience != patience_) connection_.SetLockTimeout(patience);
  patience_ = patience;
  if (auto begun = begin_.Run(); !begun) return begun;
  // Another process may have written since, so the head is read inside the transaction.
  const auto row = read_head_.Step();
  if (!row) return Fail(row.error());
  if (!*row) return Fail(ErrorCode::kInternal, "corrupt: " + connection_.path() + " has lost the head of its chain");
  head_ = {read_head_.Int(0), read_head_.Text(1), read_head_.Int(2)};
  read_head_.Reset();
  return {};
}

Expected<void> SqliteWriter::Commit() {
  if (auto done = write_head_.Bind(head_.id).BindBlob(head_.hash).Bind(head_.entries).Run(); !done) return done;
  return commit_.Run();
}

Expected<void> SqliteWriter::Insert(const HistoryEntry& entry, const std::string& hash) {
  ForEachEntryField(entry, FieldBinder(insert_entry_));
  return insert_entry_.BindBlob(hash).Run();
}

Expected<void> SqliteWriter::Insert(const Event& event, const std::string& hash) {
  ForEachEventField(event, FieldBinder(insert_event_));
  return insert_event_.BindBlob(hash).Run();
}

class SqliteBackend : public HistoryBackend {
 public:
  explicit SqliteBackend(const HistoryStoreOptions& options)
      : file_{options.path, options.synchronous, options.lock_timeout}, readers_(file_, options.readers) {}

  bool Exists() override { return FileIdentity(file_.path) != 0; }
  Expected<std::unique_ptr<ChainWriter>> OpenWriter() override { return SqliteWriter::Open(file_); }
  Expected<void> Read(const Deadline& deadline, const Reader& read) override;
  Expected<std::vector<HistoryEntry>> Search(Sql& sql, const HistoryQuery& query) override {
    return SearchEntries(sql, query);
  }
  Expected<Derived> Derive(ChainWriter& writer, int most, const std::function<bool()>& enough) override {
    const auto indexed = IndexSome(static_cast<SqliteWriter&>(writer).connection(), most, enough);
    if (!indexed) return Fail(indexed.error());
    return Derived{indexed->entries, indexed->entries == 0 ? 0 : writer.head().id - indexed->up_to};
  }
  Expected<std::int64_t> StoredBytes(Sql&) override { return StateFileBytes(file_.path); }
  Expected<std::int64_t> LiveBytes(Sql& sql) override {
    return sql.QueryInt(
        "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, "
        "pragma_page_size s");
  }

 private:
  const StateFileOptions file_;
  ReaderPool readers_;
};

Expected<void> SqliteBackend::Read(const Deadline& deadline, const Reader& read) {
  auto reader = readers_.Borrow(deadline);
  if (!reader) return Fail(reader.error());
  if (auto begun = (*reader)->Exec("BEGIN"); !begun) return begun;
  SqliteSql sql(**reader);
  auto done = read(sql);
  (void)(*reader)->Exec("ROLLBACK");
  return done;
}

}  // namespace

Expected<std::unique_ptr<History>> OpenSqliteHistory(const HistoryStoreOptions& options) {
  if (options.path.empty()) return Fail(ErrorCode::kInvalidArgument, "the history has no file", "set history.store");
  if (options.synchronous != "off" && options.synchronous != "normal" && options.synchronous != "full") {
    return Fail(ErrorCode::kInvalidArgument, "history.synchronous is \"" + options.synchronous + "\"",
                "use off, normal or full");
  }
  return MakeStoredHistory(options, std::make_unique<SqliteBackend>(options));
}

}  // namespace toomai::cache
