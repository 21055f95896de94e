#include "engine/model_pipeline.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <optional>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "engine/agreement.h"
#include "engine/lint.h"
#include "engine/paraphrase.h"
#include "engine/prompt_texts.h"

namespace toomai::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxSamples = 8;
constexpr double kSampleTemperature = 0.7, kStuckTemperature = 0.3;
constexpr std::size_t kMaxDiagnosticBytes = 1200;
constexpr std::size_t kMaxAlternatives = 3;
constexpr std::chrono::seconds kCompareTime{5};  // for running one candidate
// Shares of right answers on recorded models (./run bench nl-model): one answer by itself; one that the rules confirm.
// From kTrustedRules on, the rules were never less often right than an answer with doubtful changes.
constexpr double kConfidenceAlone = 0.65, kConfidenceVerified = 0.94, kTrustedRules = 0.7;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Attempt {
 public:
  Attempt(const Deadline& deadline, llm::Client& client, const ModelJob& job)
      : deadline_(deadline), client_(client), job_(job) {}

  Expected<GeneratedSql> Run() {
    out_.source = Source::kModel;
    out_.database = job_.prompt.database;
    out_.language = job_.language;
    if (auto asked = AskFirst(); !asked) return Fail(asked.error());
    for (int round = 0; Good().empty() && round < job_.repair_rounds; ++round) {
      if (!AskAgain()) break;
    }
    return Good().empty() ? Refused() : Chosen();
  }

 private:
  MendContext mending() const { return {job_.prompt.schema, job_.prompt.joins, job_.prompt.values}; }
  void Report(const char* stage) const {
    if (job_.progress) job_.progress(stage, 0, 0);
  }

  std::vector<const Candidate*> Good() const {
    std::vector<const Candidate*> good;
    for (const Candidate& candidate : candidates_) {
      if (candidate.sql) good.push_back(&candidate);
    }
    return good;
  }

  // --- asking ---

  Expected<void> AskFirst() {
    PromptInput input = job_.prompt;
    for (int shrink = 0;; ++shrink) {
      Report("linking");
      const auto started = Clock::now();
      auto prompt = MakePrompt(input);
      if (!prompt) return Fail(prompt.error());
      prompt_ = std::move(*prompt);
      out_.timings_ms["linking"] += MillisecondsSince(started);
      messages_ = prompt_.messages;
      const auto reply = job_.endpoints.size() > 1 ? AskEach() : AskOne();
      if (reply) return {};
      // A window that is too small for the prompt: half the schema text, once more.
      if (!llm::IsContextOverflow(reply.error()) || shrink >= 2) return Fail(reply.error());
      input.context.tokens /= 2;
      input.context.whole_when_small = false;
    }
  }

  Expected<void> AskOne() {
    const int samples = std::clamp(job_.samples, 1, kMaxSamples);
    auto reply = Ask(samples, samples > 1 ? kSampleTemperature : 0);
    if (!reply) return Fail(reply.error());
    Read(*reply);
    return {};
  }

  // All at the same time. One that gives no answer is missed, and said.
  Expected<void> AskEach() {
    Report("model");
    const auto started = Clock::now();
    std::vector<std::future<Expected<llm::Reply>>> replies;
    for (const std::string& endpoint : job_.endpoints) {
      replies.push_back(std::async(std::launch::async, [this, endpoint] {
        llm::Request request = RequestFor(1, 0);
        request.endpoint = endpoint;
        return client_.Complete(deadline_, request);
      }));
    }
    std::optional<Error> failure;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      const auto reply = replies[i].get();
      if (!reply) {
        out_.warnings.push_back("model '" + job_.endpoints[i] + "' gave no answer: " + reply.error().message);
        if (!failure) failure = reply.error();
        continue;
      }
      CountIn(*reply);
      Read(*reply);
    }
    out_.timings_ms["model"] += MillisecondsSince(started);
    if (candidates_.empty()) return Fail(*failure);
    return {};
  }

  bool AskAgain() {
    const Candidate* last = nullptr;
    for (const Candidate& candidate : candidates_) {
      if (!candidate.diagnostic.empty()) last = &candidate;
    }
    if (!last || deadline_.over()) return false;
    // Only a refusal in so many words is taken at its word.
    if (last->reading.kind == ReplyReading::Kind::kRefusal || last->reading.kind == ReplyReading::Kind::kClarify)
      return false;
    const std::string before = last->reading.sql;
    messages_.push_back({llm::Role::kAssistant, before.empty() ? "(no statement)" : "```sql\n" + before + "\n```"});
    messages_.push_back({llm::Role::kUser, RepairTurn(job_.prompt.directory, before, last->diagnostic)});
    auto reply = Ask(1, stuck_ ? kStuckTemperature : 0);
    if (!reply) {
      out_.warnings.push_back("asking the model again failed: " + reply.error().message);
      return false;
    }
    Read(*reply);
    const bool same = candidates_.back().reading.sql == before;
    if (same && stuck_) return false;
    stuck_ = same;
    return true;
  }

  Expected<llm::Reply> Ask(int samples, double temperature) {
    Report("model");
    const auto started = Clock::now();
    auto reply = client_.Complete(deadline_, RequestFor(samples, temperature));
    out_.timings_ms["model"] += MillisecondsSince(started);
    if (reply) CountIn(*reply);
    return reply;
  }

  llm::Request RequestFor(int samples, double temperature) const {
    llm::Request request;
    request.messages = messages_;
    request.samples = samples;
    request.temperature = temperature;
    request.seed = 1;
    request.max_output_tokens = job_.max_output_tokens;
    request.cache_key = prompt_.cache_key;
    request.json_schema = kJsonSchema;
    request.json_note = kJsonNote;
    request.caller = job_.caller;
    return request;
  }

  void CountIn(const llm::Reply& reply) {
    Usage& usage = out_.usage;
    usage.model = reply.model;
    usage.prompt_tokens += reply.usage.prompt_tokens;
    usage.completion_tokens += reply.usage.completion_tokens;
    usage.cached_tokens += reply.usage.cached_tokens;
    usage.cost += reply.usage.cost;
    usage.estimated = usage.estimated || reply.usage.estimated;
    usage.calls += reply.calls;
    if (reply.prompt_truncated) {
      out_.warnings.push_back(
          "the model's server seems to have cut the prompt: raise its context size (Ollama: num_ctx) or lower "
          "schema_tokens");
    }
  }

  // --- judging ---

  void Read(const llm::Reply& reply) {
    const auto started = Clock::now();
    for (const llm::Choice& choice : reply.choices) {
      Candidate candidate;
      candidate.reading = ReadModelReply(choice, mending());
      candidate.model = reply.model;
      Judge(&candidate);
      GetCounter("toomai_model_answers_total", "Answers of models by what became of them",
                 {{"outcome", candidate.sql ? (candidate.repairs.empty() ? "good" : "mended") : Outcome(candidate)}})
          .Add();
      candidates_.push_back(std::move(candidate));
      AddTwin(candidates_.back());
    }
    out_.timings_ms["checking"] += MillisecondsSince(started);
  }

  // The same statement with values as the data spell them, where the question names them.
  void AddTwin(const Candidate& original) {
    if (!original.sql) return;
    MendContext context = mending();
    context.question = job_.prompt.question;
    Mended mended = Mend(original.reading.sql, context);
    validator::Verdict verdict = validator::Validate(mended.sql, *job_.checker);
    if (!verdict.allowed || verdict.sql->text() == original.sql->text()) return;
    Candidate twin;
    twin.reading = original.reading;
    twin.model = original.model;
    twin.original = &original;
    twin.repairs = std::move(mended.repairs);
    twin.mended = std::move(mended.sql);
    twin.sql = std::move(*verdict.sql);
    candidates_.push_back(std::move(twin));
  }

  static const char* Outcome(const Candidate& candidate) {
    switch (candidate.reading.kind) {
      case ReplyReading::Kind::kSql:
        return "rejected";
      case ReplyReading::Kind::kRefusal:
        return "refused";
      case ReplyReading::Kind::kClarify:
        return "asked back";
      case ReplyReading::Kind::kTruncated:
        return "truncated";
      case ReplyReading::Kind::kNothing:
        return "nothing";
    }
    return "nothing";
  }

  void Judge(Candidate* candidate) {
    const ReplyReading& reading = candidate->reading;
    if (reading.kind != ReplyReading::Kind::kSql) {
      candidate->diagnostic = reading.kind == ReplyReading::Kind::kTruncated
                                  ? "The answer was cut before its end; answer shorter."
                                  : "There was no SQL statement in the answer.";
      return;
    }
    MendContext context = mending();
    // What is wrong with the statement is told to the model, so no value may come into it that must stay at home.
    if (!job_.prompt.context.values) context.values = nullptr;
    Mended mended = Mend(reading.sql, context);
    validator::Verdict verdict = validator::Validate(mended.sql, *job_.checker);
    candidate->repairs = std::move(mended.repairs);
    candidate->mended = std::move(mended.sql);
    if (!verdict.allowed && !candidate->repairs.empty()) {
      // What was right before mending must not be lost by it.
      validator::Verdict as_written = validator::Validate(reading.sql, *job_.checker);
      if (as_written.allowed) {
        verdict = std::move(as_written);
        candidate->repairs.clear();
        candidate->mended = reading.sql;
      }
    }
    if (!verdict.allowed) {
      candidate->diagnostic = verdict.findings.empty()
                                  ? "The statement is not allowed."
                                  : validator::RenderForModel(verdict.findings.front(), candidate->mended);
      return;
    }
    if (job_.describe) {
      Report("preparing");
      auto prepared = job_.describe(deadline_, *verdict.sql);
      if (!prepared && !prepared.error().sqlstate.empty()) {
        const Error& error = prepared.error();
        candidate->diagnostic = "PostgreSQL says: " + error.message +
                                (error.hint.empty() ? "" : " Hint: " + error.hint) + "\nin: " + candidate->mended;
        return;
      }
    }
    candidate->sql = std::move(*verdict.sql);
  }

  // --- choosing ---

  // The rules' reading stands beside the model's answers.
  void AddRules() {
    if (job_.rule_sql.empty()) return;
    validator::Verdict verdict = validator::Validate(job_.rule_sql, *job_.checker);
    if (!verdict.allowed) return;
    Candidate rules;
    rules.rules = true;
    rules.reading.kind = ReplyReading::Kind::kSql;
    rules.reading.sql = rules.mended = job_.rule_sql;
    rules.sql = std::move(*verdict.sql);
    candidates_.push_back(std::move(rules));
  }

  void Execute() {
    const auto voters = std::count_if(candidates_.begin(), candidates_.end(),
                                      [](const Candidate& c) { return c.sql.has_value() && !c.original; });
    if (!job_.execute || voters < 2) return;
    const auto started = Clock::now();
    std::map<std::string, std::pair<std::string, bool>> done;  // text -> key, failed
    for (Candidate& candidate : candidates_) {
      if (!candidate.sql) continue;
      auto [found, made] = done.try_emplace(candidate.sql->text());
      if (made && !deadline_.over()) {
        Report("comparing");
        auto result = job_.execute(deadline_.Within(kCompareTime), *candidate.sql);
        found->second =
            result ? std::pair(ContentKey(*result), false) : std::pair(std::string(), Fails(result.error()));
      }
      candidate.key = found->second.first;
      candidate.failed = found->second.second;
      candidate.empty = IsEmptyKey(candidate.key);
    }
    out_.timings_ms["comparing"] += MillisecondsSince(started);
  }

  // Too slow or too dear to compare says nothing of a statement.
  static bool Fails(const Error& error) { return !error.sqlstate.empty() && error.sqlstate != "57014"; }

  GeneratedSql Chosen() {
    AddRules();
    Execute();
    const std::vector<const Candidate*> good = Good();
    const Agreement agreement = AgreementOf(good);
    const Candidate* best = agreement.best->rules && !job_.rules_may_answer ? good.front() : agreement.best;
    const Candidate* trusted = TrustedRules(*good.back(), agreement);
    const Candidate* chosen = trusted ? trusted : best;
    const auto voters = std::count_if(good.begin(), good.end(), [](const Candidate* c) { return !c->original; });
    const auto answers = voters - (good.back()->rules ? 1 : 0);
    out_.confidence = answers == 1 ? kConfidenceAlone : 0.5 + 0.4 * agreement.ShareOf(0);
    if (chosen->rules) {
      out_.source = Source::kGrammar;
      out_.confidence = job_.rule_confidence;
      out_.warnings.push_back(
          trusted ? "the model's statement runs only after doubtful changes: the reading of the rules is taken"
                  : "the model's statement fails when it is run: the reading of the rules is taken");
    } else if (best == agreement.best && agreement.Confirmed()) {
      out_.verified_by = "grammar";
      out_.confidence = std::max(out_.confidence, kConfidenceVerified);
    }
    Fill(*chosen);
    if (trusted) AddAlternative(*best, 0.5);
    for (const Candidate* twin : agreement.twins) AddAlternative(*twin, 0.5);
    for (std::size_t i = 1; i < agreement.groups.size(); ++i) {
      const Candidate& other = *agreement.groups[i].front();
      if (&other != chosen) AddAlternative(other, agreement.ShareOf(i));
    }
    if (answers > 1 && !chosen->rules) {
      out_.assumptions.push_back(std::to_string(agreement.groups.front().size()) + " of " + std::to_string(voters) +
                                 " candidates agree on this result");
    }
    return std::move(out_);
  }

  void AddAlternative(const Candidate& other, double share) {
    if (out_.alternatives.size() >= kMaxAlternatives) return;
    out_.alternatives.push_back(
        {other.sql->text(), Paraphrase(other.sql->text(), *job_.prompt.schema, job_.language), 0.9 * share});
  }

  // The rules' candidate where it is to be believed rather than the best of the model's: that one stands alone and had
  // to be changed in ways that may not be what was meant, and the rules are sure.
  const Candidate* TrustedRules(const Candidate& rules, const Agreement& agreement) const {
    if (!job_.rules_may_answer || !rules.rules || rules.failed || job_.rule_confidence < kTrustedRules) return nullptr;
    const bool alone = agreement.groups.front().size() == 1;
    return alone && &rules != agreement.best && Doubts(*agreement.best) > 0 ? &rules : nullptr;
  }

  void Fill(const Candidate& best) {
    out_.sql = best.sql->text();
    out_.as_written = best.reading.sql;
    out_.to_run = best.mended;
    out_.tables = best.sql->facts().tables;
    out_.repairs = best.repairs;
    out_.assumptions.insert(out_.assumptions.end(), best.reading.assumptions.begin(), best.reading.assumptions.end());
    for (const std::string& note : best.reading.notes) out_.warnings.push_back(note);
    for (const Repair& repair : best.repairs) {
      // Such a change gives rows where the statement as written found none: it is always said.
      if (repair.rule == "value-spelling")
        out_.assumptions.push_back("the data spell " + repair.before + " as " + repair.after);
      if (repair.risky)
        out_.warnings.push_back("please check (" + repair.rule + "): " + repair.before + " became " + repair.after);
    }
    for (std::string& warning : LintStatement(*out_.sql, mending())) out_.warnings.push_back(std::move(warning));
    out_.paraphrase = Paraphrase(*out_.sql, *job_.prompt.schema, job_.language);
    out_.confidence = std::max(0.3, out_.confidence - std::min(0.2, 0.05 * static_cast<double>(Doubts(best))));
    if (best.rules) return;
    out_.usage.model = best.model;
    out_.origin = "model " + best.model;
  }

  GeneratedSql Refused() {
    const Candidate* said = nullptr;
    const Candidate* rejected = nullptr;
    for (const Candidate& candidate : candidates_) {
      if (!candidate.reading.text.empty() && !said) said = &candidate;
      if (candidate.reading.kind == ReplyReading::Kind::kSql) rejected = &candidate;
    }
    if (said) {
      out_.refusal.reason = said->reading.text;
      for (const std::string& option : said->reading.options) out_.refusal.readings.push_back({"", option, 0});
    } else if (rejected) {
      out_.as_written = rejected->reading.sql;
      out_.refusal.reason =
          "the model's statement could not be used: " + Ellipsis(rejected->diagnostic, kMaxDiagnosticBytes);
    } else {
      out_.refusal.reason = "the model gave no statement";
    }
    out_.refusal.schema_context = prompt_.context.text;
    if (job_.prompt.context.values) out_.refusal.matched_values = ValueLines(*job_.prompt.schema, prompt_.links);
    return std::move(out_);
  }

  const Deadline& deadline_;
  llm::Client& client_;
  const ModelJob& job_;
  Prompt prompt_;
  std::vector<llm::Message> messages_;
  std::deque<Candidate> candidates_;  // that know each other by address
  GeneratedSql out_;
  bool stuck_ = false;
};

}  // namespace

Expected<GeneratedSql> GenerateWithModel(const Deadline& deadline, llm::Client& client, const ModelJob& job) {
  return Attempt(deadline, client, job).Run();
}

}  // namespace toomai::engine
