#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <optional>

#include "app/ask_command.h"
#include "app/check_command.h"
#include "app/config_command.h"
#include "app/context.h"
#include "app/demo_command.h"
#include "app/doctor.h"
#include "app/formats.h"
#include "app/history_command.h"
#include "app/mcp_command.h"
#include "app/schema_command.h"
#include "app/serve_command.h"
#include "app/templates_command.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/text.h"

namespace toomai::app {
namespace {

constexpr std::size_t kCallIdLength = 8;

struct Command {
  const char *name, *help;
  void (*define)(CLI::App* command, const Globals& globals, int* status);
  bool serves = false;  // calls of others, which have ids of their own
};

// In the order that --help shows them: ask first, look after it later.
constexpr Command kCommands[] = {
    {"ask", "question -> SQL -> rows", DefineAskCommand},
    {"generate", "question -> SQL, nothing executed", DefineGenerateCommand},
    {"execute", "checked SQL -> rows", DefineExecuteCommand},
    {"check", "SQL -> verdict: is it one harmless query over tables that exist?", DefineCheckCommand},
    {"schema", "tables and columns: list, describe, refresh, export", DefineSchemaCommand},
    {"mcp", "serve MCP over stdin and stdout (started by a client)", DefineMcpCommand, true},
    {"serve", "serve MCP over HTTP at /mcp, with the review page at /", DefineServeCommand, true},
    {"history", "what was asked: list, search, review, drift, export, verify", DefineHistoryCommand},
    {"templates", "operator and learned templates: list them, see why one is disabled, try one",
     DefineTemplatesCommand},
    {"config", "show the effective configuration and where each value comes from", DefineConfigCommand},
    {"doctor", "look at configuration, databases, roles, models, history; say what to do", DefineDoctorCommand},
    {"demo", "a private PostgreSQL with sample databases: asks it questions, no model needed", DefineDemoCommand},
};

// What was printed is only done when it has arrived. A reader who has had enough (`| head`) is no failure.
int AfterOutput(int status) {
  const bool arrived = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (arrived || ReaderIsGone()) return status;
  std::fprintf(stderr, "toomai: the output could not be written\n  -> is the disk full?\n");
  return kFailed;
}

// CLI11 takes a misspelt command for a missing one.
bool TellUnknownCommand(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining();
  if (!app.get_subcommands().empty() || rest.empty() || rest.front().starts_with('-')) return false;
  std::vector<std::string> names;
  for (const Command& known : kCommands) names.emplace_back(known.name);
  const std::string nearest = NearestName(rest.front(), names);
  std::fprintf(stderr, "toomai: there is no command \"%s\"\n  -> %s\n",
               TerminalSafe(Ellipsis(rest.front(), 80)).c_str(),
               nearest.empty() ? "toomai --help lists them" : ("did you mean \"" + nearest + "\"?").c_str());
  return true;
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Ask PostgreSQL in plain language: questions in, checked SQL and rows out.", "toomai"};
  app.footer(
      "Start with:  DATABASE_URL=postgresql://… toomai ask \"how many customers are there?\"\n"
      "No database at hand?  toomai demo");
  app.set_version_flag("--version", std::string("toomai ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();

  Globals globals;
  std::optional<LogRequestScope> call;
  int status = kDone;
  AddGlobalOptions(app, &globals);
  for (const Command& known : kCommands) {
    CLI::App* command = app.add_subcommand(known.name, known.help);
    // Each start would pay for the options of every command; so they are made when the command was given.
    command->preparse_callback([&, command](std::size_t) {
      if (!known.serves) call.emplace("cli-" + RandomId(kCallIdLength));
      known.define(command, globals, &status);
    });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_name() == "RequiredError" && TellUnknownCommand(app)) return kUsage;
    const int code = app.exit(error);
    return AfterOutput(code == 0 ? kDone : kUsage);
  }
  return AfterOutput(status);
}

}  // namespace toomai::app
