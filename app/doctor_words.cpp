#include "app/doctor_words.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "app/context.h"

namespace toomai::app {
namespace {

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

mcp::TemplateToolPlan PlannedTools(const AppOptions& options) {
  engine::Options without_models = options.engine;
  without_models.generation.models.clear();
  const auto engine = engine::MakeEngine(std::move(without_models));
  if (!engine) return {};  // told elsewhere
  return mcp::PlanTemplateTools((*engine)->TemplatesAsDeclared(LocalCaller()), options.server.template_tools);
}

std::vector<Diagnosis::Row> LookAtWords(const Deadline& deadline, const AppOptions& options,
                                        const engine::DatabaseOptions& database, const mcp::TemplateToolPlan& tools) {
  if (database.template_files.empty() && database.glossary_file.empty()) return {};
  engine::Options only = options.engine;
  only.databases = {database};
  only.generation.models.clear();
  const auto engine = engine::MakeEngine(std::move(only));
  if (!engine || !(*engine)->GetSchema(deadline, LocalCaller(), database.name, true)) return {};
  const auto report = (*engine)->Templates(deadline, LocalCaller(), database.name);
  if (!report) return {};
  using Level = Diagnosis::Level;
  const std::string advice = "see: toomai templates -d " + database.name + "; the form is in docs/templates.md";
  std::vector<Diagnosis::Row> rows;
  for (const std::string& problem : report->problems)
    rows.push_back({Level::kBad, "", "words", OneLine(problem), advice});
  if (report->problems.empty())
    rows.push_back({Level::kGood, "", "words", "glossary and templates fit the schema", ""});
  for (const mcp::RefusedTool& refused : tools.refused) {
    if (refused.database != database.name) continue;
    rows.push_back(
        {Level::kWarning, "", "tools", "template '" + refused.id + "' is no tool: " + refused.reason, advice});
  }
  return rows;
}

}  // namespace toomai::app
