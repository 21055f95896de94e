#include "engine/pg/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "engine/pg/cancel.h"
#include "engine/pg/errors.h"

namespace toomai::engine::pg {
namespace {

using Clock = Deadline::Clock;
using ResultPtr = std::unique_ptr<PGresult, void (*)(PGresult*)>;

// A row handler that has seen enough usually stops at the last row or the one before: waiting this long for the end is
// cheaper than a cancel request, which costs the server a connection.
constexpr std::chrono::milliseconds kLinger{2};
constexpr int kLingerRows = 256;
constexpr std::chrono::milliseconds kRepeatCancel{150};
constexpr int kRowsBetweenClockReads = 32;

std::string FieldOf(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

ServerMessage MessageOf(const PGresult* result) {
  ServerMessage message;
  message.sqlstate = FieldOf(result, PG_DIAG_SQLSTATE);
  message.primary = FieldOf(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.primary.empty()) message.primary = PQresultErrorMessage(result);
  message.detail = FieldOf(result, PG_DIAG_MESSAGE_DETAIL);
  message.hint = FieldOf(result, PG_DIAG_MESSAGE_HINT);
  message.position = std::atoi(FieldOf(result, PG_DIAG_STATEMENT_POSITION).c_str());
  return message;
}

std::vector<Field> FieldsOf(const PGresult* result) {
  std::vector<Field> fields(static_cast<std::size_t>(PQnfields(result)));
  for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
    fields[i] = {PQfname(result, i), PQftype(result, i), PQfmod(result, i), PQftable(result, i),
                 PQftablecol(result, i)};
  }
  return fields;
}

// No SQLSTATE is exposed for a failed connect, but in verbose mode the text has it: "… FATAL:  28P01: password …".
Error ConnectFailure(const PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  if (const auto location = text.find("\nLOCATION:"); location != std::string::npos) text.resize(location);
  for (std::string_view severity : {"FATAL:  ", "ERROR:  "}) {
    const auto at = text.find(severity);
    if (at == std::string::npos || text.size() < at + severity.size() + 7 || text[at + severity.size() + 5] != ':')
      continue;
    ServerMessage message;
    message.sqlstate = text.substr(at + severity.size(), 5);
    message.primary = "cannot connect: " + text.substr(at + severity.size() + 7);
    return ToError(message);
  }
  Error error = ConnectionError("connecting", text);
  error.message.replace(0, error.message.find(':'), "cannot connect to the database");
  return error;
}

// libpq walks the hosts by itself but, when non-blocking, sets no time limit per host: a black hole would eat the whole
// budget. So each host gets its share, and after a timeout the walk goes on behind the host that hung.
std::vector<std::string> ListOf(const Keywords& keywords, const std::string& key) {
  const auto found = keywords.find(key);
  return found == keywords.end() ? std::vector<std::string>() : Split(found->second, ',');
}

std::size_t CountHosts(const Keywords& keywords) {
  return std::max<std::size_t>({1, ListOf(keywords, "host").size(), ListOf(keywords, "hostaddr").size()});
}

bool DropHostsThrough(const std::string& host, Keywords* keywords) {
  const std::string key = keywords->count("host") > 0 ? "host" : "hostaddr";
  const std::vector<std::string> hosts = ListOf(*keywords, key);
  const auto hung = std::find(hosts.begin(), hosts.end(), host);
  if (hosts.size() < 2 || hung == hosts.end() || hung + 1 == hosts.end()) return false;
  const auto dropped = hung + 1 - hosts.begin();
  for (const char* name : {"host", "hostaddr", "port"}) {
    std::vector<std::string> list = ListOf(*keywords, name);
    if (list.size() != hosts.size()) continue;
    list.erase(list.begin(), list.begin() + dropped);
    (*keywords)[name] = Join(list, ",");
  }
  return true;
}

}  // namespace

bool RowView::IsNull(int column) const {
  return PQgetisnull(result_, row_, column) != 0;
}

std::string_view RowView::operator[](int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::string_view Rows::at(std::size_t row, std::size_t column) const {
  if (row >= rows.size() || column >= rows[row].size() || !rows[row][column]) return {};
  return *rows[row][column];
}

// What one call of Run or Settle knows while it reads answers.
struct Connection::CurrentCall {
  const Deadline& deadline;
  std::optional<Error> error;          // the first error the server reported
  std::optional<Error> why_cancelled;  // the deadline came, or the caller stopped
  bool handler_stopped = false;
  Clock::time_point linger_until{};
  int rows_dropped = 0;
  int rows_until_clock = kRowsBetweenClockReads;
  std::unique_ptr<CancelRequest> cancel;
  Clock::time_point give_up_at = Clock::time_point::max();
  Clock::time_point repeat_cancel_at = Clock::time_point::max();
};

Expected<std::unique_ptr<Connection>> Connection::Open(const Deadline& caller, ConnectSettings& settings) {
  const Deadline deadline = caller.Within(settings.connect_timeout());
  auto keywords = settings.Resolve(deadline);
  if (!keywords) return Fail(keywords.error());
  while (true) {
    const auto hosts = static_cast<long>(CountHosts(*keywords));
    std::string host;
    auto opened = OpenOnce(deadline.Within(deadline.Remaining() / hosts), *keywords, &host);
    if (opened) return opened;
    Error error = opened.error();
    if (error.sqlstate.substr(0, 2) == "28") settings.ForgetPassword();
    const bool timed_out = error.code == ErrorCode::kDeadlineExceeded;
    if (timed_out && !deadline.over() && DropHostsThrough(host, &*keywords)) continue;
    if (timed_out && !caller.over()) {  // the connect timeout, not the caller's
      error.code = ErrorCode::kUnavailable;
      error.retryable = true;
      error.hint = "check host, port and firewall, or raise pool.connect_timeout";
    }
    error.message += " [" + settings.Describe() + "]";
    return Fail(std::move(error));
  }
}

Expected<std::unique_ptr<Connection>> Connection::OpenOnce(const Deadline& deadline, const Keywords& keywords,
                                                           std::string* host) {
  std::vector<const char*> names, values;
  for (const auto& [key, value] : keywords) {
    names.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* raw = PQconnectStartParams(names.data(), values.data(), 0);
  if (raw == nullptr) return Fail(ErrorCode::kInternal, "out of memory while connecting");
  std::unique_ptr<Connection> connection(new Connection(raw));
  if (PQstatus(raw) == CONNECTION_BAD) return Fail(ConnectFailure(raw));
  PQsetErrorVerbosity(raw, PQERRORS_VERBOSE);

  auto connected = connection->FinishConnecting(deadline);
  *host = PQhost(raw) != nullptr ? PQhost(raw) : "";
  if (!connected) return Fail(connected.error());

  if (connection->ParameterStatus("standard_conforming_strings") == "off") {
    // The role or the database turned it off (ALTER … SET). A start-up option outranks that, and survives DISCARD ALL.
    Keywords strict = keywords;
    constexpr std::string_view kStrict = "-c standard_conforming_strings=on";
    std::string& options = strict["options"];
    if (options.find(kStrict) == std::string::npos) {
      if (options.empty() && std::getenv("PGOPTIONS") != nullptr) options = std::getenv("PGOPTIONS");
      options += (options.empty() ? "" : " ") + std::string(kStrict);
      return OpenOnce(deadline, strict, host);
    }
  }
  if (auto lexical = connection->CheckLexicalSettings(); !lexical) return Fail(lexical.error());
  if (PQserverVersion(raw) < 120000) {
    return Fail(ErrorCode::kRejected, "the server is PostgreSQL " + std::to_string(PQserverVersion(raw) / 10000),
                "PostgreSQL 12 or newer is needed");
  }
  auto pid = connection->Query(deadline, "SELECT pg_catalog.pg_backend_pid()");
  if (!pid) return Fail(pid.error());
  connection->direct_ = pid->at(0, 0) == std::to_string(PQbackendPID(raw));
  return connection;
}

Connection::Connection(pg_conn* connection) : connection_(connection) {
  PQsetNoticeReceiver(connection_, OnNotice, this);
}

// Notices are not for our callers. But what a server says to an idle session before it hangs up also comes this way.
void Connection::OnNotice(void* self, const pg_result* notice) {
  const std::string severity = FieldOf(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == "FATAL" || severity == "PANIC") static_cast<Connection*>(self)->farewell_ = true;
}

Connection::~Connection() {
  PQfinish(connection_);
}

Expected<void> Connection::FinishConnecting(const Deadline& deadline) {
  waker_.Clear();
  const WakeOnStop wake(waker_, deadline.token());
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    const bool write = state == PGRES_POLLING_WRITING;
    const SocketEvents events = WaitForSocket(PQsocket(connection_), write, deadline.when(), &waker_);
    if (deadline.over()) return Fail(deadline.ToError("connecting to the database"));
    if (write ? !events.writable && !events.readable : !events.readable) continue;
    state = PQconnectPoll(connection_);
    if (state == PGRES_POLLING_FAILED) return Fail(ConnectFailure(connection_));
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    return Fail(LostConnection("connecting"));
  }
  return {};
}

Expected<void> Connection::CheckLexicalSettings() const {
  if (ParameterStatus("standard_conforming_strings") != "on") {
    return Fail(ErrorCode::kRejected, "standard_conforming_strings is off on the server",
                "turn it on for the role: ALTER ROLE … SET standard_conforming_strings = on");
  }
  if (ParameterStatus("client_encoding") != "UTF8") {
    return Fail(ErrorCode::kRejected, "client_encoding is not UTF8",
                "nothing else is supported; check options and PGOPTIONS");
  }
  return {};
}

Expected<void> Connection::Run(const Deadline& deadline, const std::vector<Statement>& batch) {
  return Run(deadline, batch, {});
}

Expected<void> Connection::Run(const Deadline& deadline, const std::vector<Statement>& batch,
                               const std::vector<Statement>& tail) {
  if (deadline.over()) return Fail(deadline.ToError("starting a statement"));
  for (const Statement& statement : batch) {
    if (statement.sql.find('\0') != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "the statement has a NUL byte");
    }
    for (const Parameter& value : statement.parameters) {
      if (value && value->find('\0') != std::string::npos) {
        return Fail(ErrorCode::kInvalidArgument, "a parameter has a NUL byte", "PostgreSQL's text cannot hold it");
      }
    }
  }
  if (auto settled = Settle(deadline); !settled) return settled;
  if (!SendBatch(batch, true)) return Fail(LostConnection("sending a statement"));
  const std::size_t before_tail = expected_.size();
  if (!SendBatch(tail, false)) return Fail(LostConnection("sending a statement"));
  auto done = ReadUntil(deadline, expected_.size() - before_tail);
  for (Owed& owed : expected_) owed.statement = nullptr;  // `batch` may go now
  return done;
}

Expected<Rows> Connection::Query(const Deadline& deadline, std::string sql, std::vector<Parameter> parameters) {
  Rows rows;
  Statement statement;
  statement.sql = std::move(sql);
  statement.parameters = std::move(parameters);
  statement.on_fields = [&rows](const std::vector<Field>& fields) { rows.fields = fields; };
  statement.on_row = [&rows](const RowView& row) {
    auto& cells = rows.rows.emplace_back();
    for (int i = 0; i < row.size(); ++i) cells.push_back(row.IsNull(i) ? Parameter() : Parameter(row[i]));
    return RowAction::kContinue;
  };
  const std::vector<Statement> batch = {std::move(statement)};
  if (auto done = Run(deadline, batch); !done) return Fail(done.error());
  return rows;
}

void Connection::Post(const std::vector<Statement>& batch) {
  if (broken_ || !SendBatch(batch, false)) broken_ = true;
}

Expected<void> Connection::Settle(const Deadline& deadline) {
  if (!expected_.empty()) {
    if (auto read = ReadUntil(deadline, 0); !read) return read;
  }
  if (broken_ || PQstatus(connection_) != CONNECTION_OK) return Fail(LostConnection("waiting for the session"));
  return {};
}

bool Connection::Send(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::kPrepare:
      return PQsendPrepare(connection_, statement.name.c_str(), statement.sql.c_str(), 0, nullptr) == 1;
    case Statement::Kind::kDescribe:
      return PQsendDescribePrepared(connection_, "") == 1;
    case Statement::Kind::kQuery:
      break;
  }
  std::vector<const char*> values;
  values.reserve(statement.parameters.size());
  for (const Parameter& value : statement.parameters) values.push_back(value ? value->c_str() : nullptr);
  if (!statement.name.empty()) {
    return PQsendQueryPrepared(connection_, statement.name.c_str(), static_cast<int>(values.size()), values.data(),
                               nullptr, nullptr, 0) == 1;
  }
  return PQsendQueryParams(connection_, statement.sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                           nullptr, nullptr, 0) == 1;
}

