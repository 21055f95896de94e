// The methods of the protocol: each turns checked params into an Outcome. See dispatcher.h.
#include <algorithm>

#include "base/text.h"
#include "mcp/access.h"
#include "mcp/arguments.h"
#include "mcp/dispatcher.h"
#include "mcp/dispatcher_request.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kPageSize = 100;        // entries of a list in one answer
constexpr std::size_t kMaxCompletions = 100;  // by the specification
constexpr int kListTtlMs = 300'000;           // lists change with the configuration only
constexpr int kReadTtlMs = 30'000;

// Lists and reads may be kept for a while; by the caller alone when they depend on who asks.
Json Cacheable(Json result, const Call& call, int ttl_ms, bool depends_on_caller) {
  if (call.era == Era::kStateless) {
    result["ttlMs"] = ttl_ms;
    result["cacheScope"] = depends_on_caller ? "private" : "public";
  }
  return result;
}

// The cursor is the number of the first entry, as opaque text.
std::optional<std::size_t> ReadCursor(const Json& params, std::size_t size) {
  const Json& cursor = Member(params, "cursor");
  if (cursor.is_null()) return 0;
  if (!cursor.is_string()) return std::nullopt;
  const std::string& text = cursor.get_ref<const std::string&>();
  if (text.empty()) return 0;
  std::string decoded;
  if (!Base64Decode(text, &decoded) || decoded.size() > 12 || decoded.rfind("at:", 0) != 0) return std::nullopt;
  const std::string digits = decoded.substr(3);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const std::size_t first = std::stoul(digits);
  if (first == 0 || first >= size) return std::nullopt;
  return first;
}

Outcome Page(const Call& call, const Json& params, const char* key, Json entries, bool depends_on_caller) {
  const auto first = ReadCursor(params, entries.size());
  if (!first) return Outcome::Fail(kInvalidParams, "the cursor is not one that this list gave out");
  Json page = Json::array();
  for (std::size_t i = *first; i < entries.size() && i < *first + kPageSize; ++i) page.push_back(std::move(entries[i]));
  Json result = {{key, std::move(page)}};
  if (*first + kPageSize < entries.size()) {
    result["nextCursor"] = Base64Encode("at:" + std::to_string(*first + kPageSize));
  }
  return Outcome::Complete(Cacheable(std::move(result), call, kListTtlMs, depends_on_caller));
}

Json ToolProblem(const ArgumentProblem& problem) {
  Json error = {{"code", "invalid_argument"}};
  if (!problem.field.empty()) error["field"] = problem.field;
  error["reason"] = problem.reason;
  if (!problem.suggestion.empty()) error["suggestion"] = problem.suggestion;
  const std::string text = Dump({{"error", std::move(error)}});
  return {{"content", {{{"type", "text"}, {"text", text}}}}, {"isError", true}};
}

}  // namespace

Json Dispatcher::ServerInfo(std::string_view version) const {
  Json info = {{"name", registry_.server_name}};
  if (version >= "2025-06-18") info["title"] = registry_.server_title;
  info["version"] = registry_.server_version;
  return info;
}

Json Dispatcher::Capabilities(Era era, std::string_view version) const {
  Json capabilities = Json::object();
  if (era == Era::kHandshake && registry_.offers_logging) capabilities["logging"] = Json::object();
  if (registry_.complete && version >= "2025-03-26") capabilities["completions"] = Json::object();
  capabilities["tools"] = {{"listChanged", registry_.tools_change}};
  capabilities["prompts"] = {{"listChanged", registry_.prompts_change}};
  capabilities["resources"] = {{"subscribe", true}, {"listChanged", true}};
  if (registry_.offers_views && version >= "2025-06-18") {
    capabilities["extensions"] = {{std::string(kUiExtension), {{"mimeTypes", {"text/html;profile=mcp-app"}}}}};
  }
  return capabilities;
}

Outcome Dispatcher::Initialize(Request& request) {
  const Json& params = request.params();
  const Json& asked = Member(params, "protocolVersion");
  if (!asked.is_string()) return Outcome::Fail(kInvalidParams, "\"protocolVersion\" must be a string");
  Session::Agreement agreement;
  agreement.version =
      IsHandshakeVersion(asked.get<std::string>()) ? asked.get<std::string>() : std::string(kHandshakeVersions[0]);
  if (Member(params, "capabilities").is_object()) agreement.capabilities = Member(params, "capabilities");
  agreement.client = std::string(CutAtCodePoint(StringMember(Member(params, "clientInfo"), "name"), 120));
  const std::string version = agreement.version;
  request.in.session->Agree(std::move(agreement));
  Json result = {{"protocolVersion", version},
                 {"capabilities", Capabilities(Era::kHandshake, version)},
                 {"serverInfo", ServerInfo(version)}};
  if (registry_.instructions) result["instructions"] = registry_.instructions();
  return Outcome::Complete(std::move(result));
}

