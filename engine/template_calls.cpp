// Templates for those who list them and call them by name.
#include <utility>

#include "engine/attempt.h"
#include "engine/template_files.h"

namespace toomai::engine {
namespace {

TemplateInfo InfoOf(const templates::OperatorTemplate& one) {
  TemplateInfo info;
  info.id = one.id;
  info.title = one.title;
  info.description = one.description;
  info.origin = one.source;
  info.disabled = one.disabled;
  info.expose_as_tool = one.expose_as_tool;
  info.examples = one.tests;
  for (const templates::Parameter& parameter : one.parameters) {
    info.parameters.push_back({parameter.name, std::string(ToString(parameter.type)), parameter.description,
                               parameter.default_value, parameter.column, parameter.min, parameter.max,
                               parameter.values});
  }
  return info;
}

TemplateInfo InfoOf(const templates::LearnedTemplates::Summary& learned) {
  const std::string number = std::to_string(learned.pair.id);
  TemplateInfo info;
  info.id = "learned-" + number;
  info.description = learned.pair.question;
  info.origin = "approved answer #" + number;
  info.learned = true;
  for (std::size_t i = 0; i < learned.slots; ++i)
    info.parameters.push_back({"value " + std::to_string(i + 1), "from the question", "", ""});
  return info;
}

}  // namespace

Expected<bool> EngineImpl::FromNamedTemplate(Attempt& attempt) {
  const Stopwatch watch(&attempt.out.timings_ms, "template");
  const Question& question = attempt.question;
  const auto filled = attempt.grounding->templates->Fill(question.template_id, question.arguments, attempt.Today());
  if (!filled) return Fail(filled.error());
  if (!attempt.Accept(filled->sql, Source::kTemplate, filled->parameters)) return false;
  attempt.out.confidence = 1;
  attempt.out.origin = "template " + filled->id;
  attempt.out.assumptions = filled->bound;
  return true;
}

Expected<TemplateReport> EngineImpl::Templates(const Deadline& deadline, const Caller& caller,
                                               const std::string& database) {
  auto found = Admit(caller, database);
  if (!found) return Fail(found.error());
  auto grounding = (*found)->GetGrounding(deadline);
  if (!grounding) return Fail(grounding.error());
  const templates::OperatorTemplates& operators = *(*grounding)->templates;
  TemplateReport report;
  report.problems = (*grounding)->problems;
  for (const templates::OperatorTemplate& one : operators.all()) {
    TemplateInfo info = InfoOf(one);
    for (std::size_t i = 0; i < one.parameters.size(); ++i)
      info.parameters[i].choices = ChoicesOf(operators.environment(), one.parameters[i]);
    report.templates.push_back(std::move(info));
  }
  for (const auto& learned : LearnedFor(**found, **grounding).templates->Summaries())
    report.templates.push_back(InfoOf(learned));
  return report;
}

std::vector<DeclaredTemplates> EngineImpl::TemplatesAsDeclared(const Caller& caller) {
  std::vector<DeclaredTemplates> all;
  for (const std::shared_ptr<Database>& database : databases_) {
    if (database->options().template_files.empty() || !Find(caller, database->options().name)) continue;
    DeclaredTemplates declared{database->options().name, {}};
    std::vector<std::string> problems;  // told by Templates
    for (const templates::OperatorTemplate& one : ReadTemplateFiles(database->options(), &problems))
      declared.templates.push_back(InfoOf(one));
    all.push_back(std::move(declared));
  }
  return all;
}

}  // namespace toomai::engine
