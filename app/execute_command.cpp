// `toomai execute`: SQL that was checked, to rows; collected, or streamed to a file.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "app/ask_command.h"
#include "app/formats.h"
#include "app/result_output.h"
#include "app/terminal.h"

namespace toomai::app {
namespace {

struct ExecuteOptions {
  OutputOptions output;
  engine::ExecuteRequest request;
  std::vector<std::string> parameters;
  bool explain = false, analyze = false, every_row = false;
  int timeout_ms = 0;  // 0: the configured default
};

// Rows go from the server to the file as they come: memory stays flat however many there are. The file is opened when
// there is something to write, so that a statement that fails leaves an older file as it is.
class FileWriter : public engine::RowConsumer {
 public:
  FileWriter(Format format, std::string path, ProgressLine* progress)
      : path_(std::move(path)),
        writer_(MakeRowWriter(format, [this](std::string_view text) { Write(text); })),
        progress_(progress) {}

  void OnColumns(const std::vector<engine::ResultColumn>& columns) override {
    file_ = ToStdout() ? stdout : std::fopen(path_.c_str(), "wb");
    if (file_ == nullptr) return;
    std::setvbuf(file_, nullptr, _IOFBF, 256 * 1024);
    writer_->Begin(columns);
  }
  bool OnRow(const std::vector<std::optional<std::string_view>>& cells) override {
    if (file_ == nullptr || std::ferror(file_) != 0) return false;
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
  // `result`: null when the statement failed on the way.
  Expected<void> Close(const engine::QueryResult* result) {
    if (file_ == nullptr && result != nullptr)
      return Fail(ErrorCode::kInvalidArgument, "cannot write " + path_, "check the folder and its rights");
    if (file_ == nullptr) return {};
    if (result != nullptr)
      writer_->End(*result);
    else
      writer_->BreakOff();
    bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
    if (!ToStdout()) written = std::fclose(file_) == 0 && written;
    if (!written && ToStdout() && ReaderIsGone()) return {};  // `| head` has had enough
    if (!written) return Fail(ErrorCode::kUnavailable, "the output could not be written", "is the disk full?");
    return {};
  }
  bool ToStdout() const { return path_.empty() || path_ == "-"; }
  std::size_t rows() const { return rows_; }

 private:
  void Write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_); }

  const std::string path_;
  std::FILE* file_ = nullptr;
  std::unique_ptr<RowWriter> writer_;
  ProgressLine* progress_;
  std::vector<engine::Cell> row_;
  std::size_t rows_ = 0;
};

Expected<int> StreamToFile(engine::Engine& engine, const Deadline& deadline, const ExecuteOptions& options) {
  Format format = ChooseFormat(options.output);
  if (format == Format::kTable) format = Format::kCsv;  // a table must know its widths first
  ProgressLine progress;
  FileWriter writer(format, options.output.output, &progress);
  const auto result = engine.Stream(deadline, LocalCaller(), options.request, writer, true);
  const auto closed = writer.Close(result ? &*result : nullptr);
  const std::string where = writer.ToStdout() ? "" : " to " + options.output.output;
  if (!result && writer.rows() > 0)
    std::fprintf(stderr, "toomai: only the first %zu rows were written%s\n", writer.rows(), where.c_str());
  if (!result) return Fail(result.error());
  if (!closed) return Fail(closed.error());
  if (!writer.ToStdout()) std::fprintf(stderr, "%zu rows written%s\n", writer.rows(), where.c_str());
  return kDone;
}

// Errors are told by the caller, who may have a question to ask first.
Expected<int> RunOnce(engine::Engine& engine, const Deadline& deadline, const ExecuteOptions& options) {
  if (options.every_row) return StreamToFile(engine, deadline, options);
  const auto result = [&] {
    ProgressLine progress;
    return engine.Execute(
        deadline, LocalCaller(), options.request,
        [&progress](std::string_view stage, double done, double total) { progress.Update(stage, done, total); });
  }();
  if (!result) return Fail(result.error());
  return ShowResult(*result, options.output);
}

int RunExecute(const Globals& globals, ExecuteOptions options) {
  auto engine = OpenEngine(globals, &options.timeout_ms);
  if (!engine) return Report(engine.error());
  if (options.request.sql == "-") options.request.sql.assign(std::istreambuf_iterator<char>(std::cin), {});
  const std::chrono::milliseconds timeout(options.timeout_ms);
  const Deadline deadline = Deadline::After(timeout, StopOnSignals());
  if (options.explain || options.analyze) {
    const auto plan =
        (*engine)->Explain(deadline, LocalCaller(), options.request.database, options.request.sql, options.analyze);
    if (!plan) return Report(plan.error());
    std::fputs(DescribePlan(*plan).c_str(), stdout);
    return kDone;
  }
  for (const std::string& value : options.parameters) options.request.parameters.emplace_back(value);
  options.request.timeout = timeout;
  auto status = RunOnce(**engine, deadline, options);
  if (!status && Agreed(status.error())) {
    options.request.confirm = true;
    status = RunOnce(**engine, deadline, options);
  }
  return status ? *status : Report(status.error());
}

}  // namespace

void DefineExecuteCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<ExecuteOptions>();
  command->footer("Example: toomai execute \"SELECT count(*) FROM orders\" --format csv");
  command->add_option("sql", options->request.sql, "one SELECT; - reads it from standard input")->required();
  command->add_option("-d,--db", options->request.database, "name of the database (default: the first configured)");
  command->add_option("-p,--param", options->parameters, "value of $1, $2, … (repeat)")->allow_extra_args(false);
  command->add_flag("--explain", options->explain, "show the plan instead of running");
  command->add_flag("--all", options->every_row, "every row, streamed; the row and byte ceilings do not apply");
  command->add_flag("--analyze", options->analyze,
                    "run and show the plan with times (where the configuration allows it)");
  command->add_flag("--confirm", options->request.confirm, "run although the cost limit asks");
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything (default: default_timeout, 60 s)")
      ->check(CLI::PositiveNumber);
  AddOutputOptions(*command, &options->output);
  AddBudgetOptions(*command, &options->request.budget);
  command->callback([options, &globals, status] { *status = RunExecute(globals, *options); });
}

}  // namespace toomai::app
