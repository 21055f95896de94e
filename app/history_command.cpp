#include "app/history_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "app/formats.h"
#include "app/history_drift.h"
#include "app/history_pairs.h"
#include "app/terminal.h"
#include "base/text.h"
#include "cache/entry_diff.h"
#include "cache/history_json.h"

namespace toomai::app {
namespace {

using cache::HistoryEntry;
using cache::HistoryQuery;
using cache::ReviewState;

constexpr int kPage = 1000;  // entries read at a time for an export

struct Flags {
  HistoryQuery query;
  std::string state, since, until;
  bool json = false;
  std::int64_t id = 0;
  std::string reviewer, note, sql;
  std::string format = "jsonl", output;
  std::string expected_head;
  std::int64_t other_id = 0;
  std::string file;
  bool dry_run = false;
};

// "2026-11-20", "2026-11-20T17:40:00" (UTC), or an age: "7d", "12h".
Expected<std::int64_t> ParseWhen(const std::string& text) {
  if (text.empty()) return 0;
  std::tm utc{};
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"}) {
    utc = {};
    const char* end = strptime(text.c_str(), format, &utc);
    if (end != nullptr && (*end == '\0' || std::string(end) == "Z"))
      return static_cast<std::int64_t>(timegm(&utc)) * 1000;
  }
  char* end = nullptr;
  const long count = std::strtol(text.c_str(), &end, 10);
  const std::int64_t unit = *end == 'd' ? 86'400 : *end == 'h' ? 3'600 : *end == 'm' ? 60 : 0;
  if (end != text.c_str() && count > 0 && count < 100'000 && unit > 0 && end[1] == '\0') {
    return (static_cast<std::int64_t>(std::time(nullptr)) - count * unit) * 1000;
  }
  return Fail(ErrorCode::kInvalidArgument, "'" + text + "' is not a time",
              "write 2026-11-20, 2026-11-20T17:40:00 or an age such as 7d");
}

Expected<HistoryQuery> QueryOf(const Flags& flags) {
  HistoryQuery query = flags.query;
  if (!flags.state.empty()) {
    query.state = cache::ParseReviewState(flags.state);
    if (!query.state) {
      return Fail(ErrorCode::kInvalidArgument, "'" + flags.state + "' is not a state",
                  "use new, approved, rejected or needs_work");
    }
  }
  const auto since = ParseWhen(flags.since), until = ParseWhen(flags.until);
  if (!since) return Fail(since.error());
  if (!until) return Fail(until.error());
  query.since_ms = *since;
  query.until_ms = *until;
  return query;
}

Deadline Patience() {
  return Deadline::After(std::chrono::minutes(10), StopOnSignals());
}

std::string Local(std::int64_t at_ms) {
  const std::time_t seconds = at_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)};
}

engine::QueryResult Table(std::vector<std::string> names) {
  engine::QueryResult result;
  for (std::string& name : names) result.columns.push_back({std::move(name), "text", 25, false});
  return result;
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return text;
}

// ---- list, search, show ----

int List(cache::History& history, const Flags& flags) {
  const auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const auto entries = history.Search(Patience(), *query);
  if (!entries) return Report(entries.error());
  if (flags.json) {
    for (const HistoryEntry& entry : *entries) std::printf("%s\n", cache::ToJson(entry).c_str());
    return kDone;
  }
  engine::QueryResult list = Table({"id", "when", "database", "source", "verdict", "state", "question"});
  for (const HistoryEntry& entry : *entries) {
    const std::string what = entry.question.empty() ? entry.sql_run : entry.question;
    list.rows.push_back({std::to_string(entry.id), Local(entry.at_ms), entry.database, entry.source, entry.verdict,
                         std::string(cache::ToString(entry.state)), Ellipsis(OneLine(what), 80)});
  }
  Page(FormatResult(Format::kTable, list, UseColour(), TerminalWidth()));
  return kDone;
}

void PrintField(const char* name, const std::string& value) {
  if (!value.empty())
    std::printf("%s %s\n",
                Styled(name + std::string(14 - std::min<std::size_t>(14, std::string(name).size()), ' '), "2").c_str(),
                TerminalSafe(value).c_str());
}

std::string Milliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", ms);
  return text;
}

