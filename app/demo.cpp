#include "app/demo.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "app/embedded.h"
#include "app/sample_databases.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using Clock = std::chrono::steady_clock;

std::string Seconds(Clock::duration took) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(took).count());
  return text;
}

std::string Pad(std::string_view text, std::size_t width) {
  std::size_t used = DisplayWidth(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

// Columns wide enough for their cells, two spaces between them.
std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) line += Pad(row[i], widths[i]) + "  ";
    text += std::string(line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
  }
  return text;
}

// Relations and rows as the planner knows them: exact, since the loading ends with ANALYZE.
constexpr std::string_view kContents = R"(
  SELECT count(*) FILTER (WHERE relkind IN ('r', 'p') AND NOT relispartition), count(*) FILTER (WHERE relkind IN ('v', 'm')),
         sum(reltuples) FILTER (WHERE relkind = 'r')::bigint
  FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace IN
    (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'))";

class Demo {
 public:
  Demo(const DemoOptions& options, const DemoHooks& hooks) : options_(options), hooks_(hooks) {}

  Expected<void> Run() {
    for (auto step : {&Demo::StartServer, &Demo::LoadDatabases, &Demo::ShowContents, &Demo::Connect, &Demo::Perform}) {
      if (options_.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "the demo was stopped");
      if (auto done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  void Print(std::string_view text) const { hooks_.print(text); }

  Expected<void> StartServer() {
    Print("Starting a private PostgreSQL ... ");
    auto begin = Clock::now();
    PrivatePostgresOptions postgres = options_.postgres;
    postgres.stop = options_.stop;
    auto server = PrivatePostgres::Start(postgres);
    if (!server) return Fail(std::move(server.error()));
    server_ = std::move(*server);
    Print("version " + std::to_string(server_->version()) + ", " + Seconds(Clock::now() - begin) + "\n");
    return LoadSampleRoles(server_.get());
  }

  bool Wanted(std::string_view name) const {
    const auto& chosen = options_.databases;
    return chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end();
  }

  Expected<void> LoadDatabases() {
    for (const SampleDatabase& sample : SampleDatabases()) {
      if (!Wanted(sample.name)) continue;
      if (options_.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "the demo was stopped");
      Print("Loading " + std::string(sample.name) + " ... ");
      auto begin = Clock::now();
      if (auto loaded = LoadSampleDatabase(server_.get(), sample.name); !loaded) return loaded;
      Print(Seconds(Clock::now() - begin) + "\n");
      databases_.push_back(
          {std::string(sample.name), std::string(sample.title), server_->ConnectionUrl(sample.name, kSampleReader)});
    }
    if (databases_.empty()) return LoadSampleDatabase(server_.get(), options_.databases.front());  // says what there is
    return {};
  }

  Expected<void> ShowContents() {
    std::vector<std::vector<std::string>> rows = {{"database", "tables", "views", "rows", "what it is"}};
    for (const DemoDatabase& database : databases_) {
      auto counted = server_->RunSql(database.name, kContents);
      if (!counted) return Fail(std::move(counted.error()));
      std::vector<std::string> cells = Split(*counted, '|');
      cells.resize(3);
      rows.push_back({database.name, cells[0], cells[1], cells[2], database.title});
    }
    Print("\n" + Table(rows) + "\n");
    return {};
  }

  Expected<void> Connect() { return hooks_.connect ? hooks_.connect(databases_) : Expected<void>(); }

  Expected<void> Perform() {
    if (options_.serve) {
      if (!hooks_.serve) return Fail(ErrorCode::kInvalidArgument, "this build cannot serve");
      return hooks_.serve(databases_);
    }
    Ask();
    if (options_.keep) WaitForStop();
    return {};
  }

  void Ask() const {
    if (!hooks_.ask) return;
    for (const DemoQuestion& question : DemoQuestions()) {
      if (!Wanted(question.database)) continue;
      if (options_.stop.stop_requested()) return;
      Print("[" + question.database + "] " + question.text + "\n");
      auto answer = hooks_.ask(question);
      std::string text =
          answer ? *answer : answer.error().message + (answer.error().hint.empty() ? "" : "\n" + answer.error().hint);
      Print(text + (text.empty() || text.back() != '\n' ? "\n\n" : "\n"));
    }
  }

  void WaitForStop() const {
    Print("The databases stay until you press Ctrl-C:\n");
    for (const DemoDatabase& database : databases_) Print("  psql '" + database.url + "'\n");
    while (!options_.stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  const DemoOptions& options_;
  const DemoHooks& hooks_;
  std::unique_ptr<PrivatePostgres> server_;
  std::vector<DemoDatabase> databases_;
};

}  // namespace

std::vector<DemoQuestion> DemoQuestions() {
  std::vector<DemoQuestion> questions;
  for (const std::string& line : Split(FindEmbedded("fixtures/questions/demo.jsonl"), '\n')) {
    auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    questions.push_back({json.value("db", ""), json.value("lang", ""), json.value("question", "")});
  }
  return questions;
}

Expected<void> RunDemo(const DemoOptions& options, const DemoHooks& hooks) {
  return Demo(options, hooks).Run();
}

}  // namespace toomai::app
