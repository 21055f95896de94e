#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>

#include "app/ask_command.h"
#include "app/check_command.h"
#include "app/config_command.h"
#include "app/context.h"
#include "app/demo_command.h"
#include "app/doctor.h"
#include "app/history_command.h"
#include "app/mcp_command.h"
#include "app/schema_command.h"
#include "app/serve_command.h"
#include "app/templates_command.h"

namespace toomai::app {

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
  int status = kDone;
  AddGlobalOptions(app, &globals);
  // In the order that --help shows them: ask first, look after it later.
  AddAskCommand(app, globals, &status);
  AddGenerateCommand(app, globals, &status);
  AddExecuteCommand(app, globals, &status);
  AddCheckCommand(app, globals, &status);
  AddSchemaCommand(app, globals, &status);
  AddMcpCommand(app, globals, &status);
  AddServeCommand(app, globals, &status);
  AddHistoryCommand(app, globals, &status);
  AddTemplatesCommand(app, globals, &status);
  AddConfigCommand(app, globals, &status);
  AddDoctorCommand(app, globals, &status);
  AddDemoCommand(app, globals, &status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kDone : kUsage;
  }
  return status;
}

}  // namespace toomai::app
