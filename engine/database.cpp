#include "engine/database.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "engine/glossary_check.h"
#include "engine/pg/introspect.h"
#include "engine/pg/role_probe.h"
#include "engine/pg/values.h"
#include "engine/relatives.h"
#include "engine/template_files.h"
#include "schema/json_io.h"
#include "validator/name_pattern.h"

namespace toomai::engine {
namespace {

constexpr std::string_view kModule = "schema";
constexpr std::chrono::milliseconds kBackgroundBudget{60'000};
constexpr std::chrono::milliseconds kLeastBetweenReads{2'000};  // of the catalog, for names that are not there

}  // namespace

Database::Database(DatabaseOptions options, const GenerationOptions& generation, cache::SchemaStore* store,
                   OnSchemaChange on_schema_change)
    : options_(std::move(options)),
      generation_(generation),
      store_(store),
      on_schema_change_(std::move(on_schema_change)),
      pool_(std::make_unique<pg::Pool>(options_)),
      executor_(std::make_unique<pg::Executor>(*pool_, options_.execution)),
      cursors_(std::make_unique<pg::Cursors>(*pool_, options_.execution)),
      results_(options_.execution.result_cache_ttl, options_.execution.result_cache_bytes) {}

Database::~Database() {
  if (background_.joinable()) background_.request_stop();
}

bool Snapshot::MayRead(const schema::Table& table) const {
  const auto names = [&](const std::string& pattern) {
    return validator::RelationMatches(pattern, table.schema, table.name);
  };
  const auto &denied = policy().denied_relations, &allowed = policy().allowed_relations;
  return std::none_of(denied.begin(), denied.end(), names) &&
         (allowed.empty() || std::any_of(allowed.begin(), allowed.end(), names));
}

bool Snapshot::MayRead(const schema::Table& table, const schema::Column& column) const {
  return std::none_of(policy().denied_columns.begin(), policy().denied_columns.end(), [&](const std::string& pattern) {
    return validator::ColumnMatches(pattern, table.schema, table.name, column.name);
  });
}

bool Snapshot::MayShowValues(const schema::Table& table, const schema::Column& column) const {
  return !table.row_security && masks.MethodFor({table.schema, table.name, column.name}).empty() && MayRead(table) &&
         MayRead(table, column);
}

std::shared_ptr<const Snapshot> Database::MakeSnapshot(schema::Schema schema) {
  auto shared = std::make_shared<schema::Schema>(std::move(schema));
  auto catalog = std::make_shared<const schema::CatalogView>(shared);
  MaskScope masks(options_.masks, *shared, *catalog);
  validator::Policy policy = WithRelatives(options_.policy, *shared);
  policy.max_rows = options_.execution.max_rows;
  auto checker = std::make_shared<const validator::Checker>(catalog.get(), std::move(policy));
  auto snapshot =
      std::make_shared<const Snapshot>(Snapshot{shared, std::move(catalog), std::move(checker), std::move(masks)});
  NoteIdleRules(*shared);
  ApplyRules(*snapshot, shared.get());
  return snapshot;
}

std::vector<std::string> IdleRules(const DatabaseOptions& options, const schema::Schema& schema) {
  const auto some_column = [&](const std::string& pattern) {
    return std::any_of(schema.tables.begin(), schema.tables.end(), [&](const schema::Table& table) {
      return std::any_of(table.columns.begin(), table.columns.end(), [&](const schema::Column& column) {
        return validator::ColumnMatches(pattern, table.schema, table.name, column.name);
      });
    });
  };
  const auto some_relation = [&](const std::string& pattern) {
    return std::any_of(schema.tables.begin(), schema.tables.end(), [&](const schema::Table& table) {
      return validator::RelationMatches(pattern, table.schema, table.name);
    });
  };
  std::vector<std::string> idle;
  for (const MaskRule& rule : options.masks)
    if (!some_column(rule.column)) idle.push_back("masks: " + rule.column);
  for (const std::string& column : options.policy.denied_columns)
    if (!some_column(column)) idle.push_back("denied_columns: " + column);
  for (const std::string& relation : options.policy.denied_relations)
    if (!some_relation(relation)) idle.push_back("denied_relations: " + relation);
  return idle;
}

// A misspelt or outdated rule hides nothing: that must not go unsaid.
void Database::NoteIdleRules(const schema::Schema& schema) {
  std::string rules = Join(IdleRules(options_, schema), ", ");
  const std::lock_guard lock(mutex_);
  if (rules == idle_rules_) return;
  if (!rules.empty()) {
    Log(Level::kWarn, "policy", "rules that hide nothing in this database: is a name misspelt, or gone?",
        {{"database", options_.name}, {"rules", rules}});
  }
  idle_rules_ = std::move(rules);
}

// What may not be read is not offered either; and values that must stay in the database are forgotten.
void Database::ApplyRules(const Snapshot& snapshot, schema::Schema* schema) {
  for (schema::Table& table : schema->tables) {
    table.readable = table.readable && snapshot.MayRead(table);
    for (schema::Column& column : table.columns) {
      column.readable = column.readable && snapshot.MayRead(table, column);
      if (!column.stats || snapshot.MayShowValues(table, column)) continue;
      column.stats->common_values.clear();
      column.stats->common_frequencies.clear();
      column.stats->low.clear();
      column.stats->high.clear();
    }
  }
}

std::string Database::State() const {
  const std::lock_guard lock(mutex_);
  if (!last_error_.empty()) return "unavailable: " + last_error_;
  if (!role_danger_.empty()) return "ready, but " + role_danger_;
  if (!idle_rules_.empty()) return "ready, but these rules hide nothing: " + idle_rules_;
  return snapshot_ ? "ready" : "not connected yet";
}

std::shared_ptr<const Snapshot> Database::PeekSnapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void Database::MarkStale() {
  const std::lock_guard lock(mutex_);
  // A flood of wrong names must not become a flood of catalog reads.
  if (std::chrono::steady_clock::now() - looked_at_ > kLeastBetweenReads) stale_ = true;
}

Expected<std::shared_ptr<const Snapshot>> Database::GetSnapshot(const Deadline& deadline, bool refresh) {
  std::unique_lock lock(mutex_);
  if (!snapshot_ && !refresh && !loading_) {
    lock.unlock();
    auto stored = FromStore();
    lock.lock();
    if (stored && !snapshot_)
      snapshot_ = std::move(stored);  // looked_at_ stays long ago, so it is looked at again below
  }
  if (snapshot_ && !refresh && !stale_) {
    const bool old = std::chrono::steady_clock::now() - looked_at_ > options_.schema_ttl;
    auto current = snapshot_;
    if (old && !loading_) {
      loading_ = true;
      lock.unlock();
      RefreshInBackground();
    }
    return current;
  }
  while (loading_) {
    const auto left = deadline.Remaining();
    if (deadline.over()) return Fail(deadline.ToError("waiting for the schema of '" + options_.name + "'"));
    changed_.wait_for(lock, std::min<std::chrono::milliseconds>(left, std::chrono::milliseconds(50)));
    if (!loading_ && snapshot_ && !stale_) return snapshot_;
  }
  loading_ = true;
  lock.unlock();
  auto loaded = Load(deadline);
  lock.lock();
  loading_ = false;
  changed_.notify_all();
  if (!loaded) {
    last_error_ = loaded.error().message;
    return loaded;
  }
  return snapshot_;
}

// REQUIRES: loading_ was set by this caller, and mutex_ is not held.
Expected<std::shared_ptr<const Snapshot>> Database::Load(const Deadline& deadline) {
  auto lease = pool_->Borrow(deadline, "introspection");
  if (!lease) return Fail(lease.error());
  ProbeRole(**lease, deadline);
  pg::IntrospectOptions introspect;
  introspect.schemas = options_.schemas;
  auto schema = pg::Introspect(**lease, deadline, introspect);
  if (!schema) return Fail(schema.error());
  auto fresh = MakeSnapshot(std::move(*schema));
  bool first = false;
  const bool changed = [&] {
    const std::lock_guard lock(mutex_);
    first = !snapshot_;
    const bool differs = !snapshot_ || snapshot_->schema->fingerprint != fresh->schema->fingerprint;
    snapshot_ = fresh;
    looked_at_ = std::chrono::steady_clock::now();
    stale_ = false;
    last_error_.clear();
    if (differs) grounding_.reset();
    return differs;
  }();
  if (changed) {
    Log(Level::kInfo, kModule, "schema read",
        {{"database", options_.name},
         {"tables", static_cast<std::int64_t>(fresh->schema->tables.size())},
         {"fingerprint", fresh->schema->fingerprint}});
    if (store_ != nullptr) {
      const auto saved = store_->Save(StoreKey(), fresh->schema->fingerprint, schema::ToJson(*fresh->schema));
      if (!saved)
        Log(Level::kWarn, kModule, "schema not kept", {{"database", options_.name}, {"error", saved.error().message}});
    }
    if (!first && on_schema_change_) on_schema_change_(options_.name);
  }
  return fresh;
}

// Once per process: a role that could do more than read is shouted about, here and in list_databases and doctor.
void Database::ProbeRole(pg::Connection& connection, const Deadline& deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (role_probed_ || options_.allow_dangerous_role) return;
  }
  const auto report = pg::ProbeRole(connection, deadline);
  if (!report) return;  // introspection, which comes next, tells what is wrong with the connection
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(role_probed_, true)) return;
  }
  const auto refused = pg::RefuseDangerousRole(*report, false);
  if (refused) return;
  Log(Level::kWarn, "role", refused.error().message,
      {{"database", options_.name},
       {"what to do", "use a role that can only read; toomai doctor --sql prints the statements that make one"}});
  const std::lock_guard lock(mutex_);
  role_danger_ = refused.error().message;
}