Outcome Dispatcher::Discover(Request& request) {
  Json result = {{"supportedVersions", {kStatelessVersion}},
                 {"capabilities", Capabilities(Era::kStateless, kStatelessVersion)}};
  if (registry_.instructions) result["instructions"] = registry_.instructions();
  return Outcome::Complete(Cacheable(std::move(result), request.call, kListTtlMs, false));
}

Outcome Dispatcher::Ping(Request&) {
  return Outcome::Complete(Json::object());
}

// Where callers say who they are, any of them may have fewer tools than others.
bool Dispatcher::ListsDependOnCaller(const Call& call) const {
  return call.caller.tools.has_value() || options_.http.authenticates();
}

Outcome Dispatcher::ListTools(Request& request) {
  const bool lasting = !registry_.prepare_tools || registry_.prepare_tools(request.call.deadline);
  Json entries = Json::array();
  for (const Registry::ToolPtr& tool : registry_.AllTools()) {
    if (MayUse(request.call.caller, *tool))
      entries.push_back(registry_.ToolEntry(*tool, request.call.era, request.call.version));
  }
  Outcome page = Page(request.call, request.params(), "tools", std::move(entries), ListsDependOnCaller(request.call));
  if (!lasting && page.result.contains("ttlMs")) page.result["ttlMs"] = 0;
  return page;
}

Outcome Dispatcher::CallTool(Request& request) {
  const Json& params = request.params();
  const std::string_view name = StringMember(params, "name");
  Registry::ToolPtr tool = registry_.FindTool(name);
  if (tool == nullptr && registry_.prepare_tools) {
    (void)registry_.prepare_tools(request.call.deadline);
    tool = registry_.FindTool(name);
  }
  if (tool == nullptr || !MayUse(request.call.caller, *tool)) {
    return Outcome::Fail(kInvalidParams, "there is no tool \"" + Ellipsis(name, 80) + "\"");
  }
  const Json& given = Member(params, "arguments");
  if (!given.is_null() && !given.is_object()) return Outcome::Fail(kInvalidParams, "\"arguments\" must be an object");
  Call& call = request.call;
  if (given.is_object()) call.arguments = given;
  if (tool->check_arguments) {
    if (const auto problem = CheckArguments(*registry_.InputSchema(*tool), &call.arguments)) {
      return Outcome::Complete(ToolProblem(*problem));
    }
  }
  Outcome outcome = RunRound(request, tool->run);
  if (outcome.error || !outcome.questions.is_null()) return outcome;
  // Before 2025-06-18 there was no structured content, and there is one place less to look at.
  const bool structured = call.version >= "2025-06-18" && options_.results != ResultCopies::kText;
  if (!structured) outcome.result.erase("structuredContent");
  if (structured && options_.results == ResultCopies::kStructured && outcome.result.contains("structuredContent")) {
    outcome.result["content"] = Json::array();
  }
  return outcome;
}

Outcome Dispatcher::ListPrompts(Request& request) {
  Json entries = Json::array();
  for (const Prompt& prompt : registry_.prompts) entries.push_back(registry_.PromptEntry(prompt, request.call.version));
  return Page(request.call, request.params(), "prompts", std::move(entries), false);
}

Outcome Dispatcher::GetPrompt(Request& request) {
  const std::string_view name = StringMember(request.params(), "name");
  const Prompt* prompt = registry_.FindPrompt(name);
  if (prompt == nullptr) return Outcome::Fail(kInvalidParams, "there is no prompt \"" + Ellipsis(name, 80) + "\"");
  const Json& given = Member(request.params(), "arguments");
  if (given.is_object()) {
    for (const auto& [key, value] : given.items()) {
      if (!value.is_string())
        return Outcome::Fail(kInvalidParams, "the argument \"" + Ellipsis(key, 80) + "\" must be a string");
    }
    request.call.arguments = given;
  }
  for (const PromptArgument& argument : prompt->arguments) {
    if (argument.required && !request.call.arguments.contains(argument.name)) {
      return Outcome::Fail(kInvalidParams, "the argument \"" + argument.name + "\" is required");
    }
  }
  return RunRound(request, prompt->run);
}

Outcome Dispatcher::ListResources(Request& request) {
  Json entries = Json::array();
  const auto add = [&](const std::vector<Resource>& resources) {
    for (const Resource& resource : resources) {
      if (MayCall(request.call.caller, resource.tool))
        entries.push_back(registry_.ResourceEntry(resource, request.call.version));
    }
  };
  add(registry_.resources);
  if (registry_.more_resources) add(registry_.more_resources(request.call.caller));
  return Page(request.call, request.params(), "resources", std::move(entries), registry_.more_resources != nullptr);
}

Outcome Dispatcher::ListTemplates(Request& request) {
  Json entries = Json::array();
  for (const ResourceTemplate& entry : registry_.templates) {
    if (MayCall(request.call.caller, entry.tool))
      entries.push_back(registry_.TemplateEntry(entry, request.call.version));
  }
  return Page(request.call, request.params(), "resourceTemplates", std::move(entries),
              ListsDependOnCaller(request.call));
}

