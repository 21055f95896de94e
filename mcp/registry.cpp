#include "mcp/registry.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"

namespace toomai::mcp {
namespace {

// Titles came with 2025-06-18, tool annotations with 2025-03-26.
bool KnowsTitles(std::string_view version) {
  return version >= "2025-06-18";
}
bool KnowsAnnotations(std::string_view version) {
  return version >= "2025-03-26";
}

Json Named(const std::string& name, const std::string& title, const std::string& description,
           std::string_view version) {
  Json entry = {{"name", name}};
  if (KnowsTitles(version) && !title.empty()) entry["title"] = title;
  entry["description"] = description;
  return entry;
}

template <typename Entry>
const Entry* FindByName(const std::vector<Entry>& entries, std::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

// Fixed tools live as long as the registry.
Registry::ToolPtr Fixed(const Tool& tool) {
  return {std::shared_ptr<void>(), &tool};
}

// What clients see of two tools.
bool LooksTheSame(const Tool& a, const Tool& b) {
  const auto seen = [](const Tool& tool) {
    return std::tie(tool.name, tool.title, tool.description, tool.input_schema, tool.output_schema, tool.read_only,
                    tool.destructive, tool.idempotent, tool.open_world, tool.shows_result, tool.databases);
  };
  return seen(a) == seen(b);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::vector<Registry::ToolPtr> Registry::AllTools() const {
  std::vector<ToolPtr> all;
  for (const Tool& tool : tools) all.push_back(Fixed(tool));
  std::lock_guard<std::mutex> lock(mutex_);
  all.insert(all.end(), more_tools_.begin(), more_tools_.end());
  return all;
}

Registry::ToolPtr Registry::FindTool(std::string_view name) const {
  if (const Tool* tool = FindByName(tools, name)) return Fixed(*tool);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const ToolPtr& tool : more_tools_) {
    if (tool->name == name) return tool;
  }
  return nullptr;
}

bool Registry::ReplaceMoreTools(std::vector<Tool> given) {
  std::vector<ToolPtr> fresh;
  std::set<std::string> names;
  for (const Tool& tool : tools) names.insert(tool.name);
  for (Tool& tool : given) {
    if (names.insert(tool.name).second) fresh.push_back(std::make_shared<const Tool>(std::move(tool)));
  }
  std::lock_guard<std::mutex> lock(mutex_);
  const bool same = std::equal(fresh.begin(), fresh.end(), more_tools_.begin(), more_tools_.end(),
                               [](const ToolPtr& a, const ToolPtr& b) { return LooksTheSame(*a, *b); });
  for (const ToolPtr& tool : more_tools_) schemas_.erase(tool->name);
  more_tools_ = std::move(fresh);
  return !same;
}

const Prompt* Registry::FindPrompt(std::string_view name) const {
  return FindByName(prompts, name);
}

std::shared_ptr<const Json> Registry::InputSchema(const Tool& tool) const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const Json>& schema = schemas_[tool.name];
  if (!schema) schema = std::make_shared<const Json>(Json::parse(tool.input_schema));
  return schema;
}

Json Registry::ToolEntry(const Tool& tool, Era era, std::string_view version) const {
  Json entry = Named(tool.name, tool.title, tool.description, version);
  entry["inputSchema"] = *InputSchema(tool);
  if (KnowsTitles(version) && structured_results && !tool.output_schema.empty())
    entry["outputSchema"] = Json::parse(tool.output_schema);
  if (KnowsAnnotations(version)) {
    entry["annotations"] = {{"title", tool.title},
                            {"readOnlyHint", tool.read_only},
                            {"destructiveHint", tool.destructive},
                            {"idempotentHint", tool.idempotent},
                            {"openWorldHint", tool.open_world}};
  }
  if (tool.shows_result && offers_views && (era == Era::kStateless || KnowsTitles(version))) {
    entry["_meta"] = {{"ui", {{"resourceUri", "ui://toomai/result"}, {"visibility", {"model", "app"}}}}};
  }
  return entry;
}

Json Registry::PromptEntry(const Prompt& prompt, std::string_view version) const {
  Json entry = Named(prompt.name, prompt.title, prompt.description, version);
  Json arguments = Json::array();
  for (const PromptArgument& argument : prompt.arguments) {
    arguments.push_back(
        {{"name", argument.name}, {"description", argument.description}, {"required", argument.required}});
  }
  if (!arguments.empty()) entry["arguments"] = std::move(arguments);
  return entry;
}

Json Registry::ResourceEntry(const Resource& resource, std::string_view version) const {
  Json entry = Named(resource.name, resource.title, resource.description, version);
  entry["uri"] = resource.uri;
  if (!resource.mime_type.empty()) entry["mimeType"] = resource.mime_type;
  return entry;
}

Json Registry::TemplateEntry(const ResourceTemplate& entry, std::string_view version) const {
  Json json = Named(entry.name, entry.title, entry.description, version);
  json["uriTemplate"] = entry.uri_template;
  if (!entry.mime_type.empty()) json["mimeType"] = entry.mime_type;
  return json;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

bool MatchTemplate(std::string_view uri_template, std::string_view uri, Json* variables) {
  *variables = Json::object();
  while (!uri_template.empty()) {
    if (uri_template.front() != '{') {
      if (uri.empty() || uri.front() != uri_template.front()) return false;
      uri_template.remove_prefix(1);
      uri.remove_prefix(1);
      continue;
    }
    const std::size_t close = uri_template.find('}');
    if (close == std::string_view::npos) return false;
    const std::string name(uri_template.substr(1, close - 1));
    uri_template.remove_prefix(close + 1);
    const std::size_t end = std::min(uri.find('/'), uri.size());
    const std::string value = PercentDecode(uri.substr(0, end));
    if (value.empty() || !IsValidUtf8(value) || value.find('\0') != std::string::npos) return false;
    (*variables)[name] = value;
    uri.remove_prefix(end);
  }
  return uri.empty();
}

}  // namespace toomai::mcp