std::shared_ptr<const Snapshot> Database::FromStore() {
  if (store_ == nullptr) return nullptr;
  const auto stored = store_->Load(StoreKey());
  if (!stored || !*stored) return nullptr;
  auto schema = schema::FromJson((*stored)->json);
  if (!schema) return nullptr;  // written by another version: the catalog is read anew
  return MakeSnapshot(std::move(*schema));
}

// The same name may come to mean another server; what was reached is part of the key. So is what was hidden: a snapshot
// from before a mask may hold values that must not be seen any more. The name comes first: old schemas of a database
// are found by it.
std::string Database::StoreKey() const {
  std::string key =
      options_.name + " 2 " + pg::ConnectSettings(options_).Describe() + " " + Join(options_.schemas, ",");
  for (const MaskRule& rule : options_.masks) key += " -" + rule.column;
  for (const std::string& column : options_.policy.denied_columns) key += " -" + column;
  for (const std::string& relation : options_.policy.denied_relations) key += " -" + relation;
  for (const std::string& relation : options_.policy.allowed_relations) key += " +" + relation;
  return key;
}

void Database::RefreshInBackground() {
  // One refresh at a time: loading_ is ours. The old thread, if any, has ended.
  background_ = std::jthread([this](std::stop_token stop) {
    const auto loaded = Load(Deadline::After(kBackgroundBudget, stop));
    // Stopped: the program ends, and nobody needs the answer.
    if (!loaded && !stop.stop_requested())
      Log(Level::kWarn, kModule, "background refresh failed",
          {{"database", options_.name}, {"error", loaded.error().message}});
    const std::lock_guard lock(mutex_);
    loading_ = false;
    looked_at_ = std::chrono::steady_clock::now();  // also after a failure: the next try is a time to live away
    changed_.notify_all();
  });
}

