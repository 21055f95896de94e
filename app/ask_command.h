// `toomai ask`, `generate` and `execute`: questions and SQL to rows, for people and programs.
#pragma once

#include "app/context.h"

namespace toomai::app {

// Each adds the options of its command, when that was given on the command line; the command sets *status.
void DefineAskCommand(CLI::App* command, const Globals& globals, int* status);
void DefineGenerateCommand(CLI::App* command, const Globals& globals, int* status);
void DefineExecuteCommand(CLI::App* command, const Globals& globals, int* status);

// An answer as a stranger would like to read it: SQL, how it was read, what was assumed. Shared with the demo.
std::string DescribeGenerated(const engine::GeneratedSql& generated, bool explain);

// What is wrong with a day that was given; empty: nothing.
std::string DayProblem(const std::string& text);

}  // namespace toomai::app