bool Connection::SendBatch(const std::vector<Statement>& batch, bool listening) {
  for (const Statement& statement : batch) {
    if (!Send(statement)) return false;
    expected_.push_back({Owed::What::kStatement, listening ? &statement : nullptr, false});
    if (!statement.ends_group && &statement != &batch.back()) continue;
    if (PQpipelineSync(connection_) != 1) return false;
    expected_.push_back({});
  }
  return true;
}

Expected<void> Connection::ReadUntil(const Deadline& deadline, std::size_t left) {
  waker_.Clear();
  CurrentCall call{deadline, {}, {}, false, {}, 0, kRowsBetweenClockReads, nullptr};
  const WakeOnStop wake(waker_, deadline.token());
  while (expected_.size() > left) {
    const Owed& front = expected_.front();
    if (front.statement != nullptr && front.statement->stream && !row_mode_set_) {
      PQsetSingleRowMode(connection_);  // must come before anything of this statement's answer is parsed
      row_mode_set_ = true;
    }
    if (!WaitForResult(call)) break;
    const ResultPtr result(PQgetResult(connection_), PQclear);
    HandleResult(result.get(), call);
    if (broken_) break;
  }
  return EndCall(call);
}

// True when PQgetResult can be called without waiting. False when the connection is lost or abandoned.
bool Connection::WaitForResult(CurrentCall& call) {
  if (--call.rows_until_clock <= 0) {
    call.rows_until_clock = kRowsBetweenClockReads;
    if (!call.cancel && call.deadline.over()) StartCancel(call);
  }
  while (PQisBusy(connection_) != 0) {
    const int flushed = PQflush(connection_);
    if (flushed < 0 && PQstatus(connection_) != CONNECTION_OK)
      break;  // what the server said before may still be unread
    auto until = call.cancel ? std::min(call.give_up_at, call.repeat_cancel_at) : call.deadline.when();
    if (call.handler_stopped && !call.cancel) until = std::min(until, call.linger_until);
    const SocketEvents events =
        WaitForSocket(PQsocket(connection_), flushed == 1, until, call.cancel ? nullptr : &waker_);
    if (events.readable && PQconsumeInput(connection_) == 0) break;
    if (!events.over || events.readable) continue;
    if (call.cancel && Clock::now() < call.give_up_at) {
      RepeatCancel(call);
      continue;
    }
    if (call.cancel) {
      abandoned_ = broken_ = true;
      return false;
    }
    if (call.deadline.over() || call.handler_stopped) StartCancel(call);
    waker_.Clear();
  }
  if (PQisBusy(connection_) == 0) return true;
  broken_ = true;
  return false;
}

