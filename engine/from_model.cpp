// A question to SQL by a model, on the engine's side: the prompt's inputs, the answer cache, and the live database
// behind the pipeline's callbacks.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "engine/attempt.h"
#include "engine/model_pipeline.h"

namespace toomai::engine {
namespace {

using nlohmann::json;

// Case, spaces and closing punctuation do not make another question.
std::string Normalized(std::string_view question) {
  std::string text;
  for (const schema::Token& token : schema::Tokenize(question, schema::kMaxQuestionTokens)) {
    if (token.kind != schema::TokenKind::kPunctuation) text += token.norm + " ";
  }
  return text;
}

constexpr int kComparedRows = 200;  // of each candidate
constexpr std::chrono::milliseconds kMostReserve{3'000};

// A model that hangs must leave the rules, and the rows, their time: a tenth of what there is.
Deadline ModelTime(const Deadline& deadline) {
  if (deadline.never()) return deadline;
  const auto left = deadline.Remaining();
  return deadline.Within(left - std::min(left / 10, kMostReserve));
}

json ToCache(const GeneratedSql& generated) {
  json out{{"sql", *generated.sql},  // the mended text: it passes again as it is
           {"confidence", generated.confidence},
           {"writer", generated.source == Source::kGrammar ? "the rules" : generated.usage.model},
           {"verified_by", generated.verified_by}};
  out["assumptions"] = generated.assumptions;
  return out;
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
  const Learned learned = LearnedFor(attempt.database, grounding);
  input.learned = learned.aliases;
  input.examples =
      learned.templates->Nearest(attempt.question.text, static_cast<std::size_t>(options_.generation.examples));
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
  const json stored = json::parse(cached->json, nullptr, false);
  if (!stored.is_object() || !stored.contains("sql") || !stored["sql"].is_string()) return false;
  if (!attempt.Accept(stored["sql"].get<std::string>(), Source::kCache)) return false;
  attempt.out.confidence = stored.value("confidence", 0.0);
  attempt.out.assumptions = stored.value("assumptions", std::vector<std::string>{});
  attempt.out.verified_by = stored.value("verified_by", "");
  attempt.out.origin = "an earlier answer of " + stored.value("writer", std::string("a model"));
  return true;
}

// One call for concurrent twins; what it found is remembered.
std::optional<GeneratedSql> EngineImpl::AskModel(const Deadline& deadline, Attempt& attempt, const PromptInput& prompt,
                                                 const templates::GrammarAnswer& rules) {
  Database& database = attempt.database;
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
  const std::string key =
      Sha256Hex(attempt.database.options().name + '\0' + attempt.caller.database_role + '\0' +
                Normalized(attempt.question.text) + '\0' + attempt.question.evidence + '\0' + attempt.Today());
  if (FromCache(attempt, key, made->version)) return true;
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
      known = FromCache(attempt, key, made->version);
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
    return false;
  }
  if (!attempt.Accept(*generated.sql, generated.source)) return false;
  attempt.out.as_written = generated.as_written;
  attempt.out.confidence = generated.confidence;
  attempt.out.assumptions = generated.assumptions;
  attempt.out.repairs = generated.repairs;
  attempt.out.alternatives = generated.alternatives;
  attempt.out.verified_by = generated.verified_by;
  attempt.out.paraphrase = generated.paraphrase;
  attempt.out.origin = generated.origin;
  attempt.out.warnings.insert(attempt.out.warnings.end(), generated.warnings.begin(), generated.warnings.end());
  return true;
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
  Attempt attempt{deadline, caller, question, **database, *grounding, {}, false, {}};
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
