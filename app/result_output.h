// Where a result goes, and as what: the options that `ask` and `execute` share, and what they do.
#pragma once

#include <string>

#include "app/formats.h"
#include "engine/engine.h"

namespace CLI {
class App;
}

namespace toomai::app {

struct OutputOptions {
  std::string format;  // empty: a table for people, CSV or JSON by the ending of --output
  std::string output;
  bool chart = false;
};

void AddOutputOptions(CLI::App& command, OutputOptions* options);
void AddBudgetOptions(CLI::App& command, engine::Budget* budget);

Format ChooseFormat(const OutputOptions& options);
// To the terminal (through a pager when it is long), a pipe or a file. The exit code.
int ShowResult(const engine::QueryResult& result, const OutputOptions& options);

// The plan as a tree, with advice.
std::string DescribePlan(const engine::PlanReport& plan);

// Asks the person at the terminal when the error is a question for one. False without a person, and for other errors.
bool Agreed(const Error& error);

}  // namespace toomai::app