void Connection::StartCancel(CurrentCall& call) {
  if (call.deadline.over()) call.why_cancelled = call.deadline.ToError("running the statement");
  call.cancel = std::make_unique<CancelRequest>(connection_);
  call.give_up_at = Clock::now() + cancel_grace_;
  call.repeat_cancel_at = Clock::now() + kRepeatCancel;
}

// A request that arrives before the backend has begun with the statement is thrown away by the server, so one is not
// enough. The next is sent only after the last was delivered: two under way could outlive the statement.
void Connection::RepeatCancel(CurrentCall& call) {
  if (call.cancel->Delivered(Clock::now())) call.cancel = std::make_unique<CancelRequest>(connection_);
  call.repeat_cancel_at = Clock::now() + kRepeatCancel;
}

void Connection::HandleResult(PGresult* result, CurrentCall& call) {
  Owed& owed = expected_.front();
  if (result == nullptr) {  // the statement's answers are complete
    expected_.pop_front();
    row_mode_set_ = false;
    return;
  }
  switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
      expected_.pop_front();
      return;
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      DeliverRows(result, owed, call);
      return;
    case PGRES_PIPELINE_ABORTED:  // something before it in its group failed, and has been reported
      return;
    case PGRES_EMPTY_QUERY:
      if (!call.error) call.error = Error(ErrorCode::kInvalidArgument, "the statement is empty");
      return;
    default:
      break;
  }
  const Error error = ToError(MessageOf(result));
  if (owed.statement == nullptr) broken_ = true;  // a reset that failed: nobody knows what the session holds
  if (PQstatus(connection_) != CONNECTION_OK) broken_ = true;
  if (!call.error) call.error = error;
}

