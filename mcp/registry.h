// What this server offers: tools, resources, templates, prompts, completions. Filled once at the start and read by any
// thread afterwards; only the further tools may be replaced while we run. List order is the order of adding. JSON
// schemas are kept as text and parsed when first needed, so that starting costs nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/call.h"

namespace toomai::mcp {

struct Tool {
  std::string name, title, description;
  std::string input_schema;   // JSON text, root type "object"
  std::string output_schema;  // JSON text; empty: none
  bool read_only = true, destructive = false, idempotent = true, open_world = false;
  bool shows_result = false;    // offers the table and chart view
  bool check_arguments = true;  // against input_schema, before `run`
  std::function<Outcome(Call&)> run;
  std::vector<std::string> databases{};  // that it is for; empty: any
};

struct PromptArgument {
  std::string name, description;
  bool required = false;
};

struct Prompt {
  std::string name, title, description;
  std::vector<PromptArgument> arguments;
  std::function<Outcome(Call&)> run;
};

struct Resource {
  std::string uri, name, title, description, mime_type;
  std::function<Outcome(Call&)> read;
  std::string tool{};  // that shows the same: the resource is for those who may call it; empty: for all
};

struct ResourceTemplate {
  std::string uri_template, name, title, description, mime_type;
  std::function<Outcome(Call&)> read;  // Outcome::error or a result with "contents"; Call::variables is filled
  std::string tool{};                  // as Resource::tool
};

// Values that could complete `prefix`; `reference` is a prompt name or a URI template.
using Completer = std::function<std::vector<std::string>(Call&, std::string_view reference, std::string_view argument,
                                                         std::string_view prefix, const Json& context)>;

class Registry {
 public:
  std::string server_name = "toomai", server_title = "Toomai", server_version;
  std::function<std::string()> instructions;  // for the client's model; may be missing
  bool structured_results = true;             // false: results are text alone, and no tool promises more
  bool offers_views = false;                  // declares the MCP Apps extension
  bool offers_logging = true;                 // handshake era
  bool tools_change = false;                  // ReplaceMoreTools will be called while we run
  bool prompts_change = false;

  std::vector<Tool> tools;
  std::vector<Prompt> prompts;
  std::vector<Resource> resources;
  std::vector<ResourceTemplate> templates;
  // Resources that depend on the caller, after the fixed ones; may wait for nothing.
  std::function<std::vector<Resource>(const engine::Caller&)> more_resources;
  Completer complete;

  using ToolPtr = std::shared_ptr<const Tool>;  // stays valid when the tools are replaced
  // Called before tools are listed, and before a tool is said not to exist; may wait a little. False when there may
  // soon be others: the list is not to be kept.
  std::function<bool(const Deadline&)> prepare_tools;
  // The fixed tools, then the further ones.
  std::vector<ToolPtr> AllTools() const;
  ToolPtr FindTool(std::string_view name) const;
  // Tools that come and go while we run; one that has the name of an earlier tool is left out. Thread-safe. Calls that
  // run keep the tool that they began with. True when the list is another than before: tell who listens, through
  // Hub::Publish(kTools).
  bool ReplaceMoreTools(std::vector<Tool> tools);
  const Prompt* FindPrompt(std::string_view name) const;

  // Entries as clients see them; what a revision does not know is left out.
  Json ToolEntry(const Tool& tool, Era era, std::string_view version) const;
  Json PromptEntry(const Prompt& prompt, std::string_view version) const;
  Json ResourceEntry(const Resource& resource, std::string_view version) const;
  Json TemplateEntry(const ResourceTemplate& entry, std::string_view version) const;

  // The parsed input schema; parsed once.
  std::shared_ptr<const Json> InputSchema(const Tool& tool) const;

 private:
  mutable std::mutex mutex_;
  std::vector<ToolPtr> more_tools_;
  mutable std::map<std::string, std::shared_ptr<const Json>> schemas_;  // by the tool's name
};

// RFC 6570 level 1: matches `uri` against e.g. "toomai://{database}/schema" and fills the decoded variables. A variable
// matches one or more characters other than '/'.
bool MatchTemplate(std::string_view uri_template, std::string_view uri, Json* variables);
std::string PercentDecode(std::string_view text);
std::string PercentEncode(std::string_view text);

}  // namespace toomai::mcp
