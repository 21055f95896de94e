// A question on its way to SQL: approved answer, template, model, grammar engine; each result goes through the
// validator.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/calendar.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "engine/attempt.h"
#include "engine/bound_text.h"
#include "engine/linked_context.h"
#include "engine/paraphrase.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kMaxQuestionBytes = 100'000;

bool Wants(Source wish, Source source) {
  return wish == Source::kAuto || wish == source;
}

// Said of an answer that is likely and not sure.
std::string ReadAs(const std::string& language, const std::string& paraphrase) {
  return (language == "zh"   ? "我的理解是："
          : language == "ja" ? "次のように読みました："
                             : "I read it as: ") +
         paraphrase;
}

std::vector<std::string> RulesForClients(std::int64_t max_rows) {
  return {"one SELECT (WITH, VALUES and set operations are fine); nothing that writes, locks or sets",
          "only tables, columns and values that are listed in schema_context",
          "PostgreSQL's own functions; no system catalogs, no functions that read files, sleep or take SQL as text",
          "a LIMIT is added or lowered to " + std::to_string(max_rows) + " rows",
          "pass the SQL to the tool 'execute'; it is checked again there"};
}

schema::ApprovedUse UseOf(const std::string& question, const validator::StatementFacts& facts) {
  schema::ApprovedUse use{question, facts.tables};
  for (const validator::ColumnRef& column : facts.columns)
    use.elements.push_back(column.schema + "." + column.table + "." + column.column);
  return use;
}

constexpr int kMaxRejected = 10'000;
constexpr std::chrono::seconds kReadRejected{5};

}  // namespace

// Case, spaces and closing punctuation do not make another question.
std::string NormalizedQuestion(std::string_view question) {
  std::string text;
  for (const schema::Token& token : schema::Tokenize(question, schema::kMaxQuestionTokens)) {
    if (token.kind != schema::TokenKind::kPunctuation) text += token.norm + " ";
  }
  return text;
}

bool EngineImpl::Learned::Rejects(std::string_view question, const std::string& fingerprint) const {
  return rejected && !rejected->empty() && rejected->contains(NormalizedQuestion(question) + '\0' + fingerprint);
}

std::string GuessLanguage(std::string_view question) {
  bool han = false;
  for (std::size_t i = 0; i < question.size();) {
    const char32_t c = NextCodePoint(question, &i);
    if (c >= 0x3041 && c <= 0x30FF) return "ja";
    han = han || (c >= 0x4E00 && c <= 0x9FFF);
  }
  return han ? "zh" : "en";
}

EngineImpl::Learned EngineImpl::LearnedFor(Database& database, const Grounding& grounding) {
  const std::lock_guard lock(learned_mutex_);
  Learned& learned = learned_[database.options().name];
  const std::int64_t version = history_->ReviewVersion();
  const std::string& fingerprint = grounding.snapshot->schema->fingerprint;
  if (learned.templates && learned.review_version == version && learned.schema_fingerprint == fingerprint)
    return learned;
  const auto approved = history_->Approved(database.options().name);
  // A history that cannot be read for a moment has not changed its mind.
  if (!approved && learned.templates && learned.schema_fingerprint == fingerprint) return learned;
  std::vector<templates::ApprovedPair> pairs;
  std::vector<schema::ApprovedUse> uses;
  const std::size_t all = approved ? approved->size() : 0;
  for (std::size_t i = 0; i < all; ++i) {
    const cache::HistoryEntry& entry = (*approved)[i];
    const std::string& sql = cache::ApprovedSql(entry);
    // What today's schema or policy refuses is not learned from; it comes back when the schema does.
    const validator::Verdict verdict = validator::Validate(sql, *grounding.snapshot->checker);
    if (!verdict.allowed) continue;
    pairs.push_back({entry.id, entry.question, sql});
    uses.push_back(UseOf(entry.question, verdict.sql->facts()));
  }
  const std::size_t withdrawn = all - pairs.size();
  GetGauge("toomai_history_drifted", "Approved answers that the schema of today refuses",
           {{"database", database.options().name}})
      .Set(static_cast<double>(withdrawn));
  if (withdrawn > 0) {
    Log(Level::kWarn, "history", "approved answers do not fit the schema any more and are not learned from",
        {{"database", database.options().name}, {"answers", static_cast<std::int64_t>(withdrawn)}});
  }
  learned.review_version = version;
  learned.schema_fingerprint = fingerprint;
  learned.templates = templates::LearnedTemplates::Build(pairs, *grounding.snapshot->schema, grounding.values);
  learned.aliases = std::make_shared<const schema::LearnedAliases>(*grounding.snapshot->schema, uses);
  learned.rejected = RejectedIn(database.options().name);
  return learned;
}