void Connection::DeliverRows(PGresult* result, Owed& owed, CurrentCall& call) {
  if (owed.statement == nullptr) return;
  const Statement& statement = *owed.statement;
  if (!owed.fields_told && statement.on_fields) statement.on_fields(FieldsOf(result));
  owed.fields_told = true;
  const int rows = PQntuples(result), columns = PQnfields(result);
  for (int row = 0; row < rows; ++row) {
    if (call.handler_stopped || call.cancel) {
      if (++call.rows_dropped > kLingerRows && !call.cancel) StartCancel(call);
      continue;
    }
    if (!statement.on_row || statement.on_row(RowView(result, row, columns)) == RowAction::kContinue) continue;
    call.handler_stopped = true;
    call.linger_until = Clock::now() + kLinger;
  }
}

Expected<void> Connection::EndCall(CurrentCall& call) {
  // The request must have arrived before anything else is sent, or it would hit that instead.
  if (call.cancel && !broken_ && !call.cancel->Delivered(call.give_up_at)) broken_ = true;
  // A cancel may come too late for the server but not for us: rows that were left out since make a failure, too.
  const bool rows_missing = call.rows_dropped > 0 && !call.handler_stopped;
  if (call.why_cancelled && (broken_ || call.error || rows_missing)) return Fail(*call.why_cancelled);
  const bool stop_took_effect = call.handler_stopped && call.error && call.error->sqlstate == "57014";
  if (call.error && !stop_took_effect) return Fail(*call.error);
  if (broken_) return Fail(LostConnection("waiting for an answer"));
  return {};
}

