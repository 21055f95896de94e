// `toomai generate`: one question to SQL, or many as JSON lines.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/ask_command.h"
#include "app/formats.h"
#include "app/input_lines.h"
#include "base/calendar.h"
#include "base/log.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t kMaxBatchLine = 1 << 20;  // bytes of one JSON line

struct GenerateOptions {
  std::vector<std::string> words;
  engine::Question question;
  std::string source = "auto";
  bool batch = false, json = false, show_prompt = false;
  int jobs = 1;
  int timeout_ms = 0;  // 0: the configured default
};

Json ToJson(const engine::GeneratedSql& generated) {
  Json out;
  out["sql"] = generated.sql ? Json(*generated.sql) : Json(nullptr);
  out["source"] = engine::ToString(generated.source);
  out["confidence"] = generated.confidence;
  if (!generated.paraphrase.empty()) out["paraphrase"] = generated.paraphrase;
  if (!generated.language.empty()) out["language"] = generated.language;
  if (!generated.origin.empty()) out["origin"] = generated.origin;
  if (!generated.assumptions.empty()) out["assumptions"] = generated.assumptions;
  if (!generated.warnings.empty()) out["warnings"] = generated.warnings;
  if (!generated.tables.empty()) out["tables"] = generated.tables;
  if (!generated.parameters.empty()) out["parameters"] = generated.parameters;
  for (const auto& repair : generated.repairs) {
    out["repairs"].push_back(
        {{"rule", repair.rule}, {"before", repair.before}, {"after", repair.after}, {"risky", repair.risky}});
  }
  for (const auto& other : generated.alternatives) {
    out["alternatives"].push_back(
        {{"sql", other.sql}, {"paraphrase", other.paraphrase}, {"confidence", other.confidence}});
  }
  if (!generated.sql) {
    out["reason"] = generated.refusal.reason;
    if (!generated.refusal.unknown_words.empty()) out["unknown_words"] = generated.refusal.unknown_words;
    for (const auto& reading : generated.refusal.readings) {
      out["readings"].push_back(
          {{"sql", reading.sql}, {"paraphrase", reading.paraphrase}, {"confidence", reading.confidence}});
    }
  }
  if (generated.usage.calls > 0) {
    out["usage"] = {{"model", generated.usage.model},
                    {"prompt_tokens", generated.usage.prompt_tokens},
                    {"completion_tokens", generated.usage.completion_tokens},
                    {"cost", generated.usage.cost}};
  }
  return out;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string StringOr(const Json& row, const char* key) {
  const auto it = row.find(key);
  return it != row.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// One input line to one output line; a bad line gives a line with "error", never a stop.
std::string AnswerLine(engine::Engine& engine, const GenerateOptions& options, const Deadline& deadline,
                       const std::string& line) {
  const auto start = std::chrono::steady_clock::now();
  Json out;
  const Json row = line.size() <= kMaxBatchLine ? Json::parse(line, nullptr, false) : Json(Json::value_t::discarded);
  if (row.is_discarded() || !row.is_object() || !row.contains("question") || !row["question"].is_string()) {
    out["id"] = row.is_object() && row.contains("id") ? row["id"] : Json(nullptr);
    out["sql"] = nullptr;
    out["error"] = "not a JSON object with a text \"question\" of at most 1 MiB";
    return Dump(out);
  }
  out["id"] = row.contains("id") ? row["id"] : Json(nullptr);
  engine::Question question = options.question;
  question.text = row["question"].get<std::string>();
  if (const std::string db = StringOr(row, "db"); !db.empty()) question.database = db;
  if (const std::string evidence = StringOr(row, "evidence"); !evidence.empty()) question.evidence = evidence;
  if (const std::string today = StringOr(row, "today"); !today.empty()) question.today = today;
  if (!question.today.empty() && !IsCalendarDay(question.today)) {
    out["sql"] = nullptr;
    out["error"] = "\"today\" must be a day as YYYY-MM-DD";
    return Dump(out);
  }
  const auto generated =
      engine.Generate(deadline.Within(std::chrono::milliseconds(options.timeout_ms)), LocalCaller(), question);
  if (generated) {
    out.update(ToJson(*generated));
  } else {
    out["sql"] = nullptr;
    out["source"] = options.source;
    out["confidence"] = 0;
    out["error"] = generated.error().message;
    out["code"] = ToString(generated.error().code);
  }
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  out["ms"] = static_cast<double>(static_cast<long long>(ms * 1000)) / 1000.0;
  return Dump(out);
}

// Lines in, lines out in the order they are done; `id` says which is which. With one job the order is kept.
int RunBatch(engine::Engine& engine, const GenerateOptions& options) {
  const std::stop_token stop = StopOnSignals();
  const Deadline deadline = Deadline::Never(stop);
  InputLines lines(STDIN_FILENO);
  const std::string call = CurrentRequestId();
  std::mutex in, out;
  std::atomic<int> next = 0;
  const auto work = [&] {
    std::string line;
    while (!deadline.stopped()) {
      {
        const std::lock_guard lock(in);
        if (!lines.Next(stop, &line)) return;
      }
      if (Trim(line).empty()) continue;
      const LogRequestScope scope(call + "." + std::to_string(++next));
      const std::string answer = AnswerLine(engine, options, deadline, line) + "\n";
      const std::lock_guard lock(out);
      std::fwrite(answer.data(), 1, answer.size(), stdout);
      if (std::fflush(stdout) != 0) return;  // nobody reads on: no more is paid for
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  return stop.stop_requested() ? kFailed : kDone;
}

int RunGenerate(const Globals& globals, GenerateOptions options) {
  auto engine = OpenEngine(globals, &options.timeout_ms);
  if (!engine) return Report(engine.error());
  options.question.source = *engine::ParseSource(options.source);
  if (options.batch) return RunBatch(**engine, options);
  if (options.question.text.empty()) {
    return Report(Error(ErrorCode::kInvalidArgument, "no question was given",
                        "toomai generate \"how many customers are there?\""));
  }
  const Deadline deadline = Deadline::After(std::chrono::milliseconds(options.timeout_ms), StopOnSignals());
  if (options.show_prompt) {
    const auto prompt = (*engine)->ShowPrompt(deadline, LocalCaller(), options.question);
    if (!prompt) return Report(prompt.error());
    std::fputs(prompt->c_str(), stdout);
    return kDone;
  }
  const auto generated = (*engine)->Generate(deadline, LocalCaller(), options.question);
  if (!generated) return Report(generated.error());
  if (options.json) {
    std::fprintf(stdout, "%s\n", ToJson(*generated).dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    return generated->sql ? kDone : kFailed;
  }
  if (!generated->sql) {
    std::fprintf(stderr, "toomai: %s\n", TerminalSafe(generated->refusal.reason).c_str());
    return kFailed;
  }
  std::fputs(DescribeGenerated(*generated, false).c_str(), stdout);
  return kDone;
}

}  // namespace

void DefineGenerateCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<GenerateOptions>();
  command->footer(
      "Batch: JSON lines {\"id\",\"db\",\"question\",\"evidence\"?} in, "
      "{\"id\",\"sql\",\"source\",\"confidence\",\"ms\",…} out.");
  auto* text = command->add_option("question", options->words, "the question, in English, Chinese or Japanese");
  command->add_option("-d,--db", options->question.database, "name of the database (default: the first configured)");
  command->add_option("--evidence", options->question.evidence, "a hint: what a word means, how a number is computed");
  command->add_option("--source", options->source, "pin the way: auto, approved, template, model, grammar")
      ->check(CLI::IsMember({"auto", "approved", "template", "model", "grammar", "cache"}));
  command->add_option("--today", options->question.today, "YYYY-MM-DD that 'last month' counts from")
      ->check(DayProblem);
  command
      ->add_option("--samples", options->question.samples,
                   "statements asked of a model; they are run read-only, and the result that most agree on wins")
      ->check(CLI::Range(1, 8));
  command->add_flag_callback(
      "--compare", [options] { options->question.compare = true; },
      "run the model's and the grammar's statement read-only, and say when they find the same");
  auto* batch = command->add_flag("--batch", options->batch, "read JSON lines from standard input")->excludes(text);
  command->add_option("--jobs", options->jobs, "questions at the same time in a batch")->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "print everything known as JSON")->excludes(batch);
  command->add_flag("--show-prompt", options->show_prompt, "print what would be sent to a model, send nothing")
      ->excludes(batch);
  command
      ->add_option("--timeout", options->timeout_ms, "milliseconds for one question (default: default_timeout, 60 s)")
      ->check(CLI::PositiveNumber);
  command->callback([options, &globals, status] {
    options->question.text = Join(options->words, " ");  // people leave the quotes out
    *status = RunGenerate(globals, *options);
  });
}

}  // namespace toomai::app
