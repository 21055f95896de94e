#include "app/ask_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/chart.h"
#include "app/formats.h"
#include "app/terminal.h"
#include "base/text.h"
#include "engine/result_json.h"

namespace toomai::app {
namespace {

using engine::GeneratedSql;

struct OutputOptions {
  std::string format;  // empty: a table for people, CSV or JSON by the ending of --output
  std::string output;
  bool chart = false;
};

struct AskOptions {
  OutputOptions output;
  engine::Question question;
  engine::Budget budget;
  std::string source = "auto";
  bool sql_only = false, explain = false, confirm = false, show_prompt = false;
  int timeout_ms = 60'000;
};

struct ExecuteOptions {
  OutputOptions output;
  engine::ExecuteRequest request;
  std::vector<std::string> parameters;
  bool explain = false, analyze = false, every_row = false;
  int timeout_ms = 60'000;
};

void AddOutputOptions(CLI::App& command, OutputOptions* options) {
  command.add_option("-f,--format", options->format, "table, json, ndjson, csv, tsv or markdown")
      ->check(CLI::IsMember({"table", "json", "ndjson", "jsonl", "csv", "tsv", "markdown", "md"}));
  command.add_option("-o,--output", options->output,
                     "write to this file; .csv .tsv .json .ndjson .md and .svg choose the format");
  command.add_flag("--chart", options->chart, "draw bars or a line from the result");
}

void AddBudgetOptions(CLI::App& command, engine::Budget* budget) {
  command.add_option("--max-rows", budget->rows, "at most this many rows (settings are the ceiling)")
      ->check(CLI::PositiveNumber);
  command.add_option("--max-bytes", budget->bytes, "at most this many bytes of values")->check(CLI::PositiveNumber);
}

Format ChooseFormat(const OutputOptions& options) {
  if (const auto format = ParseFormat(options.format)) return *format;
  const std::size_t dot = options.output.rfind('.');
  if (dot != std::string::npos) {
    if (const auto format = ParseFormat(options.output.substr(dot + 1))) return *format;
  }
  return Format::kTable;
}

int WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    return Report(Error(ErrorCode::kInvalidArgument, "cannot write " + path, "check the folder and its rights"));
  return kDone;
}

int ShowResult(const engine::QueryResult& result, const OutputOptions& options) {
  const bool svg = options.output.ends_with(".svg");
  if (options.chart || svg) {
    std::string why;
    const auto chart = ChooseChart(result, &why);
    if (chart && svg) return WriteFile(options.output, DrawSvg(*chart));
    if (svg) return Report(Error(ErrorCode::kInvalidArgument, "no chart was drawn: " + why, "use --format instead"));
    if (chart) {
      std::fputs(DrawInTerminal(*chart, TerminalWidth()).c_str(), stdout);
    } else {
      std::fprintf(stderr, "toomai: no chart: %s\n", why.c_str());
    }
  }
  const Format format = ChooseFormat(options);
  if (!options.output.empty()) return WriteFile(options.output, FormatResult(format, result));
  const std::string text = FormatResult(format, result, UseColour(), format == Format::kTable ? TerminalWidth() : 0);
  if (format == Format::kTable) {
    Page(text);
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return kDone;
}

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

int RunAsk(const Globals& globals, const AskOptions& options) {
  auto engine = OpenEngine(globals);
  if (!engine) return Report(engine.error());
  const Deadline deadline = Deadline::After(std::chrono::milliseconds(options.timeout_ms), StopOnSignals());
  engine::Question question = options.question;
  question.source = *engine::ParseSource(options.source);
  if (options.show_prompt) {
    const auto prompt = (*engine)->ShowPrompt(deadline, LocalCaller(), question);
    if (!prompt) return Report(prompt.error());
    std::fputs(prompt->c_str(), stdout);
    return kDone;
  }

  engine::Answer answer;
  {
    ProgressLine progress;
    const engine::Progress show = [&progress](std::string_view stage, double done, double total) {
      progress.Update(stage, done, total);
    };
    if (options.sql_only) {
      auto generated = (*engine)->Generate(deadline, LocalCaller(), question, show);
      if (!generated) return Report(generated.error());
      answer.generated = std::move(*generated);
    } else {
      auto asked = (*engine)->Ask(deadline, LocalCaller(), question, options.budget, options.confirm, show);
      if (!asked) return Report(asked.error());
      answer = std::move(*asked);
    }
  }
  if (!answer.generated.sql) {
    std::fputs(("toomai: " + DescribeRefusal(answer.generated)).c_str(), stderr);
    return kFailed;
  }
  if (options.sql_only) {
    std::fprintf(stdout, "%s\n", answer.generated.sql->c_str());
    return kDone;
  }
  const Format format = ChooseFormat(options.output);
  if (format == Format::kTable && options.output.output.empty()) {
    std::fputs(DescribeGenerated(answer.generated, options.explain).c_str(), stdout);
  } else if (options.explain) {
    std::fputs(DescribeGenerated(answer.generated, true).c_str(), stderr);
  }
  if (answer.error) return Report(*answer.error);
  return answer.result ? ShowResult(*answer.result, options.output) : kDone;
}

// Rows go from the server to the file as they come: memory stays flat however many there are.
class FileWriter : public engine::RowConsumer {
 public:
  FileWriter(Format format, std::FILE* file, ProgressLine* progress)
      : writer_(
            MakeRowWriter(format, [file](std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); })),
        progress_(progress) {}

  void OnColumns(const std::vector<engine::ResultColumn>& columns) override { writer_->Begin(columns); }
  bool OnRow(const std::vector<std::optional<std::string_view>>& cells) override {
    row_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i]) {
        row_[i].reset();
      } else if (row_[i]) {
        row_[i]->assign(*cells[i]);  // keeps its memory from row to row
      } else {
        row_[i].emplace(*cells[i]);
      }
    }
    writer_->Row(row_);
    if (++rows_ % 10'000 == 0) progress_->Update("rows", static_cast<double>(rows_));
    return true;
  }
  void End(const engine::QueryResult& result) { writer_->End(result); }
  std::size_t rows() const { return rows_; }

 private:
  std::unique_ptr<RowWriter> writer_;
  ProgressLine* progress_;
  std::vector<engine::Cell> row_;
  std::size_t rows_ = 0;
};

