#include "app/ask_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/formats.h"
#include "app/result_output.h"
#include "app/terminal.h"
#include "base/calendar.h"
#include "base/text.h"
#include "engine/result_json.h"
#include "engine/result_summary.h"

namespace toomai::app {
namespace {

using engine::GeneratedSql;

struct AskOptions {
  std::vector<std::string> words;
  OutputOptions output;
  engine::Question question;
  engine::Budget budget;
  std::string source = "auto";
  std::string mode = "rows";
  bool explain = false, confirm = false, show_prompt = false;
  int timeout_ms = 0;  // 0: the configured default
};

std::string Percent(double share) {
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + " %";
}

// Why there is no SQL, and what to try: for a person.
std::string DescribeRefusal(const GeneratedSql& generated) {
  const engine::Refusal& refusal = generated.refusal;
  std::string text = refusal.reason.empty() ? "no answer" : refusal.reason;
  text += "\n";
  for (const auto& reading : refusal.readings) {
    text += "  perhaps: " + TerminalSafe(reading.paraphrase) + " (" + Percent(reading.confidence) + ")\n    " +
            TerminalSafe(reading.sql) + "\n";
  }
  return text;
}

Expected<engine::Answer> AnswerOf(engine::Engine& engine, const Deadline& deadline, const AskOptions& options) {
  ProgressLine progress;
  const engine::Progress show = [&progress](std::string_view stage, double done, double total) {
    progress.Update(stage, done, total);
  };
  if (options.mode != "sql_only")
    return engine.Ask(deadline, LocalCaller(), options.question, options.budget, options.confirm, show);
  auto generated = engine.Generate(deadline, LocalCaller(), options.question, show);
  if (!generated) return Fail(generated.error());
  return engine::Answer{std::move(*generated), std::nullopt, std::nullopt};
}

// The shape of the result as a table of its own: one line a column.
engine::QueryResult ShapeOf(const engine::QueryResult& result) {
  engine::QueryResult shape;
  shape.columns = {{"column", "text", 25, false},     {"type", "text", 25, false},     {"nulls", "bigint", 20, false},
                   {"distinct", "bigint", 20, false}, {"smallest", "text", 25, false}, {"largest", "text", 25, false}};
  const auto columns = engine::Summarize(result);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    shape.rows.push_back({result.columns[i].name, result.columns[i].type, std::to_string(columns[i].nulls),
                          std::to_string(columns[i].distinct), columns[i].least, columns[i].most});
  }
  shape.notes.push_back("of " + std::to_string(result.rows.size()) +
                        (result.truncated ? " rows, and there are more" : " rows"));
  return shape;
}

int ShowSummary(engine::QueryResult result, const OutputOptions& options) {
  const int shown = ShowResult(ShapeOf(result), options);
  if (shown != kDone || ChooseFormat(options) != Format::kTable || !options.output.empty()) return shown;
  if (result.rows.size() > engine::kSummaryRows) {
    result.rows.resize(engine::kSummaryRows);
    result.notes.emplace_back("the first " + std::to_string(engine::kSummaryRows) + " rows");
  }
  return ShowResult(result, options);
}

// The plan in short. A statement with parameters is planned per call, not here.
void ShowPlan(engine::Engine& engine, const Deadline& deadline, const GeneratedSql& generated, std::FILE* out) {
  if (!generated.parameters.empty()) return;
  const auto plan = engine.Explain(deadline, LocalCaller(), generated.database, *generated.sql, false);
  if (plan) std::fputs(DescribePlan(*plan).c_str(), out);
}

int ShowPrompt(engine::Engine& engine, const Deadline& deadline, const engine::Question& question) {
  const auto prompt = engine.ShowPrompt(deadline, LocalCaller(), question);
  if (!prompt) return Report(prompt.error());
  std::fputs(prompt->c_str(), stdout);
  return kDone;
}

int RunAsk(const Globals& globals, AskOptions options) {
  if (options.question.text.empty()) {
    return Report(
        Error(ErrorCode::kInvalidArgument, "no question was given", "toomai ask \"how many customers are there?\""));
  }
  auto engine = OpenEngine(globals, &options.timeout_ms);
  if (!engine) return Report(engine.error());
  const Deadline deadline = Deadline::After(std::chrono::milliseconds(options.timeout_ms), StopOnSignals());
  options.question.source = *engine::ParseSource(options.source);
  if (options.show_prompt) return ShowPrompt(**engine, deadline, options.question);

  auto answer = AnswerOf(**engine, deadline, options);
  if (answer && answer->error && Agreed(*answer->error)) {
    options.confirm = true;
    answer = AnswerOf(**engine, deadline, options);
  }
  if (!answer) return Report(answer.error());
  if (!answer->generated.sql) {
    std::fputs(("toomai: " + DescribeRefusal(answer->generated)).c_str(), stderr);
    return kFailed;
  }
  const bool full = options.explain || options.mode == "full";
  const bool for_people = ChooseFormat(options.output) == Format::kTable && options.output.output.empty();
  if (options.mode == "sql_only") {
    std::fprintf(stdout, "%s\n", answer->generated.sql->c_str());
    if (full) std::fputs(DescribeGenerated(answer->generated, true).c_str(), stderr);
    return kDone;
  }
  std::FILE* const beside = for_people ? stdout : stderr;
  if (for_people || full) std::fputs(DescribeGenerated(answer->generated, full).c_str(), beside);
  if (options.mode == "full") ShowPlan(**engine, deadline, answer->generated, beside);
  if (answer->error) return Report(*answer->error);
  if (!answer->result) return kDone;
  return options.mode == "summary" ? ShowSummary(std::move(*answer->result), options.output)
                                   : ShowResult(*answer->result, options.output);
}

// How the rules read the question: its words, what they were taken for, by which rule, and what came of it.
std::string DescribeReading(const std::vector<engine::ReadPart>& reading) {
  constexpr std::size_t kMaxPartBytes = 60;  // the whole statement stands above
  if (reading.empty()) return "";
  engine::QueryResult table;
  for (const char* name : {"words", "read as", "rule", "in the SQL"})
    table.columns.push_back({name, "text", 25, false});
  for (const engine::ReadPart& part : reading)
    table.rows.push_back({part.text, part.meaning, part.rule, Ellipsis(part.sql, kMaxPartBytes)});
  return FormatResult(Format::kTable, table, UseColour(), TerminalWidth());
}

}  // namespace

