// `toomai ask`, `generate` and `execute`: questions and SQL to rows, for people and programs.
#pragma once

#include "app/context.h"

namespace toomai::app {

// Each registers its command; when it was given on the command line, its callback sets *status.
void AddAskCommand(CLI::App& app, const Globals& globals, int* status);
void AddGenerateCommand(CLI::App& app, const Globals& globals, int* status);
void AddExecuteCommand(CLI::App& app, const Globals& globals, int* status);

// An answer as a stranger would like to read it: SQL, how it was read, what was assumed. Shared with the demo.
std::string DescribeGenerated(const engine::GeneratedSql& generated, bool explain);

}  // namespace toomai::app
