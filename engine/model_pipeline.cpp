#include "engine/model_pipeline.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "engine/lint.h"
#include "engine/paraphrase.h"
#include "engine/reply.h"

namespace toomai::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxSamples = 8;
constexpr double kSampleTemperature = 0.7, kStuckTemperature = 0.3;
constexpr std::size_t kMaxDiagnosticBytes = 1200;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// One answer of the model, as far as it came.
struct Candidate {
  ReplyReading reading;
  std::vector<Repair> repairs;
  std::optional<validator::ValidatedSql> sql;
  std::string diagnostic;  // why it is not good, for the model
  std::string key;         // of its result; "" when it was not run or failed
  bool failed = false;     // running it failed
  bool empty = false;      // it gave no rows
};

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
    const std::vector<Candidate*> good = Good();
    if (good.empty()) return Refused();
    return Chosen(good);
  }

 private:
  MendContext mending() const { return {job_.prompt.schema, job_.prompt.joins, job_.prompt.values}; }
  void Report(const char* stage) const {
    if (job_.progress) job_.progress(stage, 0, 0);
  }

  std::vector<Candidate*> Good() {
    std::vector<Candidate*> good;
    for (Candidate& candidate : candidates_) {
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
      const int samples = std::clamp(job_.samples, 1, kMaxSamples);
      auto reply = Ask(samples, samples > 1 ? kSampleTemperature : 0);
      if (reply) {
        Read(*reply);
        return {};
      }
      // A window that is too small for the prompt: half the schema text, once more.
      if (!llm::IsContextOverflow(reply.error()) || shrink >= 2) return Fail(reply.error());
      input.context.tokens /= 2;
      input.context.whole_when_small = false;
    }
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
    llm::Request request;
    request.messages = messages_;
    request.samples = samples;
    request.temperature = temperature;
    request.seed = 1;
    request.max_output_tokens = job_.max_output_tokens;
    request.cache_key = prompt_.cache_key;
    request.caller = job_.caller;
    auto reply = client_.Complete(deadline_, request);
    out_.timings_ms["model"] += MillisecondsSince(started);
    if (!reply) return reply;
    Usage& usage = out_.usage;
    usage.model = reply->model;
    usage.prompt_tokens += reply->usage.prompt_tokens;
    usage.completion_tokens += reply->usage.completion_tokens;
    usage.cached_tokens += reply->usage.cached_tokens;
    usage.cost += reply->usage.cost;
    usage.estimated = usage.estimated || reply->usage.estimated;
    usage.calls += reply->calls;
    if (reply->prompt_truncated) {
      out_.warnings.push_back(
          "the model's server seems to have cut the prompt: raise its context size (Ollama: num_ctx) or lower "
          "schema_tokens");
    }
    return reply;
  }

  // --- judging ---

  void Read(const llm::Reply& reply) {
    const auto started = Clock::now();
    for (const llm::Choice& choice : reply.choices) {
      Candidate candidate;
      candidate.reading = ReadModelReply(choice, mending());
      Judge(&candidate);
      GetCounter("toomai_model_answers_total", "Answers of models by what became of them",
                 {{"outcome", candidate.sql ? (candidate.repairs.empty() ? "good" : "mended") : Outcome(candidate)}})
          .Add();
      candidates_.push_back(std::move(candidate));
    }
    out_.timings_ms["checking"] += MillisecondsSince(started);
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
    Mended mended = Mend(reading.sql, mending());
    validator::Verdict verdict = validator::Validate(mended.sql, *job_.checker);
    candidate->repairs = std::move(mended.repairs);
    if (!verdict.allowed && !candidate->repairs.empty()) {
      // What was right before mending must not be lost by it.
      validator::Verdict as_written = validator::Validate(reading.sql, *job_.checker);
      if (as_written.allowed) {
        verdict = std::move(as_written);
        candidate->repairs.clear();
      }
    }
    if (!verdict.allowed) {
      candidate->diagnostic = verdict.findings.empty()
                                  ? "The statement is not allowed."
                                  : validator::RenderForModel(verdict.findings.front(), mended.sql);
      return;
    }
    if (job_.describe) {
      Report("preparing");
      auto prepared = job_.describe(deadline_, *verdict.sql);
      if (!prepared && !prepared.error().sqlstate.empty()) {
        const Error& error = prepared.error();
        candidate->diagnostic = "PostgreSQL says: " + error.message +
                                (error.hint.empty() ? "" : " Hint: " + error.hint) + "\nin: " + mended.sql;
        return;
      }
    }
    candidate->sql = std::move(*verdict.sql);
  }

  // --- choosing ---

  void Execute(const std::vector<Candidate*>& good) {
    if (!job_.execute) return;
    const auto started = Clock::now();
    std::map<std::string, std::pair<std::string, bool>> done;  // text -> key, failed
    for (Candidate* candidate : good) {
      auto [found, made] = done.try_emplace(candidate->sql->text());
      if (made && !deadline_.over()) {
        Report("comparing");
        auto result = job_.execute(deadline_, *candidate->sql);
        found->second = result ? std::pair(ResultKey(*result), false) : std::pair(std::string(), true);
      }
      candidate->key = found->second.first;
      candidate->failed = found->second.second;
      candidate->empty = candidate->key.find("x0:") != std::string::npos;
    }
    out_.timings_ms["comparing"] += MillisecondsSince(started);
  }

  // Candidates that came to the same, largest group first; earlier ones before later ones.
  static std::vector<std::vector<Candidate*>> Groups(const std::vector<Candidate*>& good) {
    std::vector<std::vector<Candidate*>> groups;
    std::map<std::string, std::size_t> place;
    for (Candidate* candidate : good) {
      if (candidate->failed && good.size() > 1) continue;
      const std::string key =
          candidate->key.empty() ? "text " + candidate->sql->fingerprint() + candidate->sql->text() : candidate->key;
      auto [found, made] = place.try_emplace(key, groups.size());
      if (made) groups.emplace_back();
      groups[found->second].push_back(candidate);
    }
    if (groups.empty()) groups.push_back({good.front()});
    // An empty result agrees with every other mistake in a condition: of equally large groups one with rows is better.
    std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
      return a.size() != b.size() ? a.size() > b.size() : !a.front()->empty && b.front()->empty;
    });
    return groups;
  }

  GeneratedSql Chosen(const std::vector<Candidate*>& good) {
    const bool rule = !job_.rule_sql.empty();
    if (good.size() > 1 || (rule && job_.execute)) Execute(good);
    const auto groups = Groups(good);
    Candidate* best = groups.front().front();
    // Of equals the one with the fewest doubtful changes.
    const auto doubts = [](const Candidate* c) {
      return std::count_if(c->repairs.begin(), c->repairs.end(), [](const Repair& r) { return r.risky; });
    };
    for (Candidate* candidate : groups.front()) {
      if (doubts(candidate) < doubts(best)) best = candidate;
    }
    const double share = static_cast<double>(groups.front().size()) / static_cast<double>(good.size());
    out_.confidence = good.size() == 1 ? 0.75 : 0.5 + 0.4 * share;
    if (rule && AgreesWithRule(*best)) {
      out_.verified_by = "grammar";
      out_.confidence = std::max(out_.confidence, 0.94);
    }
    Fill(*best);
    for (std::size_t i = 1; i < groups.size() && out_.alternatives.size() < 3; ++i) {
      const Candidate& other = *groups[i].front();
      out_.alternatives.push_back({other.sql->text(), Paraphrase(other.sql->text(), *job_.prompt.schema, job_.language),
                                   0.9 * static_cast<double>(groups[i].size()) / static_cast<double>(good.size())});
    }
    if (good.size() > 1) {
      out_.assumptions.push_back(std::to_string(groups.front().size()) + " of " + std::to_string(good.size()) +
                                 " candidates agree on this result");
    }
    return std::move(out_);
  }

  bool AgreesWithRule(const Candidate& candidate) const {
    const validator::Verdict verdict = validator::Validate(job_.rule_sql, *job_.checker);
    if (!verdict.allowed) return false;
    if (verdict.sql->text() == candidate.sql->text()) return true;
    if (!job_.execute || candidate.key.empty()) return false;
    auto result = job_.execute(deadline_, *verdict.sql);
    return result && ResultKey(*result) == candidate.key;
  }

  void Fill(const Candidate& best) {
    out_.sql = best.sql->text();
    out_.as_written = best.reading.sql;
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
    const double doubt = 0.05 * static_cast<double>(std::count_if(best.repairs.begin(), best.repairs.end(),
                                                                  [](const Repair& r) { return r.risky; }));
    out_.confidence = std::max(0.3, out_.confidence - std::min(0.2, doubt));
    out_.origin = "model " + out_.usage.model;
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
    out_.refusal.matched_values = ValueLines(*job_.prompt.schema, prompt_.links);
    return std::move(out_);
  }

  const Deadline& deadline_;
  llm::Client& client_;
  const ModelJob& job_;
  Prompt prompt_;
  std::vector<llm::Message> messages_;
  std::vector<Candidate> candidates_;
  GeneratedSql out_;
  bool stuck_ = false;
};