Outcome Dispatcher::ReadResource(Request& request) {
  Call& call = request.call;
  const Json& uri = Member(request.params(), "uri");
  if (!uri.is_string()) return Outcome::Fail(kInvalidParams, "\"uri\" must be a string");
  call.uri = uri.get<std::string>();
  const auto finish = [&](const std::function<Outcome(Call&)>& read) {
    Outcome outcome = RunRound(request, read);
    if (!outcome.error && outcome.questions.is_null()) {
      outcome.result = Cacheable(std::move(outcome.result), call, kReadTtlMs, true);
    }
    return outcome;
  };
  for (const Resource& resource : registry_.resources) {
    if (resource.uri == call.uri && MayCall(call.caller, resource.tool)) return finish(resource.read);
  }
  for (const ResourceTemplate& entry : registry_.templates) {
    if (!MatchTemplate(entry.uri_template, call.uri, &call.variables)) continue;
    if (!MayCall(call.caller, entry.tool)) break;
    return finish(entry.read);
  }
  return Outcome::Fail(call.era == Era::kStateless ? kInvalidParams : kLegacyResourceNotFound,
                       "there is no such resource", {{"uri", Ellipsis(call.uri, 500)}});
}

Outcome Dispatcher::Complete(Request& request) {
  if (!registry_.complete) return Outcome::Fail(kMethodNotFound, "completion is not offered");
  const Json& reference = Member(request.params(), "ref");
  const Json& argument = Member(request.params(), "argument");
  const std::string_view type = StringMember(reference, "type");
  const std::string_view target = StringMember(reference, type == "ref/prompt" ? "name" : "uri");
  if ((type != "ref/prompt" && type != "ref/resource") || StringMember(argument, "name").empty() ||
      !Member(argument, "value").is_string()) {
    return Outcome::Fail(kInvalidParams,
                         "\"ref\" and \"argument\" must name a prompt or a resource template, and a value");
  }
  const bool known = type == "ref/prompt"
                         ? registry_.FindPrompt(target) != nullptr
                         : std::any_of(registry_.templates.begin(), registry_.templates.end(),
                                       [&](const ResourceTemplate& entry) { return entry.uri_template == target; });
  if (!known)
    return Outcome::Fail(kInvalidParams, "there is nothing called \"" + Ellipsis(target, 120) + "\" to complete for");
  std::vector<std::string> values =
      registry_.complete(request.call, target, StringMember(argument, "name"), StringMember(argument, "value"),
                         Member(Member(request.params(), "context"), "arguments"));
  const std::size_t total = values.size();
  if (total > kMaxCompletions) values.resize(kMaxCompletions);
  return Outcome::Complete(
      {{"completion", {{"values", values}, {"total", total}, {"hasMore", total > kMaxCompletions}}}});
}

Outcome Dispatcher::SetLevel(Request& request) {
  const std::string level(StringMember(request.params(), "level"));
  if (!registry_.offers_logging) return Outcome::Fail(kMethodNotFound, "logging is not offered");
  if (LogLevelRank(level) < 0) return Outcome::Fail(kInvalidParams, "\"level\" is not one of the eight syslog levels");
  request.in.session->SetLogLevel(level);
  return Outcome::Complete(Json::object());
}

Outcome Dispatcher::Subscribe(Request& request) {
  const std::string uri(StringMember(request.params(), "uri"));
  if (uri.empty()) return Outcome::Fail(kInvalidParams, "\"uri\" must be a string");
  if (!request.in.session->Subscribe(uri)) {
    return Outcome::Fail(kInvalidParams, "a session may subscribe to at most " +
                                             std::to_string(Session::kMaxSubscriptions) + " resources");
  }
  return Outcome::Complete(Json::object());
}

Outcome Dispatcher::Unsubscribe(Request& request) {
  const std::string uri(StringMember(request.params(), "uri"));
  if (uri.empty()) return Outcome::Fail(kInvalidParams, "\"uri\" must be a string");
  request.in.session->Unsubscribe(uri);
  return Outcome::Complete(Json::object());
}

Outcome Dispatcher::Listen(Request& request) {
  const Json& filter = Member(request.params(), "notifications");
  if (!filter.is_object()) return Outcome::Fail(kInvalidParams, "\"notifications\" must be an object");
  request.listening = true;
  Json honoured = filter;
  if (!registry_.tools_change) honoured.erase("toolsListChanged");
  if (!registry_.prompts_change) honoured.erase("promptsListChanged");
  const std::weak_ptr<Session> session = request.in.session;
  const Json id = request.in.message.id;
  const bool taken = hub_.Listen(id, honoured, request.in.outlet, request.in_flight, [session, id] {
    if (const auto alive = session.lock()) alive->End(id);
  });
  if (taken) return {};
  request.listening = false;
  return Outcome::Fail(kInvalidRequest, "a client may hold " + std::to_string(Hub::kMaxListenersOfOutlet) +
                                            " subscriptions at once: cancel one that is not needed any more");
}

}  // namespace toomai::mcp
