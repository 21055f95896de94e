#include "mcp/template_tools.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"

namespace toomai::mcp {
namespace {

using engine::TemplateInfo;

constexpr milliseconds kFirstList{2'000};  // the first list of tools waits for a look so long
constexpr milliseconds kLook{30'000};      // at the schema of one database
constexpr milliseconds kLookAgain{5'000};  // after a look that some database did not answer

using Infos = std::map<std::string, TemplateInfo>;  // by id

// What each database says of its templates; nothing for one that does not answer.
std::map<std::string, Infos> AskDatabases(engine::Engine& engine, const std::vector<std::string>& names,
                                          const std::stop_token& stop) {
  engine::Caller caller;
  caller.name = "toomai";
  std::map<std::string, Infos> known;
  std::mutex mutex;
  std::vector<std::jthread> threads;  // a server that does not answer keeps none of the others waiting
  for (const std::string& name : names) {
    threads.emplace_back([&, name] {
      const auto report = engine.Templates(Deadline::After(kLook, stop), caller, name);
      if (!report) {
        Log(Level::kInfo, "templates", "the tools of a database have to wait",
            {{"database", name}, {"why", report.error().message}});
        return;
      }
      Infos infos;
      for (const TemplateInfo& one : report->templates)
        if (!one.learned && one.disabled.empty()) infos.emplace(one.id, one);
      const std::lock_guard lock(mutex);
      known[name] = std::move(infos);
    });
  }
  threads.clear();
  return known;
}

std::vector<std::string> DatabasesOf(const TemplateToolPlan& plan) {
  std::set<std::string> names;
  for (const TemplateTool& tool : plan.tools) names.insert(tool.databases.begin(), tool.databases.end());
  return {names.begin(), names.end()};
}

// Values that one database allows are not told to those who ask another.
void KeepCommonChoices(const TemplateInfo& here, bool first, TemplateInfo* info) {
  for (TemplateInfo::Parameter& parameter : info->parameters) {
    const auto same = std::find_if(here.parameters.begin(), here.parameters.end(),
                                   [&](const auto& other) { return other.name == parameter.name; });
    const bool known = same != here.parameters.end() && (first || same->choices == parameter.choices);
    parameter.choices = known ? same->choices : std::vector<std::string>();
  }
}

}  // namespace

// Shared with the registry's hook, which may be called while the server ends.
class TemplateTools::Looker {
 public:
  Looker(Registry* registry, ToolContext context, Hub& hub)
      : registry_(registry), context_(std::move(context)), hub_(hub) {}

  // Begins a look when one is due; waits for the first. True: every database has been looked at.
  bool Prepare(const Deadline& deadline) {
    std::unique_lock lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!looked_ || (!complete_ && !looking_ && now - began_ > kLookAgain)) Begin();
    const auto patience = std::min(now + std::min(kFirstList, deadline.Remaining()), began_ + kFirstList);
    if (!looked_) changed_.wait_until(lock, patience, [this] { return looked_ || closed_; });
    return looked_ && complete_;
  }

  void LookAgain() {
    const std::lock_guard lock(mutex_);
    if (!looked_ && !looking_) return;  // nobody has asked yet
    Begin();
  }

  void Close() {
    std::jthread ending;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      ending = std::move(thread_);
      changed_.notify_all();
    }
    ending.request_stop();
  }

 private:
  // REQUIRES: mutex_ is held.
  void Begin() {
    if (closed_) return;
    if (looking_) {
      again_ = true;
      return;
    }
    began_ = std::chrono::steady_clock::now();
    if (Plan().tools.empty() && known_.empty()) {  // nothing to ask a database for
      looked_ = complete_ = true;
      return;
    }
    looking_ = true;
    thread_ = std::jthread([this](const std::stop_token& stop) { LookUntilDone(stop); });  // the one before has ended
  }

  void LookUntilDone(const std::stop_token& stop) {
    while (true) {
      const bool complete = Look(stop);
      const std::lock_guard lock(mutex_);
      complete_ = complete;
      looked_ = true;
      changed_.notify_all();
      if (!std::exchange(again_, false) || closed_) {
        looking_ = false;
        return;
      }
    }
  }

  TemplateToolPlan Plan() const {
    return PlanTemplateTools(context_.engine->TemplatesAsDeclared({}), context_.options.template_tools);
  }

  bool Look(const std::stop_token& stop) {
    const TemplateToolPlan plan = Plan();
    const std::vector<std::string> names = DatabasesOf(plan);
    auto fresh = AskDatabases(*context_.engine, names, stop);
    if (stop.stop_requested()) return false;
    const bool complete = fresh.size() == names.size();
    // A database that is down for a moment has not changed its mind.
    for (auto& [name, infos] : fresh) known_[name] = std::move(infos);
    std::vector<Tool> tools;
    for (const TemplateTool& tool : plan.tools) AddTool(tool, &tools);
    if (registry_->ReplaceMoreTools(std::move(tools))) hub_.Publish(Hub::Change::kTools);
    return complete;
  }

  void AddTool(const TemplateTool& declared, std::vector<Tool>* tools) const {
    TemplateTool working{declared.info, {}};
    for (const std::string& name : declared.databases) {
      const auto database = known_.find(name);
      if (database == known_.end()) continue;
      const auto found = database->second.find(declared.info.id);
      if (found == database->second.end()) continue;
      KeepCommonChoices(found->second, working.databases.empty(), &working.info);
      working.databases.push_back(name);
    }
    if (!working.databases.empty()) tools->push_back(MakeTemplateTool(context_, std::move(working)));
  }

  Registry* const registry_;
  const ToolContext context_;
  Hub& hub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool looking_ = false, looked_ = false, complete_ = false, again_ = false, closed_ = false;
  std::chrono::steady_clock::time_point began_;
  std::map<std::string, Infos> known_;  // written by the looking thread alone
  std::jthread thread_;
};

TemplateTools::TemplateTools(Registry* registry, const ToolContext& context, Hub& hub)
    : looker_(std::make_shared<Looker>(registry, context, hub)) {
  registry->prepare_tools = [looker = looker_](const Deadline& deadline) { return looker->Prepare(deadline); };
}

TemplateTools::~TemplateTools() {
  looker_->Close();
}

std::function<void()> TemplateTools::look_again() const {
  // Weak: the looker's own context holds whoever calls this.
  return [weak = std::weak_ptr(looker_)] {
    if (const auto looker = weak.lock()) looker->LookAgain();
  };
}

}  // namespace toomai::mcp