// Numbers in one spelling, so that 1 and 1.0 and 0.3333 and 0.33333333 are equal.
std::string Plain(const Cell& cell) {
  if (!cell) return "\x01";
  const char* text = cell->c_str();
  char* end = nullptr;
  const double number = std::strtod(text, &end);
  if (cell->empty() || *end != '\0' || !std::isfinite(number)) return *cell;
  char out[40];
  std::snprintf(out, sizeof out, "%.6g", number == 0 ? 0.0 : number);
  return out;
}

}  // namespace

std::string ResultKey(const QueryResult& result) {
  // Columns in the order of their sorted contents, then rows sorted.
  std::vector<std::vector<std::string>> columns(result.columns.size());
  for (const auto& row : result.rows) {
    for (std::size_t c = 0; c < columns.size() && c < row.size(); ++c) columns[c].push_back(Plain(row[c]));
  }
  std::vector<std::size_t> order(columns.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::vector<std::string>> sorted = columns;
  for (auto& column : sorted) std::sort(column.begin(), column.end());
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sorted[a] < sorted[b]; });
  std::vector<std::string> rows(result.rows.size());
  for (std::size_t c : order) {
    for (std::size_t r = 0; r < rows.size() && r < columns[c].size(); ++r) rows[r] += columns[c][r] + "\x02";
  }
  std::sort(rows.begin(), rows.end());
  std::string key =
      std::to_string(columns.size()) + "x" + std::to_string(rows.size()) + (result.truncated ? "+" : "") + ":";
  std::uint64_t hash = Hash64(key);
  for (const std::string& row : rows) hash = Hash64(row, hash);
  return key + std::to_string(hash);
}

Expected<GeneratedSql> GenerateWithModel(const Deadline& deadline, llm::Client& client, const ModelJob& job) {
  return Attempt(deadline, client, job).Run();
}

}  // namespace toomai::engine