std::shared_ptr<const std::set<std::string>> EngineImpl::RejectedIn(const std::string& database) {
  cache::HistoryQuery query;
  query.database = database;
  query.state = cache::ReviewState::kRejected;
  query.limit = kMaxRejected;
  auto keys = std::make_shared<std::set<std::string>>();
  const auto found = history_->Search(Deadline::After(kReadRejected), query);
  if (!found) return keys;
  for (const cache::HistoryEntry& entry : *found)
    if (!entry.fingerprint.empty()) keys->insert(NormalizedQuestion(entry.question) + '\0' + entry.fingerprint);
  return keys;
}

bool EngineImpl::FromApproved(Attempt& attempt) {
  const Stopwatch watch(&attempt.out.timings_ms, "approved");
  const auto match = attempt.learned.templates->Match(attempt.question.text);
  if (!match || !attempt.Accept(match->sql, match->same_question ? Source::kApproved : Source::kTemplate)) return false;
  attempt.out.confidence = match->confidence;
  attempt.out.origin = (match->same_question ? "approved answer #" : "learned from approved answer #") +
                       std::to_string(match->history_id);
  attempt.out.assumptions = match->bound_values;
  return true;
}

bool EngineImpl::FromTemplate(Attempt& attempt) {
  const Stopwatch watch(&attempt.out.timings_ms, "template");
  const auto match = attempt.grounding->templates->Match(attempt.question.text, attempt.Today());
  if (!match || !attempt.Accept(match->sql, Source::kTemplate, match->parameters)) return false;
  attempt.out.confidence = 0.99;
  attempt.out.origin = "template " + match->id;
  attempt.out.assumptions = match->bound;
  return true;
}

bool EngineImpl::FromGrammar(Attempt& attempt) {
  templates::GrammarAnswer answer;
  {
    const Stopwatch watch(&attempt.out.timings_ms, "grammar");
    answer =
        attempt.grounding->grammar->Answer({attempt.question.text, attempt.question.evidence, attempt.question.today});
  }
  attempt.out.language = answer.language;
  attempt.out.refusal.unknown_words = answer.unknown_words;
  attempt.out.refusal.matched_values = answer.matched_values;
  attempt.out.refusal.reason = answer.refusal;
  attempt.out.assumptions = answer.notes;
  for (templates::WordReading& word : answer.words)
    attempt.out.reading.push_back({word.begin, word.end, std::move(word.text), std::move(word.meaning),
                                   std::move(word.rule), std::move(word.sql)});
  for (const templates::Reading& reading : answer.readings) {
    const auto alternative = [&] {
      const schema::Schema& schema = *attempt.grounding->snapshot->schema;
      return Alternative{reading.sql, Paraphrase(reading.sql, schema, answer.language), reading.confidence};
    };
    if (attempt.out.sql) {
      attempt.out.alternatives.push_back(alternative());
    } else if (answer.refusal.empty() && attempt.Accept(reading.sql, Source::kGrammar)) {
      attempt.out.confidence = reading.confidence;
      attempt.out.assumptions.insert(attempt.out.assumptions.end(), reading.assumptions.begin(),
                                     reading.assumptions.end());
      if (reading.confidence < options_.generation.high_confidence)
        attempt.out.assumptions.push_back(ReadAs(answer.language, alternative().paraphrase));
    } else {
      attempt.out.refusal.readings.push_back(alternative());
    }
  }
  return attempt.out.sql.has_value();
}

void EngineImpl::Refuse(Attempt& attempt) {
  Refusal& refusal = attempt.out.refusal;
  attempt.out.source = attempt.question.source == Source::kAuto ? Source::kGrammar : attempt.question.source;
  attempt.out.confidence = 0;
  if (refusal.reason.empty()) refusal.reason = "no way to answer this question was found";
  // What the client's own model needs to write the SQL itself.
  const Grounding& grounding = *attempt.grounding;
  const schema::Links links = grounding.linker->Link(attempt.question.text, attempt.learned.aliases.get());
  ContextOptions context;
  context.tokens = options_.generation.schema_tokens;
  context.values = attempt.database.options().send_values;
  refusal.schema_context = MakeContext(*grounding.snapshot->schema, *grounding.linker, links, &grounding.value_index,
                                       &grounding.joins, context)
                               .text;
  refusal.matched_values = context.values ? ValueLines(*grounding.snapshot->schema, links) : std::vector<std::string>{};
  refusal.rules = RulesForClients(attempt.database.options().execution.max_rows);
}