void PrintEntry(const HistoryEntry& entry) {
  PrintField("id", std::to_string(entry.id));
  PrintField("when", Local(entry.at_ms));
  PrintField("who", entry.caller + (entry.client.empty() ? "" : " through " + entry.client));
  PrintField("database", entry.database);
  PrintField("kind", entry.kind);
  PrintField("question", entry.question);
  PrintField("read as", entry.paraphrase);
  PrintField("SQL", entry.sql_run.empty() ? entry.sql_generated : entry.sql_run);
  if (entry.sql_generated != entry.sql_run && !entry.sql_run.empty()) PrintField("as written", entry.sql_generated);
  PrintField("source", entry.source + (entry.origin.empty() ? "" : ", " + entry.origin));
  if (entry.confidence > 0)
    PrintField("confidence", std::to_string(static_cast<int>(entry.confidence * 100 + 0.5)) + " %");
  PrintField("verdict", entry.verdict + (entry.rule.empty() ? "" : " (" + entry.rule + ")"));
  PrintField("error", entry.error);
  PrintField("tables", entry.tables);
  PrintField("repairs", entry.repairs == "[]" ? "" : entry.repairs);
  if (!entry.model.empty()) {
    PrintField("model", entry.model + ", " + std::to_string(entry.prompt_tokens) + " + " +
                            std::to_string(entry.completion_tokens) + " tokens");
  }
  if (entry.rows >= 0) PrintField("rows", std::to_string(entry.rows) + (entry.truncated ? ", cut" : ""));
  PrintField("time", Milliseconds(entry.elapsed_ms));
  PrintField("stages", entry.timings);
  PrintField("state", std::string(cache::ToString(entry.state)));
  if (entry.reviewed_at_ms > 0)
    PrintField("reviewed", Local(entry.reviewed_at_ms) + (entry.reviewer.empty() ? "" : " by " + entry.reviewer));
  PrintField("note", entry.note);
  PrintField("corrected SQL", entry.corrected_sql);
  PrintField("hash", entry.chain_hash);
}

int Show(cache::History& history, const Flags& flags) {
  const auto entry = history.Get(flags.id);
  if (!entry) return Report(entry.error());
  if (flags.json) {
    std::printf("%s\n", cache::ToJson(*entry).c_str());
  } else {
    PrintEntry(*entry);
  }
  return kDone;
}

// ---- reviews ----

int SetReview(cache::History& history, const Flags& flags, ReviewState state) {
  cache::Review review;
  review.state = state;
  review.reviewer = flags.reviewer.empty() ? LocalCaller().name : flags.reviewer;
  review.note = flags.note;
  review.corrected_sql = flags.sql;
  const auto entry = history.SetReview(Patience(), flags.id, review);
  if (!entry) return Report(entry.error());
  if (flags.json) {
    std::printf("%s\n", cache::ToJson(*entry).c_str());
  } else {
    std::printf("Entry %lld is now %s.\n", static_cast<long long>(entry->id),
                std::string(cache::ToString(entry->state)).c_str());
  }
  return kDone;
}

// ---- export ----

std::string CsvHeader() {
  return "id,at,kind,caller,client,database,question,sql_run,sql_generated,source,confidence,verdict,rule,model,"
         "prompt_tokens,completion_tokens,cost,elapsed_ms,rows,error,state,reviewer,note,corrected_sql,hash\r\n";
}

std::string CsvLine(const HistoryEntry& e) {
  char confidence[32], cost[32], elapsed[32];
  std::snprintf(confidence, sizeof confidence, "%.4g", e.confidence);
  std::snprintf(cost, sizeof cost, "%.6g", e.cost);
  std::snprintf(elapsed, sizeof elapsed, "%.3f", e.elapsed_ms);
  std::string line;
  for (const std::string& field : {std::to_string(e.id),
                                   cache::Iso8601(e.at_ms),
                                   e.kind,
                                   e.caller,
                                   e.client,
                                   e.database,
                                   e.question,
                                   e.sql_run,
                                   e.sql_generated,
                                   e.source,
                                   std::string(confidence),
                                   e.verdict,
                                   e.rule,
                                   e.model,
                                   std::to_string(e.prompt_tokens),
                                   std::to_string(e.completion_tokens),
                                   std::string(cost),
                                   std::string(elapsed),
                                   e.rows < 0 ? std::string() : std::to_string(e.rows),
                                   e.error,
                                   std::string(cache::ToString(e.state)),
                                   e.reviewer,
                                   e.note,
                                   e.corrected_sql,
                                   e.chain_hash}) {
    if (!line.empty()) line += ',';
    // A spreadsheet would run a field that starts like a formula.
    const bool formula = !field.empty() && std::string_view("=+-@").find(field.front()) != std::string_view::npos;
    if (!field.empty()) AppendCsvField(engine::Cell(formula ? "'" + field : field), ',', &line);
  }
  return line + "\r\n";
}