Error Connection::LostConnection(std::string_view doing) {
  broken_ = true;
  return ConnectionError(doing, PQerrorMessage(connection_));
}

bool Connection::usable() const {
  return !broken_ && !abandoned_ && expected_.empty() && PQstatus(connection_) == CONNECTION_OK &&
         PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

bool Connection::in_transaction() const {
  return PQtransactionStatus(connection_) != PQTRANS_IDLE;
}

bool Connection::ClosedByServer() {
  while (WaitForSocket(PQsocket(connection_), false, Clock::time_point{}, nullptr).readable) {
    if (PQconsumeInput(connection_) == 0) return true;
    PQisBusy(connection_);  // parses: a notice, a changed setting, or a farewell
  }
  return farewell_ || PQstatus(connection_) != CONNECTION_OK;
}

bool Connection::BackendFinished() {
  while (WaitForSocket(PQsocket(connection_), false, Clock::time_point{}, nullptr).readable) {
    if (PQconsumeInput(connection_) == 0) return true;  // closed
    while (PQisBusy(connection_) == 0 && !expected_.empty()) {
      const ResultPtr result(PQgetResult(connection_), PQclear);
      if (result == nullptr || PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) expected_.pop_front();
    }
    if (expected_.empty()) return true;
  }
  return false;
}

int Connection::backend_pid() const {
  return PQbackendPID(connection_);
}
int Connection::server_version() const {
  return PQserverVersion(connection_);
}

std::string Connection::host() const {
  const char* host = PQhost(connection_);
  return host != nullptr ? host : "";
}

std::string Connection::tls() const {
  if (PQsslInUse(connection_) == 0) return "";
  const char* protocol = PQsslAttribute(connection_, "protocol");
  return protocol != nullptr ? protocol : "TLS";
}

std::string Connection::ParameterStatus(const char* name) const {
  const char* value = PQparameterStatus(connection_, name);
  return value != nullptr ? value : "";
}

}  // namespace toomai::engine::pg