// Nothing is run for those who want SQL and no rows, unless they or the operator ask for several candidates to choose
// from by their results.
bool EngineImpl::MayCompare(const Question& question, bool rows_wanted) const {
  const GenerationOptions& generation = options_.generation;
  if (question.compare) return *question.compare;
  if (generation.compare_results != "ask") return generation.compare_results == "always";
  return rows_wanted || question.samples > 1 || generation.samples > 1 || generation.ask_all_models;
}

bool EngineImpl::FromQuestion(Attempt& attempt) {
  const Source wish = attempt.question.source;
  return (Wants(wish, Source::kApproved) && FromApproved(attempt)) ||
         (Wants(wish, Source::kTemplate) && FromTemplate(attempt)) ||
         (Wants(wish, Source::kModel) && FromModel(attempt)) || (Wants(wish, Source::kGrammar) && FromGrammar(attempt));
}

Expected<GeneratedSql> EngineImpl::GenerateUnrecorded(const Deadline& deadline, const Caller& caller,
                                                      const Question& question, bool rows_wanted,
                                                      const Progress& progress) {
  auto database = Admit(caller, question.database);
  if (!database) return Fail(database.error());
  if (question.text.size() > kMaxQuestionBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "the question is longer than " + std::to_string(kMaxQuestionBytes) + " bytes", "ask in fewer words");
  }
  if (!question.today.empty() && !IsCalendarDay(question.today))
    return Fail(ErrorCode::kInvalidArgument, "'" + Ellipsis(CleanUtf8(question.today), 40) + "' is not a date",
                "give it as YYYY-MM-DD");
  if (progress) progress("reading the schema", 0, 0);
  auto grounding = (*database)->GetGrounding(deadline);
  if (!grounding) return Fail(grounding.error());

  Attempt attempt{deadline,
                  caller,
                  question,
                  **database,
                  *grounding,
                  progress,
                  MayCompare(question, rows_wanted),
                  LearnedFor(**database, **grounding),
                  {}};
  attempt.out.database = (*database)->options().name;
  attempt.out.language = GuessLanguage(question.text);
  if (progress) progress("generating", 0, 0);
  bool answered = false;
  if (!question.template_id.empty()) {
    auto filled = FromNamedTemplate(attempt);
    if (!filled) return Fail(filled.error());
    answered = *filled;
  } else {
    answered = FromQuestion(attempt);
  }
  if (deadline.over() && !answered) return Fail(deadline.ToError("generating SQL"));
  if (!answered) Refuse(attempt);
  if (answered && attempt.out.paraphrase.empty()) {
    const std::vector<std::string>& values = attempt.out.parameters;
    attempt.out.paraphrase = Paraphrase(WithValues(*attempt.out.sql, {values.begin(), values.end()}),
                                        *(*grounding)->snapshot->schema, attempt.out.language);
  }
  for (const auto& [stage, ms] : attempt.out.timings_ms) {
    GetLatency("toomai_stage_seconds", "Time of a question in each stage of generation", {{"stage", stage}})
        .Observe(ms / 1000);
  }
  for (const Repair& repair : attempt.out.repairs)
    GetCounter("toomai_repairs_total", "Edits that made a model's statement right, by rule", {{"rule", repair.rule}})
        .Add();
  GetCounter("toomai_questions_total", "Questions by the source of their answer",
             {{"source", answered ? std::string(ToString(attempt.out.source)) : "refused"}})
      .Add();
  return std::move(attempt.out);
}

Expected<GeneratedSql> EngineImpl::Generate(const Deadline& deadline, const Caller& caller, const Question& question,
                                            const Progress& progress) {
  auto generated = GenerateUnrecorded(deadline, caller, question, false, progress);
  if (!generated) {
    RecordFailure(deadline, caller, "generate", question, generated.error());
    return generated;
  }
  auto id = Record(deadline, caller, Describe("generate", question, *generated));
  if (!id) return Fail(id.error());
  generated->history_id = *id;
  return generated;
}

}  // namespace toomai::engine