int Export(cache::History& history, const Flags& flags) {
  auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const bool csv = flags.format == "csv";
  std::ofstream file;
  if (!flags.output.empty()) file.open(flags.output, std::ios::binary | std::ios::trunc);
  std::ostream& out = flags.output.empty() ? std::cout : file;
  if (!out) return Report(Error(ErrorCode::kInvalidArgument, "cannot write '" + flags.output + "'"));
  if (csv) out << CsvHeader();
  query->oldest_first = true;
  query->limit = kPage;
  std::int64_t count = 0;
  while (true) {
    const auto entries = history.Search(Patience(), *query);
    if (!entries) return Report(entries.error());
    for (const HistoryEntry& entry : *entries) out << (csv ? CsvLine(entry) : cache::ToJson(entry) + "\n");
    count += static_cast<std::int64_t>(entries->size());
    if (!out) return Report(Error(ErrorCode::kUnavailable, "the export could not be written"));
    if (static_cast<int>(entries->size()) < kPage) break;
    query->after_id = entries->back().id;
  }
  out.flush();
  if (!flags.output.empty()) std::fprintf(stderr, "%lld entries exported.\n", static_cast<long long>(count));
  return kDone;
}

// ---- verify, stats ----

int Verify(cache::History& history, const Flags& flags) {
  const auto report = [&] {
    ProgressLine progress;
    progress.Update("checking the history");
    return history.Verify(Patience());
  }();
  if (!report) return Report(report.error());
  bool intact = report->intact;
  std::string detail = report->detail;
  const std::string head = std::to_string(report->head_id) + ":" + report->head_hash;
  if (intact && !flags.expected_head.empty()) {
    const std::size_t colon = flags.expected_head.find(':');
    const std::int64_t id = std::atoll(flags.expected_head.c_str());
    const std::string hash = colon == std::string::npos ? "" : flags.expected_head.substr(colon + 1);
    const auto now = history.HashAt(id);
    const bool same = now && *now == hash;
    if (!same) {
      intact = false;
      detail = "row " + std::to_string(id) +
               " is not the one that was noted: " + (now ? "the history was made anew" : "it is gone");
    }
  }
  if (flags.json) {
    const nlohmann::ordered_json json = {{"intact", intact},
                                         {"checked", report->checked},
                                         {"first_broken", report->first_broken},
                                         {"detail", detail},
                                         {"head", head}};
    std::printf("%s\n", json.dump().c_str());
  } else if (intact) {
    std::printf("%s %lld rows checked.\nhead %s\n", Styled("The history is intact.", "32").c_str(),
                static_cast<long long>(report->checked), head.c_str());
  } else {
    std::printf("%s %s.\n", Styled("The history is broken.", "31").c_str(), detail.c_str());
  }
  return intact ? kDone : kFailed;
}

void PrintSection(const nlohmann::json& rows, const char* title) {
  if (!rows.is_array() || rows.empty()) return;
  std::vector<std::string> names;
  for (const auto& [name, value] : rows.front().items()) names.push_back(name);
  engine::QueryResult table = Table(names);
  for (const auto& row : rows) {
    std::vector<engine::Cell> cells;
    for (const std::string& name : names) {
      const auto& value = row[name];
      char number[32];
      std::snprintf(number, sizeof number, "%.2f", value.is_number_float() ? value.get<double>() : 0.0);
      cells.emplace_back(value.is_string()         ? Ellipsis(OneLine(value.get<std::string>()), 60)
                         : value.is_number_float() ? std::string(number)
                                                   : value.dump());
    }
    table.rows.push_back(std::move(cells));
  }
  std::printf("%s\n%s\n", Styled(title, "1").c_str(),
              FormatResult(Format::kTable, table, UseColour(), TerminalWidth()).c_str());
}

int Stats(cache::History& history, const Flags& flags) {
  const auto query = QueryOf(flags);
  if (!query) return Report(query.error());
  const auto statistics = history.Statistics(*query);
  if (!statistics) return Report(statistics.error());
  if (flags.json) {
    std::printf("%s\n", statistics->c_str());
    return kDone;
  }
  const auto json = nlohmann::json::parse(*statistics, nullptr, false);
  if (!json.is_object() || json.empty()) {
    std::printf("Nothing was asked yet.\n");
    return kDone;
  }
  const std::pair<const char*, const char*> kSections[] = {{"per_day", "Per day"},
                                                           {"by_source", "By source"},
                                                           {"by_verdict", "By verdict"},
                                                           {"by_state", "By review"},
                                                           {"refusals_by_rule", "Refusals by rule"},
                                                           {"failing_tables", "Tables in refusals and failures"},
                                                           {"slowest", "Slowest"},
                                                           {"most_expensive", "Most expensive"}};
  for (const auto& [key, title] : kSections) PrintSection(json.value(key, nlohmann::json::array()), title);
  return kDone;
}

