#include "app/server_setup.h"

#include <algorithm>

#include "app/cli.h"
#include "llm/http.h"

namespace toomai::app {
namespace {

engine::Unchanged UnchangedIn(const LoadedConfig& now, const ConfigChange& change) {
  engine::Unchanged unchanged;
  unchanged.models = !change.Touches("models.") && !change.Touches("generation.daily_");
  // The grammar engine of each database is made with the options of generation.
  if (change.Touches("generation.")) return unchanged;
  for (const auto& database : now.options.engine.databases) unchanged.databases.insert(database.name);
  for (const std::string& name : change.databases_changed) unchanged.databases.erase(name);
  for (const std::string& name : change.databases_added) unchanged.databases.erase(name);
  return unchanged;
}

Expected<std::string> GetDocument(const Deadline& deadline, const std::string& url, std::size_t max_bytes) {
  llm::HttpRequest request;
  request.method = "GET";
  request.url = url;
  request.headers = {"Accept: application/json"};
  request.max_bytes = max_bytes;
  auto response = llm::Http().Send(deadline, request);
  if (!response) return Fail(response.error());
  if (response->status == 200) return std::move(response->body);
  return Fail(ErrorCode::kUnavailable, llm::HostOf(url) + " answered with status " + std::to_string(response->status));
}

// One database must not keep the calls to the others waiting.
void ShareWorkers(const std::vector<engine::DatabaseOptions>& databases, mcp::ServerOptions* server) {
  if (databases.empty()) return;
  server->default_database = databases.front().name;
  if (server->workers_per_database == 0 && databases.size() > 1)
    server->workers_per_database = std::max<std::size_t>(1, server->workers * 3 / 4);
}

mcp::StatementLimits LimitsOf(const engine::DatabaseOptions& database) {
  mcp::StatementLimits limits;
  limits.database = database.name;
  limits.rows = database.execution.max_rows;
  if (database.policy.max_rows >= 0) limits.rows = std::min(limits.rows, database.policy.max_rows);
  limits.timeout = database.execution.statement_timeout;
  limits.sql_bytes = database.policy.limits.statement_bytes;
  return limits;
}

}  // namespace

Expected<ServerSetup> SetUpServer(const Globals& globals, std::vector<ConfigFlag> flags) {
  ConfigSources sources = SourcesOf(globals);
  sources.flags = std::move(flags);
  auto config = LoadConfig(sources);
  if (!config) return Fail(config.error());
  InitLog(config->options.log);
  ServerSetup setup;
  setup.server = config->options.server;
  setup.server.version = kVersion;
  ShareWorkers(config->options.engine.databases, &setup.server);
  setup.server.http.oauth.fetch = GetDocument;
  UseTimeZone(config->options.engine.generation.timezone);
  setup.databases_changed = std::make_unique<mcp::DatabasesNotice>();
  const auto on_schema_change = [notice = setup.databases_changed.get()](const std::string& database) {
    notice->SchemaChanged(database);
  };
  config->options.engine.on_schema_change = on_schema_change;
  auto engine = engine::MakeReloadableEngine(config->options.engine);
  if (!engine) return Fail(engine.error());
  setup.engine = std::move(*engine);
  setup.writer =
      std::make_unique<engine::Writer>(*setup.engine, config->options.engine.databases, config->options.writes);
  const auto apply = [on_schema_change, engine = setup.engine.get(), writer = setup.writer.get(),
                      notice = setup.databases_changed.get()](const LoadedConfig& now, const ConfigChange& change) {
    engine::Options options = now.options.engine;
    options.on_schema_change = on_schema_change;
    engine->Reload(std::move(options), UnchangedIn(now, change));
    writer->UseMasks(now.options.engine.databases);
    if (change.databases() || !change.databases_changed.empty()) notice->Tell(change.databases());
  };
  setup.reloader = std::make_unique<ConfigReloader>(sources, std::move(*config), apply);
  setup.server.statement_limits = [reloader = setup.reloader.get()] {
    std::vector<mcp::StatementLimits> limits;
    for (const auto& database : reloader->current().options.engine.databases) limits.push_back(LimitsOf(database));
    return limits;
  };
  setup.reloader->Watch();
  return setup;
}

}  // namespace toomai::app
