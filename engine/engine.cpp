#include "engine/engine.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/text.h"
#include "cache/history_sqlite.h"
#include "engine/engine_impl.h"
#include "engine/pg/history_postgres.h"
#include "engine/reloadable.h"

namespace toomai::engine {
namespace {

std::string StateDirectory(const Options& options) {
  if (!options.state_directory.empty()) return options.state_directory;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return std::string(state) + "/toomai";
  const char* home = std::getenv("HOME");
  return (home != nullptr && *home != '\0' ? std::string(home) : std::string("/tmp")) + "/.local/state/toomai";
}

llm::ClientOptions ModelClientOptions(const GenerationOptions& generation) {
  llm::ClientOptions client;
  for (const ModelOptions& model : generation.models) {
    llm::EndpointOptions endpoint;
    endpoint.name = model.name;
    endpoint.base_url = model.base_url;
    endpoint.model = model.model;
    endpoint.api_key = model.api_key;
    endpoint.auth_header = model.auth_header;
    endpoint.auth_scheme = model.auth_scheme;
    endpoint.query_params = model.query_params;
    endpoint.extra_headers = model.extra_headers;
    endpoint.extra_body = model.extra_body;
    endpoint.timeout = model.timeout;
    endpoint.stream = model.stream;
    endpoint.json_replies = model.json_replies;
    endpoint.price_prompt = model.price_prompt;
    endpoint.price_completion = model.price_completion;
    endpoint.max_concurrent = model.max_concurrent;
    endpoint.retries = model.retries;
    endpoint.proxy = model.proxy;
    endpoint.ca_file = model.ca_file;
    endpoint.tls_verify = model.tls_verify;
    client.endpoints.push_back(std::move(endpoint));
  }
  client.budget.daily_tokens = generation.daily_tokens;
  client.budget.daily_tokens_per_caller = generation.daily_tokens_per_caller;
  client.budget.daily_cost = generation.daily_cost;
  return client;
}

cache::HistoryStoreOptions HistoryStore(const Options& options) {
  cache::HistoryStoreOptions store;
  store.path = options.history.store.empty() ? StateDirectory(options) + "/history.sqlite" : options.history.store;
  store.synchronous = options.history.synchronous;
  store.max_age_days = options.history.max_age_days;
  store.max_bytes = options.history.max_bytes;
  store.redact_literals = options.history.redact_literals;
  store.jsonl_file = options.history.jsonl_file;
  store.required = options.history.required;
  return store;
}

// Literals that must not be kept must not be cached either.
Options Settled(Options options) {
  options.generation.answer_cache = options.generation.answer_cache && !options.history.redact_literals;
  return options;
}

}  // namespace

Lasting::Lasting(std::unique_ptr<cache::History> opened, const std::string& state_file)
    : history(std::move(opened)), schema_store(state_file), answers({.path = state_file}), mask_salt(RandomId(32)) {}

EngineImpl::EngineImpl(Options options, std::shared_ptr<Lasting> lasting, const EngineImpl* before,
                       const Unchanged& unchanged)
    : options_(Settled(std::move(options))),
      lasting_(std::move(lasting)),
      history_(lasting_->history.get()),
      answers_(&lasting_->answers) {
  for (const DatabaseOptions& database : options_.databases) {
    auto kept = unchanged.databases.count(database.name) > 0 ? before->Named(database.name) : nullptr;
    databases_.push_back(kept ? std::move(kept)
                              : std::make_shared<Database>(database, options_.generation, &lasting_->schema_store,
                                                           options_.on_schema_change));
  }
  if (unchanged.models) {
    model_ = before->model_;
  } else if (!options_.generation.models.empty()) {
    model_ = std::make_shared<llm::Client>(ModelClientOptions(options_.generation));
  }
}

std::shared_ptr<Database> EngineImpl::Named(const std::string& name) const {
  for (const auto& database : databases_) {
    if (database->options().name == name) return database;
  }
  return nullptr;
}

EngineImpl::~EngineImpl() = default;

Expected<Database*> EngineImpl::Find(const Caller& caller, const std::string& name) {
  const auto allowed = [&caller](const std::string& database) {
    return !caller.databases ||
           std::find(caller.databases->begin(), caller.databases->end(), database) != caller.databases->end();
  };
  std::vector<std::string> names;
  for (const auto& database : databases_) {
    // A database that the caller may not use is not mentioned either.
    if (!allowed(database->options().name)) continue;
    if (name.empty() || database->options().name == name) return database.get();
    names.push_back(database->options().name);
  }
  if (databases_.empty()) {
    return Fail(ErrorCode::kNotFound, "no database is configured",
                "set DATABASE_URL, or name one in the configuration file; toomai doctor helps");
  }
  if (names.empty())
    return Fail(ErrorCode::kRejected, "'" + caller.name + "' may not use any database", "ask the operator");
  return Fail(ErrorCode::kNotFound, "there is no database '" + name + "'", "known here: " + Join(names, ", "));
}

Expected<Database*> EngineImpl::Admit(const Caller& caller, const std::string& name) {
  auto database = Find(caller, name);
  if (!database) return database;
  const auto taken = lasting_->rate_limit.Take(caller.name, options_.calls_per_minute);
  if (!taken) return Fail(taken.error());
  return database;
}

std::vector<DatabaseInfo> EngineImpl::ListDatabases(const Caller& caller) {
  std::vector<DatabaseInfo> list;
  for (const auto& database : databases_) {
    if (!Find(caller, database->options().name)) continue;
    DatabaseInfo info;
    info.name = database->options().name;
    info.description = database->options().description;
    info.is_default = list.empty();
    info.state = database->State();
    if (const auto snapshot = database->PeekSnapshot()) {
      info.tables = static_cast<int>(snapshot->schema->tables.size());
      const int version = snapshot->schema->server_version;
      if (version > 0) info.server_version = std::to_string(version / 10000) + "." + std::to_string(version % 10000);
    }
    list.push_back(std::move(info));
  }
  return list;
}

Expected<schema::SchemaPtr> EngineImpl::GetSchema(const Deadline& deadline, const Caller& caller,
                                                  const std::string& database, bool refresh) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  auto snapshot = (*found)->GetSnapshot(deadline, refresh);
  if (!snapshot) return Fail(snapshot.error());
  return (*snapshot)->schema;
}

Expected<CheckResult> EngineImpl::Check(const Deadline& deadline, const Caller& caller, const std::string& database,
                                        const std::string& sql) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  auto snapshot = (*found)->GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  CheckResult result;
  result.verdict = validator::Validate(sql, *(*snapshot)->checker);
  if (result.verdict.sql) result.sql = result.verdict.sql->text();
  return result;
}

Expected<std::unique_ptr<Engine>> MakeEngine(Options options) {
  auto engine = MakeReloadableEngine(std::move(options));
  if (!engine) return Fail(engine.error());
  return std::move(*engine);
}

Expected<std::unique_ptr<ReloadableEngine>> MakeReloadableEngine(Options options) {
  const cache::HistoryStoreOptions store = HistoryStore(options);
  const bool shared = pg::IsPostgresUrl(store.path);
  auto history = shared ? pg::OpenPostgresHistory(store) : cache::OpenSqliteHistory(store);
  if (!history) return Fail(history.error());
  // Schema snapshots and cached answers stay on this machine.
  const std::string state_file = shared ? StateDirectory(options) + "/history.sqlite" : store.path;
  auto lasting = std::make_shared<Lasting>(std::move(*history), state_file);
  return std::make_unique<ReloadableEngine>(std::make_shared<EngineImpl>(std::move(options), std::move(lasting)));
}

}  // namespace toomai::engine
