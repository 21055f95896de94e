// A question to SQL by a model, on the engine's side: the prompt's inputs, the answer cache, and the live database
// behind the pipeline's callbacks.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/redact.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cache/unix_time.h"
#include "engine/attempt.h"
#include "engine/model_pipeline.h"

namespace toomai::engine {
namespace {

using nlohmann::json;

constexpr int kComparedRows = 200;  // of each candidate
constexpr std::chrono::milliseconds kMostReserve{3'000};

// A model that hangs must leave the rules, and the rows, their time: a tenth of what there is.
Deadline ModelTime(const Deadline& deadline) {
  if (deadline.never()) return deadline;
  const auto left = deadline.Remaining();
  return deadline.Within(left - std::min(left / 10, kMostReserve));
}

json ToCache(const GeneratedSql& generated) {
  json out{{"sql", generated.to_run},
           {"written", generated.as_written},
           {"confidence", generated.confidence},
           {"writer", generated.source == Source::kGrammar ? "the rules" : generated.usage.model},
           {"verified_by", generated.verified_by},
           {"assumptions", generated.assumptions},
           {"warnings", generated.warnings}};
  for (const Repair& repair : generated.repairs)
    out["repairs"].push_back({repair.rule, repair.before, repair.after, repair.risky});
  return out;
}

// False when it is not what ToCache() wrote: the file may be older, or not ours.
bool FromCached(const json& stored, GeneratedSql* generated) {
  try {
    generated->to_run = stored.at("sql");
    generated->as_written = stored.at("written");
    generated->confidence = stored.at("confidence");
    generated->verified_by = stored.at("verified_by");
    generated->assumptions = stored.at("assumptions").get<std::vector<std::string>>();
    generated->warnings = stored.at("warnings").get<std::vector<std::string>>();
    generated->origin = "an earlier answer of " + stored.at("writer").get<std::string>();
    for (const json& repair : stored.value("repairs", json::array()))
      generated->repairs.push_back({repair.at(0), repair.at(1), repair.at(2), repair.at(3)});
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

PromptInput EngineImpl::PromptFor(const Attempt& attempt) {
  const Grounding& grounding = *attempt.grounding;
  PromptInput input;
  input.schema = grounding.snapshot->schema.get();
  input.linker = grounding.linker.get();
  input.values = &grounding.value_index;
  input.joins = &grounding.joins;
  input.glossary = &grounding.glossary;
  input.learned = attempt.learned.aliases;
  input.examples =
      attempt.learned.templates->Nearest(attempt.question.text, static_cast<std::size_t>(options_.generation.examples));
  if (!attempt.database.options().send_values) {
    // What stands in quotes was spelled by the data.
    for (templates::ApprovedPair& pair : input.examples) pair.sql = RedactSqlLiterals(pair.sql);
  }
  input.question = attempt.question.text;
  input.evidence = attempt.question.evidence;
  input.today = attempt.Today();
  input.timezone = options_.generation.timezone;
  input.database = attempt.database.options().name;
  input.directory = options_.generation.prompt_directory;
  input.context.tokens = options_.generation.schema_tokens;
  input.context.values = attempt.database.options().send_values;
  return input;
}

bool EngineImpl::FromCache(Attempt& attempt, const std::string& key, const std::string& prompt_version) {
  if (!options_.generation.answer_cache || key.empty()) return false;
  const Stopwatch watch(&attempt.out.timings_ms, "cache");
  const auto cached = answers_->Get(key, attempt.grounding->snapshot->schema->fingerprint,
                                    options_.generation.models.front().model, prompt_version);
  if (!cached) return false;
  GeneratedSql earlier;
  if (!FromCached(json::parse(cached->json, nullptr, false), &earlier)) return false;
  if (!attempt.Accept(earlier.to_run, Source::kCache)) return false;
  TakeWords(attempt, earlier);
  return true;
}

// What the history knows of today's calls, of this and of other processes.
void EngineImpl::SeedBudget() {
  cache::HistoryQuery today;
  today.since_ms = cache::UnixMs();  // the sums are kept by day
  const auto text = history_->Statistics(today);
  const json sums = json::parse(text ? *text : "{}", nullptr, false);
  if (!sums.is_object() || !sums.contains("by_caller")) return;
  for (const json& row : sums["by_caller"])
    model_->budget().Seed(row.value("caller", ""), row.value("tokens", std::int64_t{0}), row.value("cost", 0.0));
}

// One call for concurrent twins; what it found is remembered.
std::optional<GeneratedSql> EngineImpl::AskModel(const Deadline& deadline, Attempt& attempt, const PromptInput& prompt,
                                                 const templates::GrammarAnswer& rules) {
  Database& database = attempt.database;
  model_->budget().SeedOnce([this] { SeedBudget(); });
  ModelJob job;
  job.prompt = prompt;
  job.checker = attempt.grounding->snapshot->checker.get();
  job.caller = attempt.caller.name;
  job.language = attempt.out.language;
  if (rules.refusal.empty() && !rules.readings.empty()) {
    job.rule_sql = rules.readings.front().sql;
    job.rule_confidence = rules.readings.front().confidence;
  }
  job.rules_may_answer = attempt.question.source == Source::kAuto;
  job.samples = attempt.question.samples > 0 ? attempt.question.samples : options_.generation.samples;
  if (options_.generation.ask_all_models) {
    for (const ModelOptions& model : options_.generation.models) job.endpoints.push_back(model.name);
  }
  job.repair_rounds = options_.generation.repair_rounds;
  job.max_output_tokens = options_.generation.models.front().max_output_tokens;
  job.progress = attempt.progress;
  job.describe = [&](const Deadline& within, const validator::ValidatedSql& sql) -> Expected<void> {
    const auto columns = database.executor().Describe(
        within, sql, ScopeFor(attempt.caller, database, *attempt.grounding->snapshot, sql.facts()));
    if (!columns) return Fail(columns.error());
    return {};
  };
  if (attempt.compare)
    job.execute = [&](const Deadline& within, const validator::ValidatedSql& sql) -> Expected<QueryResult> {
      Budget small;
      small.rows = kComparedRows;
      const auto scope = ScopeFor(attempt.caller, database, *attempt.grounding->snapshot, sql.facts());
      if (auto cheap = PassCostGate(within, database, sql, {}, scope); !cheap) return Fail(cheap.error());
      return database.executor().Execute(within, sql, {}, scope, small);
    };
  auto generated = GenerateWithModel(deadline, *model_, job);
  if (!generated) {
    Log(Level::kWarn, "generate", "no model answered", {{"error", generated.error().message}});
    attempt.out.refusal.reason = "no model answered: " + generated.error().message;
    attempt.out.warnings.push_back(attempt.out.refusal.reason);
    return std::nullopt;
  }
  return std::move(*generated);
}

bool EngineImpl::FromModel(Attempt& attempt) {
  if (!model_) {
    if (attempt.question.source == Source::kModel) {
      attempt.out.refusal.reason =
          "no model is configured; set OPENAI_MODEL and OPENAI_BASE_URL, or leave the source to toomai";
    }
    return false;
  }
  const PromptInput prompt = PromptFor(attempt);
  const auto made = MakePrompt(prompt);
  if (!made) {
    attempt.out.warnings.push_back(made.error().message);
    return false;
  }
  attempt.out.prompt_version = made->version;
  const DatabaseOptions& database_options = attempt.database.options();
  const std::string key =
      Sha256Hex(database_options.name + '\0' + attempt.caller.database_role + '\0' +
                NormalizedQuestion(attempt.question.text) + '\0' + attempt.question.evidence + '\0' + attempt.Today() +
                '\0' + attempt.grounding->glossary_version + (database_options.send_values ? "v" : ""));
  // Who asks for several statements, or for a comparison, gets them.
  const bool fresh = attempt.question.samples > 1 || attempt.question.compare.value_or(false);
  if (!fresh && FromCache(attempt, key, made->version)) return true;
  if (!model_->available()) {
    attempt.out.refusal.reason = "no model can be reached at the moment";
    attempt.out.warnings.push_back(attempt.out.refusal.reason);
    return false;
  }
  // The rules' reading is a second opinion: when both find the same rows, the answer counts as verified.
  const auto rules =
      attempt.grounding->grammar->Answer({attempt.question.text, attempt.question.evidence, attempt.question.today});

  std::optional<GeneratedSql> generated;
  bool known = false;
  {
    const Stopwatch watch(&attempt.out.timings_ms, "model");
    const std::string flight = key + std::to_string(attempt.question.samples) + (attempt.compare ? "c" : "");
    const Deadline deadline = ModelTime(attempt.deadline);
    generated = model_flights_.Do(deadline, flight, [&]() -> std::optional<GeneratedSql> {
      // A twin may have ended between our look into the cache and now.
      known = !fresh && FromCache(attempt, key, made->version);
      if (known) return std::nullopt;
      auto asked = AskModel(deadline, attempt, prompt, rules);
      if (asked && asked->sql) Remember(attempt, key, made->version, *asked);
      return asked;
    });
  }
  if (known) return true;
  if (!generated) return FromCache(attempt, key, made->version);
  return Take(attempt, *generated);
}

// The model's answer becomes the attempt's, if the validator lets it through once more.
bool EngineImpl::Take(Attempt& attempt, const GeneratedSql& generated) {
  attempt.out.usage = generated.usage;
  if (!generated.sql) {
    attempt.out.refusal = generated.refusal;
    attempt.out.as_written = generated.as_written;
    // Another way may answer all the same; that the model did not must be known then.
    if (!generated.refusal.reason.empty())
      attempt.out.warnings.push_back("the model gave no usable statement: " + generated.refusal.reason);
    return false;
  }
  if (!attempt.Accept(generated.to_run, generated.source)) return false;
  TakeWords(attempt, generated);
  attempt.out.alternatives = generated.alternatives;
  attempt.out.paraphrase = generated.paraphrase;
  return true;
}

// What is said of a statement that was accepted.
void EngineImpl::TakeWords(Attempt& attempt, const GeneratedSql& generated) {
  attempt.out.as_written = generated.as_written;
  attempt.out.confidence = generated.confidence;
  attempt.out.assumptions = generated.assumptions;
  attempt.out.repairs = generated.repairs;
  attempt.out.verified_by = generated.verified_by;
  attempt.out.origin = generated.origin;
  attempt.out.warnings.insert(attempt.out.warnings.end(), generated.warnings.begin(), generated.warnings.end());
}

void EngineImpl::Remember(const Attempt& attempt, const std::string& key, const std::string& prompt_version,
                          const GeneratedSql& generated) {
  if (!options_.generation.answer_cache) return;
  cache::CachedAnswer answer;
  answer.database = attempt.database.options().name;
  answer.schema_fingerprint = attempt.grounding->snapshot->schema->fingerprint;
  answer.model = options_.generation.models.front().model;
  answer.prompt_version = prompt_version;
  answer.json = ToCache(generated).dump(-1, ' ', false, json::error_handler_t::replace);
  const auto kept = answers_->Put(key, answer);
  if (!kept) Log(Level::kDebug, "generate", "answer not cached", {{"error", kept.error().message}});
}

Expected<std::string> EngineImpl::ShowPrompt(const Deadline& deadline, const Caller& caller, const Question& question) {
  auto database = Admit(caller, question.database);
  if (!database) return Fail(database.error());
  auto grounding = (*database)->GetGrounding(deadline);
  if (!grounding) return Fail(grounding.error());
  Attempt attempt{deadline, caller, question, **database, *grounding, {}, false, LearnedFor(**database, **grounding),
                  {}};
  const auto prompt = MakePrompt(PromptFor(attempt));
  if (!prompt) return Fail(prompt.error());
  return ShowMessages(*prompt);
}

Expected<std::string> EngineImpl::ExplainLinks(const Deadline& deadline, const Caller& caller,
                                               const std::string& database, const std::string& question) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  auto grounding = (*found)->GetGrounding(deadline);
  if (!grounding) return Fail(grounding.error());
  return (*grounding)->linker->Explain(question, LearnedFor(**found, **grounding).aliases.get());
}

}  // namespace toomai::engine
