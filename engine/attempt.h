// One question on its way to SQL, shared by generate.cpp and from_model.cpp.
#pragma once

#include <chrono>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/engine_impl.h"

namespace toomai::engine {

// Adds the time it lives to a stage.
class Stopwatch {
 public:
  Stopwatch(std::map<std::string, double>* timings, std::string stage) : timings_(timings), stage_(std::move(stage)) {}
  ~Stopwatch() {
    (*timings_)[stage_] += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::map<std::string, double>* timings_;
  std::string stage_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct EngineImpl::Attempt {
  const Deadline& deadline;
  const Caller& caller;
  const Question& question;
  Database& database;
  std::shared_ptr<const Grounding> grounding;
  Progress progress;
  bool compare;  // candidates may be run to compare them
  Learned learned;
  GeneratedSql out;

  std::string Today() const {
    if (!question.today.empty()) return question.today;
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", &local);
    return text;
  }

  // Validates; on success the answer is complete but for its paraphrase and confidence.
  bool Accept(const std::string& sql, Source source, std::vector<std::string> parameters = {}) {
    const Stopwatch watch(&out.timings_ms, "validating");
    validator::Verdict verdict =
        validator::Validate(sql, *grounding->snapshot->checker, {.allow_parameters = !parameters.empty()});
    if (!verdict.allowed) {
      const std::string why = verdict.findings.empty()
                                  ? "refused"
                                  : verdict.findings.front().rule + ": " + verdict.findings.front().message;
      Log(Level::kDebug, "generate", "statement refused", {{"source", std::string(ToString(source))}, {"why", why}});
      out.warnings.push_back(std::string(ToString(source)) + " wrote SQL that the validator refused (" + why + ")");
      out.as_written = sql;
      out.refusal.rule = verdict.findings.empty() ? "" : verdict.findings.front().rule;
      return false;
    }
    const bool rejected = learned.Rejects(question.text, verdict.sql->fingerprint());
    if (rejected && source != Source::kModel && source != Source::kApproved) {
      out.refusal.reason = "the answer at hand was rejected by a reviewer";
      return false;
    }
    if (rejected) out.warnings.push_back("a reviewer rejected this statement for this question");
    out.as_written = out.to_run = sql;
    out.sql = verdict.sql->text();
    out.tables = verdict.sql->facts().tables;
    out.fingerprint = verdict.sql->fingerprint();
    out.source = source;
    out.parameters = std::move(parameters);
    return true;
  }
};

}  // namespace toomai::engine
