#include "app/history_command.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <type_traits>

#include "app/history_drift.h"
#include "app/history_words.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using cache::ReviewState;
using Flags = HistoryFlags;

// CLI11 takes a number that is too large for the largest there is.
std::string IdProblem(const std::string& text) {
  const char* const end = text.data() + text.size();
  std::int64_t id = 0;
  const auto read = std::from_chars(text.data(), end, id);
  const bool good = read.ec == std::errc() && read.ptr == end && id > 0;
  return good ? std::string()
              : "'" + Ellipsis(text, 40) + "' is not the id of an entry: toomai history list shows them";
}

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
    word->add_option("--kind", flags->query.kind, "ask, generate, execute, explain, write or import");
    word->add_option("--state", flags->state, "new, approved, rejected or needs_work");
    word->add_option("--since", flags->since,
                     "2026-11-20, 2026-11-20T17:40:00 (local; with Z: UTC) or an age such as 7d");
    word->add_option("--until", flags->until, "the same");
  }
  static void AddPaging(CLI::App* word, const std::shared_ptr<Flags>& flags) {
    word->add_option("-n,--limit", flags->query.limit, "at most so many")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    word->add_option("--before", flags->query.before_id, "only entries with a smaller id")->check(IdProblem);
  }
  void AddReview(const char* name, const char* help, ReviewState state) {
    auto flags = std::make_shared<Flags>();
    CLI::App* word = Add(name, help, flags, [state](engine::Engine& engine, const Flags& given) {
      return ReviewHistoryEntry(engine, given, state);
    });
    word->add_option("id", flags->id, "id of the entry")->required()->check(IdProblem);
    word->add_option("--note", flags->note, "why");
    word->add_option("--sql", flags->sql, "the SQL as it should have been");
    word->add_option("--reviewer", flags->reviewer, "who says so (default: $USER)");
  }

 private:
  CLI::App& command_;
  const Globals& globals_;
  int* status_;
};

void AddReading(Registrar& registrar) {
  auto list = std::make_shared<Flags>();
  CLI::App* word = registrar.Add("list", "newest first", list, ListHistory);
  Registrar::AddFilters(word, list);
  Registrar::AddPaging(word, list);

  auto search = std::make_shared<Flags>();
  word = registrar.Add("search", "words of question and SQL", search, ListHistory);
  word->add_option("text", search->query.text, "every word must occur")->required();
  Registrar::AddFilters(word, search);
  Registrar::AddPaging(word, search);

  auto show = std::make_shared<Flags>();
  word = registrar.Add("show", "one entry, whole", show, ShowHistoryEntry);
  word->add_option("id", show->id, "id of the entry")->required()->check(IdProblem);

  auto diff = std::make_shared<Flags>();
  word = registrar.Add("diff", "what differs between two runs", diff, DiffHistory);
  word->add_option("before", diff->id, "id of an entry")->required()->check(IdProblem);
  word->add_option("after", diff->other_id, "id of another")->required()->check(IdProblem);
}

void AddReviewing(Registrar& registrar) {
  registrar.AddReview("approve", "this answer is right: learn from it", ReviewState::kApproved);
  registrar.AddReview("reject", "this answer is wrong", ReviewState::kRejected);
  registrar.AddReview("needs-work", "somebody should look again", ReviewState::kNeedsWork);

  auto drift = std::make_shared<Flags>();
  CLI::App* word = registrar.Add(
      "drift", "approved answers that today's schema refuses, with likely renames; exit 1 when any", drift,
      [](engine::Engine& engine, const Flags& flags) { return ShowDrift(engine, flags.query.database, flags.json); });
  word->add_option("-d,--db", drift->query.database, "this database (default: the first)");

  auto pairs = std::make_shared<Flags>();
  word = registrar.Add("pairs", "approved answers as a YAML file for version control", pairs, WriteHistoryPairs);
  word->add_option("-d,--db", pairs->query.database, "only this database");
  word->add_option("-o,--output", pairs->output, "file (default: stdout)");

  auto import = std::make_shared<Flags>();
  word = registrar.Add("import", "approve what such a file says; nothing when any statement in it is not allowed",
                       import, ImportHistoryPairs);
  word->add_option("file", import->file, "as `toomai history pairs` writes it")->required();
  word->add_flag("--dry-run", import->dry_run, "only say what would change");
  word->add_option("--reviewer", import->reviewer, "who approves where the file names nobody (default: $USER)");
}

void AddReports(Registrar& registrar) {
  auto stats = std::make_shared<Flags>();
  Registrar::AddFilters(
      registrar.Add("stats", "questions per day, sources, refusals, slow ones", stats, ShowHistoryStatistics), stats);

  auto verify = std::make_shared<Flags>();
  CLI::App* word = registrar.Add("verify", "check the hash chain; exit 1 when it is broken", verify, VerifyHistory);
  word->add_option("--head", verify->expected_head, "ID:HASH noted earlier: also tells a history that was made anew")
      ->check([](const std::string& head) {
        const std::size_t colon = head.find(':');
        const bool good = colon != 0 && colon != std::string::npos && colon + 1 < head.size() &&
                          head.find_first_not_of("0123456789") == colon;
        return good ? std::string() : "'" + head + "' is no ID:HASH as `toomai history verify` prints it";
      });

  auto exported = std::make_shared<Flags>();
  word = registrar.Add("export", "all entries, oldest first, with the hash of each", exported, ExportHistory);
  Registrar::AddFilters(word, exported);
  word->add_option("--text", exported->query.text, "only entries with these words");
  word->add_option("--format", exported->format, "jsonl or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  word->add_option("-o,--output", exported->output, "file (default: stdout)");
}

}  // namespace

void DefineHistoryCommand(CLI::App* command, const Globals& globals, int* status) {
  command->footer(
      "Example: toomai history search \"revenue\" --db shop --since 7d\n"
      "         toomai history approve 42 --note \"as agreed\"");
  command->require_subcommand(1);
  Registrar registrar(*command, globals, status);
  AddReading(registrar);
  AddReviewing(registrar);
  AddReports(registrar);
}

}  // namespace toomai::app
