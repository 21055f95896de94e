#include "app/templates_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/formats.h"
#include "app/terminal.h"
#include "base/text.h"
#include "mcp/template_tool_plan.h"

namespace toomai::app {
namespace {

struct TemplatesOptions {
  std::string database, question;
  int timeout_ms = 0;  // 0: the configured default
};

int TryQuestion(engine::Engine& engine, const Deadline& deadline, const TemplatesOptions& options) {
  engine::Question question;
  question.database = options.database;
  question.text = options.question;
  for (const engine::Source source : {engine::Source::kApproved, engine::Source::kTemplate}) {
    question.source = source;
    const auto generated = engine.Generate(deadline, LocalCaller(), question);
    if (!generated) return Report(generated.error());
    if (!generated->sql) continue;
    std::printf("%s\n%s\n", TerminalSafe(generated->origin).c_str(), TerminalSafe(*generated->sql).c_str());
    for (const std::string& bound : generated->assumptions) std::printf("  %s\n", TerminalSafe(bound).c_str());
    return kDone;
  }
  std::fputs("toomai: no template matches this question\n", stderr);
  return kFailed;
}

// How a template is used: as an answer to questions, and as a tool.
std::string StateOf(const engine::TemplateInfo& one, const std::string& database, const mcp::TemplateToolPlan& plan) {
  if (!one.disabled.empty()) return "disabled: " + one.disabled;
  if (one.learned || !one.expose_as_tool) return "in use";
  for (const mcp::RefusedTool& refused : plan.refused)
    if (refused.database == database && refused.id == one.id) return "in use; no tool: " + refused.reason;
  return "in use, also as a tool";
}

int RunTemplates(const Globals& globals, TemplatesOptions options) {
  const auto settings = LoadOptions(globals);
  if (!settings) return Report(settings.error());
  auto engine = OpenEngine(globals, &options.timeout_ms);
  if (!engine) return Report(engine.error());
  const Deadline deadline = Deadline::After(std::chrono::milliseconds(options.timeout_ms), StopOnSignals());
  if (!options.question.empty()) return TryQuestion(**engine, deadline, options);
  const auto report = (*engine)->Templates(deadline, LocalCaller(), options.database);
  if (!report) return Report(report.error());
  engine::QueryResult table;
  for (const char* name : {"template", "parameters", "from", "state"})
    table.columns.push_back({name, "text", 25, false});
  const std::vector<engine::DeclaredTemplates> declared = (*engine)->TemplatesAsDeclared(LocalCaller());
  const mcp::TemplateToolPlan plan = mcp::PlanTemplateTools(declared, settings->server.template_tools);
  const std::string database = options.database.empty() ? settings->engine.databases.front().name : options.database;
  for (const engine::TemplateInfo& one : report->templates) {
    std::vector<std::string> parameters;
    for (const auto& parameter : one.parameters) parameters.push_back(parameter.name + ": " + parameter.type);
    table.rows.push_back({one.id, Join(parameters, ", "), one.origin, StateOf(one, database, plan)});
  }
  Page(FormatResult(Format::kTable, table, UseColour(), TerminalWidth()));
  for (const std::string& problem : report->problems)
    std::fprintf(stderr, "toomai: %s\n", TerminalSafe(problem).c_str());
  return report->problems.empty() ? kDone : kFailed;
}

}  // namespace

void DefineTemplatesCommand(CLI::App* command, const Globals& globals, int* status) {
  auto options = std::make_shared<TemplatesOptions>();
  command->footer(
      "Example: toomai templates --try \"top 3 customers in 2024\"\nThe form of a template file: docs/templates.md");
  command->add_option("-d,--db", options->database, "name of the database (default: the first configured)");
  command->add_option("--try", options->question,
                      "show which template a question matches, and what is bound; nothing runs");
  command->add_option("--timeout", options->timeout_ms, "milliseconds for everything (default: default_timeout, 60 s)")
      ->check(CLI::PositiveNumber);
  command->callback([options, &globals, status] { *status = RunTemplates(globals, *options); });
}

}  // namespace toomai::app
