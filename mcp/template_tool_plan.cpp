#include "mcp/template_tool_plan.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"
#include "mcp/tools.h"

namespace toomai::mcp {
namespace {

using engine::TemplateInfo;

constexpr std::size_t kMaxNameBytes = 64;  // what the models behind common clients take

bool IsName(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), fits);
}

// Why it cannot be a tool, whatever else there is; empty: it can.
std::string Misfit(const TemplateInfo& info, const std::set<std::string>& taken) {
  const std::string rule = ": letters, digits, _ and -, at most " + std::to_string(kMaxNameBytes);
  if (!IsName(info.id)) return "its id is no name for a tool" + rule;
  if (taken.count(AsciiLower(info.id)) > 0) return "there is a tool '" + info.id + "' already: give it another id";
  for (const TemplateInfo::Parameter& parameter : info.parameters) {
    if (!IsName(parameter.name)) return "the name of its parameter '" + parameter.name + "' does not fit" + rule;
    const std::vector<std::string>& own = OwnArguments();
    if (std::find(own.begin(), own.end(), parameter.name) != own.end())
      return "its parameter '" + parameter.name +
             "' has the name of an argument that each of these tools has: rename it";
  }
  return {};
}

bool TakeTheSame(const TemplateInfo& a, const TemplateInfo& b) {
  return a.description == b.description && a.title == b.title &&
         std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    [](const TemplateInfo::Parameter& x, const TemplateInfo::Parameter& y) {
                      return x.name == y.name && x.type == y.type && x.description == y.description &&
                             x.default_value == y.default_value && x.min == y.min && x.max == y.max &&
                             x.choices == y.choices;
                    });
}

class Planner {
 public:
  explicit Planner(std::size_t most) : most_(most) {
    for (const std::string& name : BuiltInToolNames()) taken_.insert(AsciiLower(name));
  }

  void Add(const std::string& database, const TemplateInfo& info) {
    std::string why = Misfit(info, taken_);
    if (why.empty()) why = Place(database, info);
    if (!why.empty()) plan_.refused.push_back({database, info.id, std::move(why)});
  }
  TemplateToolPlan Take() { return std::move(plan_); }

 private:
  // The tool of that name in another database is shared when it takes the same arguments.
  std::string Place(const std::string& database, const TemplateInfo& info) {
    const auto same = std::find_if(plan_.tools.begin(), plan_.tools.end(), [&](const TemplateTool& tool) {
      return AsciiLower(tool.info.id) == AsciiLower(info.id);
    });
    if (same == plan_.tools.end()) {
      if (plan_.tools.size() >= most_)
        return "more than " + std::to_string(most_) + " templates want to be tools (server.template_tools)";
      plan_.tools.push_back({info, {database}});
      return {};
    }
    const std::string& other = same->databases.front();
    if (other == database) return "another template has the same id";
    if (same->info.id != info.id || !TakeTheSame(same->info, info))
      return "database '" + other + "' has another template of this id: give one of them another id, or make title, " +
             "description and params the same";
    same->databases.push_back(database);
    return {};
  }

  const std::size_t most_;
  std::set<std::string> taken_;
  TemplateToolPlan plan_;
};

}  // namespace

TemplateToolPlan PlanTemplateTools(const std::vector<engine::DeclaredTemplates>& declared, std::size_t most) {
  Planner planner(most);
  for (const engine::DeclaredTemplates& one : declared) {
    for (const TemplateInfo& info : one.templates)
      if (info.expose_as_tool) planner.Add(one.database, info);
  }
  return planner.Take();
}

std::vector<std::string> BuiltInToolNames() {
  Registry registry;
  AddTools(&registry, {});
  std::vector<std::string> names(kWriteTools.begin(), kWriteTools.end());
  for (const Tool& tool : registry.tools) names.push_back(tool.name);
  return names;
}

}  // namespace toomai::mcp