// ---- diff, pairs ----

std::string Painted(const cache::DiffPart& part) {
  const std::string text = TerminalSafe(part.text);
  if (part.kind == cache::DiffPart::Kind::kSame) return text;
  const bool removed = part.kind == cache::DiffPart::Kind::kRemoved;
  // Marks as well as colours: not everybody sees colours, and pipes have none.
  return Styled((removed ? "[-" : "{+") + text + (removed ? "-]" : "+}"), removed ? "31" : "32");
}

int Diff(cache::History& history, const Flags& flags) {
  const auto before = history.Get(flags.id), after = history.Get(flags.other_id);
  if (!before) return Report(before.error());
  if (!after) return Report(after.error());
  const auto changes = cache::ChangesBetween(*before, *after);
  if (flags.json) {
    auto json = nlohmann::ordered_json::array();
    for (const auto& change : changes)
      json.push_back({{"field", change.field}, {"before", change.before}, {"after", change.after}});
    std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return kDone;
  }
  if (changes.empty()) std::printf("The two runs do not differ.\n");
  for (const auto& change : changes) {
    std::string line;
    for (const cache::DiffPart& part : cache::DiffWords(change.before, change.after)) line += Painted(part);
    std::printf("%-18s %s\n", change.field.c_str(), line.c_str());
  }
  return kDone;
}

int WriteText(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::cout << text << std::flush;
    return kDone;
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return Report(Error(ErrorCode::kInvalidArgument, "cannot write '" + file + "'"));
  return kDone;
}

int Pairs(cache::History& history, const Flags& flags) {
  const auto approved = history.Approved(flags.query.database);
  if (!approved) return Report(approved.error());
  const std::vector<ApprovedPair> pairs = PairsOf(*approved);
  const int status = WriteText(flags.output, WritePairs(pairs));
  if (status == kDone && !flags.output.empty()) std::fprintf(stderr, "%zu approved answers written.\n", pairs.size());
  return status;
}

int Import(engine::Engine& engine, const Flags& flags) {
  std::ifstream in(flags.file, std::ios::binary);
  if (!in) return Report(Error(ErrorCode::kNotFound, "cannot read '" + flags.file + "'"));
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto pairs = ReadPairs(text);
  if (!pairs) return Report(pairs.error());
  const std::string reviewer = flags.reviewer.empty() ? LocalCaller().name : flags.reviewer;
  const auto report = ImportPairs(Patience(), engine, *pairs, reviewer, flags.dry_run);
  if (!report) return Report(report.error());
  for (const std::string& refused : report->refused) std::fprintf(stderr, "%s\n", TerminalSafe(refused).c_str());
  if (!report->refused.empty()) {
    return Report(Error(ErrorCode::kRejected,
                        std::to_string(report->refused.size()) + " statements are not allowed; nothing was imported",
                        "mend them in " + flags.file + ", or look at them with toomai check"));
  }
  std::printf("%s%d added, %d changed, %d as they were.\n", flags.dry_run ? "Would be: " : "", report->added,
              report->changed, report->same);
  return kDone;
}

// ---- the command line ----

class Registrar {
 public:
  Registrar(CLI::App& command, const Globals& globals, int* status)
      : command_(command), globals_(globals), status_(status) {}

  template <typename Run>
  CLI::App* Add(const char* name, const char* help, std::shared_ptr<Flags> flags, Run run) {
    CLI::App* word = command_.add_subcommand(name, help);
    word->add_flag("--json", flags->json, "as JSON");
    word->callback([&globals = globals_, status = status_, flags, run] {
      auto engine = OpenEngine(globals);
      if (!engine) {
        *status = Report(engine.error());
      } else if constexpr (std::is_invocable_v<Run, engine::Engine&, const Flags&>) {
        *status = run(**engine, *flags);
      } else {
        *status = run((*engine)->history(), *flags);
      }
    });
    return word;
  }
  static void AddFilters(CLI::App* word, const std::shared_ptr<Flags>& flags) {
    word->add_option("-d,--db", flags->query.database, "only this database");
    word->add_option("--source", flags->query.source, "grammar, template, model, approved, cache or client");
    word->add_option("--verdict", flags->query.verdict, "accept, reject, refused or error");
    word->add_option("--caller", flags->query.caller, "only this caller");
    word->add_option("--kind", flags->query.kind, "ask, generate, execute or check");
    word->add_option("--state", flags->state, "new, approved, rejected or needs_work");
    word->add_option("--since", flags->since, "2026-11-20, 2026-11-20T17:40:00 or an age such as 7d");
    word->add_option("--until", flags->until, "the same");
  }
  static void AddPaging(CLI::App* word, const std::shared_ptr<Flags>& flags) {
    word->add_option("-n,--limit", flags->query.limit, "at most so many")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    word->add_option("--before", flags->query.before_id, "only entries with a smaller id");
  }
  void AddReview(const char* name, const char* help, ReviewState state) {
    auto flags = std::make_shared<Flags>();
    CLI::App* word = Add(name, help, flags, [state](cache::History& history, const Flags& given) {
      return SetReview(history, given, state);
    });
    word->add_option("id", flags->id, "id of the entry")->required();
    word->add_option("--note", flags->note, "why");
    word->add_option("--sql", flags->sql, "the SQL as it should have been");
    word->add_option("--reviewer", flags->reviewer, "who says so (default: $USER)");
  }