Expected<std::shared_ptr<const Grounding>> Database::GetGrounding(const Deadline& deadline) {
  auto snapshot = GetSnapshot(deadline);
  if (!snapshot) return Fail(snapshot.error());
  std::unique_lock lock(mutex_);
  while (true) {
    if (grounding_ && grounding_->snapshot->schema->fingerprint == (*snapshot)->schema->fingerprint) return grounding_;
    if (!grounding_now_) break;
    if (deadline.over()) return Fail(deadline.ToError("waiting for the values of '" + options_.name + "'"));
    changed_.wait_for(lock, std::chrono::milliseconds(50));
  }
  grounding_now_ = true;
  lock.unlock();
  auto grounding = Ground(deadline, *snapshot);
  lock.lock();
  grounding_now_ = false;
  if (grounding) grounding_ = *grounding;
  changed_.notify_all();
  return grounding;
}

Expected<std::shared_ptr<const Grounding>> Database::Ground(const Deadline& deadline,
                                                            std::shared_ptr<const Snapshot> snapshot) {
  auto grounding = std::make_shared<Grounding>();
  grounding->snapshot = snapshot;
  // Values make answers better; without them (no right to read, no time) the words of the schema still answer.
  if (auto lease = pool_->Borrow(deadline, "values")) {
    pg::ValueOptions values;
    values.scan = options_.scan_values;
    values.allowed = [&snapshot](const schema::Table& table, const schema::Column& column) {
      return snapshot->MayShowValues(table, column);
    };
    auto collected = pg::CollectValues(**lease, deadline, *snapshot->schema, values);
    if (collected) {
      grounding->values = std::move(*collected);
    } else {
      Log(Level::kWarn, kModule, "values not read",
          {{"database", options_.name}, {"error", collected.error().message}});
    }
  } else {
    Log(Level::kWarn, kModule, "values not read", {{"database", options_.name}, {"error", lease.error().message}});
  }
  grounding->value_index = schema::ValueIndex(*snapshot->schema, grounding->values);
  grounding->joins = schema::JoinGraph(*snapshot->schema, grounding->value_index);
  grounding->linker =
      std::make_unique<const schema::Linker>(*snapshot->schema, &grounding->value_index, &grounding->joins);
  LoadWords(grounding.get());
  for (const std::string& problem : grounding->problems) {
    Log(Level::kWarn, kModule, "words not used", {{"database", options_.name}, {"problem", problem}});
  }
  templates::GrammarOptions grammar;
  grammar.high = generation_.high_confidence;
  grammar.low = generation_.low_confidence;
  grammar.fiscal_year_start_month = generation_.fiscal_year_start_month;
  grounding->grammar =
      templates::GrammarEngine::Build(snapshot->schema, grounding->values, grounding->glossary, grammar);
  for (const std::string& problem : grounding->grammar->problems()) grounding->problems.push_back(problem);
  return std::shared_ptr<const Grounding>(std::move(grounding));
}