int StreamToFile(engine::Engine& engine, const Deadline& deadline, const ExecuteOptions& options) {
  const bool to_stdout = options.output.output.empty() || options.output.output == "-";
  std::FILE* file = to_stdout ? stdout : std::fopen(options.output.output.c_str(), "wb");
  if (file == nullptr)
    return Report(
        Error(ErrorCode::kInvalidArgument, "cannot write " + options.output.output, "check the folder and its rights"));
  std::setvbuf(file, nullptr, _IOFBF, 256 * 1024);
  ProgressLine progress;
  Format format = ChooseFormat(options.output);
  if (format == Format::kTable) format = Format::kCsv;  // a table must know its widths first
  FileWriter writer(format, file, &progress);
  const auto result = engine.Stream(deadline, LocalCaller(), options.request, writer, true);
  if (result) writer.End(*result);
  const bool written = std::fflush(file) == 0 && std::ferror(file) == 0;
  if (!to_stdout && std::fclose(file) != 0)
    return Report(Error(ErrorCode::kUnavailable, "cannot write " + options.output.output, "is the disk full?"));
  if (!result) return Report(result.error());
  if (!written) return Report(Error(ErrorCode::kUnavailable, "the output could not be written", "is the disk full?"));
  if (!to_stdout) std::fprintf(stderr, "%zu rows written to %s\n", writer.rows(), options.output.output.c_str());
  return kDone;
}

int RunExecute(const Globals& globals, ExecuteOptions options) {
  auto engine = OpenEngine(globals);
  if (!engine) return Report(engine.error());
  if (options.request.sql == "-") options.request.sql.assign(std::istreambuf_iterator<char>(std::cin), {});
  const std::chrono::milliseconds timeout(options.timeout_ms);
  const Deadline deadline = Deadline::After(timeout, StopOnSignals());
  if (options.explain || options.analyze) {
    const auto plan =
        (*engine)->Explain(deadline, LocalCaller(), options.request.database, options.request.sql, options.analyze);
    if (!plan) return Report(plan.error());
    std::fputs((plan->text + "\n").c_str(), stdout);
    for (const std::string& advice : plan->advice) std::fputs(("advice: " + advice + "\n").c_str(), stdout);
    return kDone;
  }
  for (const std::string& value : options.parameters) options.request.parameters.emplace_back(value);
  options.request.timeout = timeout;
  if (options.every_row) return StreamToFile(**engine, deadline, options);
  Expected<engine::QueryResult> result = [&] {
    ProgressLine progress;
    return (*engine)->Execute(
        deadline, LocalCaller(), options.request,
        [&progress](std::string_view stage, double done, double total) { progress.Update(stage, done, total); });
  }();
  if (!result) return Report(result.error());
  return ShowResult(*result, options.output);
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

void DefineAskCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<AskOptions>();
  command->footer("Example: toomai ask \"top 5 customers by sales last month\" --chart");
  command->add_option("question", options->question.text, "the question, in English, Chinese or Japanese")->required();
  command->add_option("-d,--db", options->question.database, "name of the database (default: the first configured)");
  command->add_option("--evidence", options->question.evidence, "a hint: what a word means, how a number is computed");
  command->add_option("--source", options->source, "pin the way: auto, approved, template, model, grammar")
      ->check(CLI::IsMember({"auto", "approved", "template", "model", "grammar", "cache"}));
  command->add_option("--today", options->question.today, "YYYY-MM-DD that 'last month' counts from");
  command->add_option("--samples", options->question.samples, "candidates to compare by their results");
  command->add_flag("--sql-only", options->sql_only, "print the SQL, run nothing");
  command->add_flag("--explain", options->explain, "say how the answer came about");
  command->add_flag("--show-prompt", options->show_prompt, "print what would be sent to a model, send nothing");
  command->add_flag("--confirm", options->confirm, "run although the cost limit asks");
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything")->check(CLI::PositiveNumber);
  AddOutputOptions(*command, &options->output);
  AddBudgetOptions(*command, &options->budget);
  command->callback([options, &globals, status] { *status = RunAsk(globals, *options); });
}

void DefineExecuteCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<ExecuteOptions>();
  command->footer("Example: toomai execute \"SELECT count(*) FROM orders\" --format csv");
  command->add_option("sql", options->request.sql, "one SELECT; - reads it from standard input")->required();
  command->add_option("-d,--db", options->request.database, "name of the database (default: the first configured)");
  command->add_option("-p,--param", options->parameters, "value of $1, $2, … (repeat)");
  command->add_flag("--explain", options->explain, "show the plan instead of running");
  command->add_flag("--all", options->every_row, "every row, streamed; the row and byte ceilings do not apply");
  command->add_flag("--analyze", options->analyze,
                    "run and show the plan with times (where the configuration allows it)");
  command->add_flag("--confirm", options->request.confirm, "run although the cost limit asks");
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything")->check(CLI::PositiveNumber);
  AddOutputOptions(*command, &options->output);
  AddBudgetOptions(*command, &options->request.budget);
  command->callback([options, &globals, status] { *status = RunExecute(globals, *options); });
}

}  // namespace toomai::app