 private:
  CLI::App& command_;
  const Globals& globals_;
  int* status_;
};

}  // namespace

void DefineHistoryCommand(CLI::App* command, const Globals& globals, int* status) {
  command->footer(
      "Example: toomai history search \"revenue\" --db shop --since 7d\n"
      "         toomai history approve 42 --note \"as agreed\"");
  command->require_subcommand(1);
  Registrar registrar(*command, globals, status);

  auto list = std::make_shared<Flags>();
  CLI::App* word = registrar.Add("list", "newest first", list, List);
  Registrar::AddFilters(word, list);
  Registrar::AddPaging(word, list);

  auto search = std::make_shared<Flags>();
  word = registrar.Add("search", "words of question and SQL", search, List);
  word->add_option("text", search->query.text, "every word must occur")->required();
  Registrar::AddFilters(word, search);
  Registrar::AddPaging(word, search);

  auto show = std::make_shared<Flags>();
  word = registrar.Add("show", "one entry, whole", show, Show);
  word->add_option("id", show->id, "id of the entry")->required();

  registrar.AddReview("approve", "this answer is right: learn from it", ReviewState::kApproved);
  registrar.AddReview("reject", "this answer is wrong", ReviewState::kRejected);
  registrar.AddReview("needs-work", "somebody should look again", ReviewState::kNeedsWork);

  auto exported = std::make_shared<Flags>();
  word = registrar.Add("export", "all entries, oldest first, with the hash of each", exported, Export);
  Registrar::AddFilters(word, exported);
  word->add_option("--text", exported->query.text, "only entries with these words");
  word->add_option("--format", exported->format, "jsonl or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  word->add_option("-o,--output", exported->output, "file (default: stdout)");

  auto diff = std::make_shared<Flags>();
  word = registrar.Add("diff", "what differs between two runs", diff, Diff);
  word->add_option("before", diff->id, "id of an entry")->required();
  word->add_option("after", diff->other_id, "id of another")->required();

  auto drift = std::make_shared<Flags>();
  word = registrar.Add("drift", "approved answers that today's schema refuses, with likely renames; exit 1 when any",
                       drift, [&globals](engine::Engine& engine, const Flags& flags) {
                         return ShowDrift(globals, engine, flags.query.database, flags.json);
                       });
  word->add_option("-d,--db", drift->query.database, "this database (default: the first)");

  auto pairs = std::make_shared<Flags>();
  word = registrar.Add("pairs", "approved answers as a YAML file for version control", pairs, Pairs);
  word->add_option("-d,--db", pairs->query.database, "only this database");
  word->add_option("-o,--output", pairs->output, "file (default: stdout)");

  auto import = std::make_shared<Flags>();
  word = registrar.Add("import", "approve what such a file says; nothing when any statement in it is not allowed",
                       import, Import);
  word->add_option("file", import->file, "as `toomai history pairs` writes it")->required();
  word->add_flag("--dry-run", import->dry_run, "only say what would change");
  word->add_option("--reviewer", import->reviewer, "who approves where the file names nobody (default: $USER)");

  auto verify = std::make_shared<Flags>();
  word = registrar.Add("verify", "check the hash chain; exit 1 when it is broken", verify, Verify);
  word->add_option("--head", verify->expected_head, "ID:HASH noted earlier: also tells a history that was made anew");

  auto stats = std::make_shared<Flags>();
  Registrar::AddFilters(registrar.Add("stats", "questions per day, sources, refusals, slow ones", stats, Stats), stats);
}

}  // namespace toomai::app