void Database::LoadWords(Grounding* grounding) const {
  if (!options_.glossary_file.empty()) {
    const auto text = ReadFile(options_.glossary_file);
    auto glossary = text ? templates::ParseGlossary(*text, options_.glossary_file) : Fail(text.error());
    if (glossary) {
      grounding->problems = LeaveOutUnfounded(*grounding->snapshot->schema, *grounding->snapshot->checker, &*glossary);
      grounding->glossary = std::move(*glossary);
      grounding->glossary_version = Sha256Hex(*text);
    } else {
      grounding->problems.push_back(glossary.error().message);
    }
  }
  templates::OperatorTemplates::Environment environment;
  environment.schema = grounding->snapshot->schema.get();
  environment.catalog = grounding->snapshot->catalog.get();
  environment.policy = grounding->snapshot->policy();
  environment.values = grounding->values;
  environment.dates = DaysOf;
  grounding->templates =
      templates::OperatorTemplates::Load(ReadTemplateFiles(options_, &grounding->problems), std::move(environment));
  for (const templates::OperatorTemplate& one : grounding->templates->all()) {
    if (!one.disabled.empty())
      grounding->problems.push_back(one.source + ": template '" + one.id + "' is disabled: " + one.disabled);
  }
}

}  // namespace toomai::engine