std::string DescribeGenerated(const GeneratedSql& generated, bool explain) {
  std::string text = Styled(TerminalSafe(*generated.sql), "36") + "\n";
  if (!generated.paraphrase.empty()) text += Styled(TerminalSafe(generated.paraphrase), "3") + "\n";
  std::string origin(ToString(generated.source));
  if (!generated.origin.empty()) origin += ", " + generated.origin;
  text += Styled("source: " + TerminalSafe(origin) + " · confidence " + Percent(generated.confidence), "2") + "\n";
  for (const std::string& assumption : generated.assumptions)
    text += Styled("assumed: " + TerminalSafe(assumption), "2") + "\n";
  for (const std::string& warning : generated.warnings)
    text += Styled("please check: " + TerminalSafe(warning), "33") + "\n";
  if (explain) {
    text += DescribeReading(generated.reading);
    for (const auto& repair : generated.repairs) {
      text += "mended (" + repair.rule + "): " + TerminalSafe(repair.before) + " -> " + TerminalSafe(repair.after) +
              (repair.risky ? " (please check)\n" : "\n");
    }
    for (const auto& other : generated.alternatives)
      text += "or: " + TerminalSafe(other.paraphrase) + "\n    " + TerminalSafe(other.sql) + "\n";
    if (!generated.tables.empty()) text += "tables: " + Join(generated.tables, ", ") + "\n";
    for (const auto& [stage, ms] : generated.timings_ms) {
      char line[96];
      std::snprintf(line, sizeof line, "%-12s %8.2f ms\n", stage.c_str(), ms);
      text += line;
    }
  }
  return text;
}

std::string DayProblem(const std::string& text) {
  return IsCalendarDay(text) ? std::string() : "'" + text + "' must be a day as YYYY-MM-DD";
}

void DefineAskCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<AskOptions>();
  command->footer("Example: toomai ask \"top 5 customers by sales last month\" --chart");
  command->add_option("question", options->words, "the question, in English, Chinese or Japanese");
  command->add_option("-d,--db", options->question.database, "name of the database (default: the first configured)");
  command->add_option("--evidence", options->question.evidence, "a hint: what a word means, how a number is computed");
  command->add_option("--source", options->source, "pin the way: auto, approved, template, model, grammar")
      ->check(CLI::IsMember({"auto", "approved", "template", "model", "grammar", "cache"}));
  command->add_option("--today", options->question.today, "YYYY-MM-DD that 'last month' counts from")
      ->check(DayProblem);
  command
      ->add_option("--samples", options->question.samples,
                   "statements asked of a model; the result that most agree on wins")
      ->check(CLI::Range(1, 8));
  command
      ->add_option("--mode", options->mode,
                   "rows; sql_only: print the SQL, run nothing; summary: the shape of the result and its first rows; "
                   "full: also how the SQL came about, and its plan")
      ->check(CLI::IsMember({"rows", "sql_only", "summary", "full"}));
  command->add_flag_callback(
      "--sql-only", [options] { options->mode = "sql_only"; }, "the same as --mode sql_only");
  command->add_flag("--explain", options->explain, "say how the answer came about");
  command->add_flag("--show-prompt", options->show_prompt, "print what would be sent to a model, send nothing");
  command->add_flag("--confirm", options->confirm, "run although the cost limit asks");
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything (default: default_timeout, 60 s)")
      ->check(CLI::PositiveNumber);
  AddOutputOptions(*command, &options->output);
  AddBudgetOptions(*command, &options->budget);
  command->callback([options, &globals, status] {
    options->question.text = Join(options->words, " ");  // people leave the quotes out
    *status = RunAsk(globals, *options);
  });
}

}  // namespace toomai::app
