#include "app/demo_command.h"

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/ask_command.h"
#include "app/demo.h"
#include "app/formats.h"
#include "app/terminal.h"
#include "mcp/server.h"

namespace toomai::app {
namespace {

struct DemoArguments {
  bool serve = false, keep = false;
  int port = 8765;
  std::vector<std::string> databases;
};

// A folder for the demo's history that goes with it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "toomai-demo-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Expected<std::string> AnswerForDemo(engine::Engine& engine, const DemoQuestion& question) {
  constexpr std::int64_t kRows = 10;
  engine::Question asked;
  asked.text = question.text;
  asked.database = question.database;
  engine::Budget budget;
  budget.rows = kRows;
  const auto answer =
      engine.Ask(Deadline::After(std::chrono::seconds(30), StopOnSignals()), LocalCaller(), asked, budget, false);
  if (!answer) return Fail(answer.error());
  if (!answer->generated.sql) return "  (refused) " + answer->generated.refusal.reason + "\n";
  std::string text = DescribeGenerated(answer->generated, false);
  if (answer->error) return text + "  " + answer->error->message + "\n";
  if (answer->result) text += FormatResult(Format::kTable, *answer->result, UseColour(), TerminalWidth());
  return text;
}

int RunDemoCommand(const DemoArguments& arguments) {
  const ScratchDirectory scratch;
  std::unique_ptr<engine::Engine> engine;
  DemoOptions options;
  options.serve = arguments.serve;
  options.keep = arguments.keep;
  options.databases = arguments.databases;
  options.stop = StopOnSignals();
  DemoHooks hooks;
  hooks.print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  hooks.connect = [&](const std::vector<DemoDatabase>& databases) -> Expected<void> {
    engine::Options engine_options;
    engine_options.state_directory = scratch.path();
    for (const DemoDatabase& sample : databases) {
      engine::DatabaseOptions database;
      database.name = sample.name;
      database.description = sample.title;
      database.url = sample.url;
      engine_options.databases.push_back(std::move(database));
    }
    auto made = engine::MakeEngine(std::move(engine_options));
    if (!made) return Fail(made.error());
    engine = std::move(*made);
    return {};
  };
  hooks.ask = [&](const DemoQuestion& question) { return AnswerForDemo(*engine, question); };
  hooks.serve = [&](const std::vector<DemoDatabase>&) -> Expected<void> {
    mcp::ServerOptions server;
    server.http.port = static_cast<std::uint16_t>(arguments.port);
    const auto ready = [](const std::string& url) {
      std::printf("MCP endpoint: %s/mcp\nReview page:  %s/\nStop with Ctrl-C.\n", url.c_str(), url.c_str());
      std::fflush(stdout);
    };
    const int status = mcp::RunMcpHttp(*engine, server, ready, nullptr, nullptr, StopOnSignals());
    if (status != 0) return Fail(ErrorCode::kUnavailable, "the server ended with status " + std::to_string(status));
    return {};
  };
  const auto done = RunDemo(options, hooks);
  engine.reset();  // before the server goes away
  return done ? kDone : Report(done.error());
}

}  // namespace

void DefineDemoCommand(CLI::App* command, const Globals&, int* status) {
  auto arguments = std::make_shared<DemoArguments>();
  command->footer("The server lives in a temporary directory and is gone afterwards.");
  command->add_flag("--serve", arguments->serve, "serve MCP and the review page instead of asking");
  command->add_flag("--keep", arguments->keep, "stay until Ctrl-C, so that psql and others can connect");
  command->add_option("--port", arguments->port, "port for --serve")->check(CLI::Range(0, 65535));
  command->add_option("--db", arguments->databases, "only these sample databases (repeat)")->allow_extra_args(false);
  command->callback([arguments, status] { *status = RunDemoCommand(*arguments); });
}

}  // namespace toomai::app
