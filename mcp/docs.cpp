// docs/tools.md from the registry, so that the page says what clients see.
#include "mcp/server.h"
#include "mcp/tools.h"

namespace toomai::mcp {
namespace {

std::string Cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string TypeOf(const Json& about) {
  if (about.contains("enum")) {
    std::string words;
    for (const Json& word : about["enum"]) words += (words.empty() ? "`" : ", `") + word.get<std::string>() + "`";
    return words;
  }
  std::string type(StringMember(about, "type"));
  if (type == "array") type = "list of " + std::string(StringMember(Member(about, "items"), "type")) + "s";
  if (type == "list of s") type = "list of values";
  if (about.contains("minimum")) type += " from " + Dump(about["minimum"]);
  if (about.contains("maximum")) type += " to " + Dump(about["maximum"]);
  if (about.contains("maxLength")) type += ", at most " + Dump(about["maxLength"]) + " characters";
  return type;
}

bool Required(const Json& schema, const std::string& name) {
  const Json& required = Member(schema, "required");
  for (std::size_t i = 0; required.is_array() && i < required.size(); ++i) {
    if (required[i] == name) return true;
  }
  return false;
}

std::string Section(const Tool& tool) {
  const Json input = Json::parse(tool.input_schema), output = Json::parse(tool.output_schema);
  std::string text = "## " + tool.name + "\n\n" + tool.description + "\n\n";
  const Json& properties = Member(input, "properties");
  if (!properties.is_object() || properties.empty()) {
    text += "No arguments.\n";
  } else {
    text += "| argument | type | meaning |\n|---|---|---|\n";
    for (const auto& [name, about] : properties.items()) {
      text += "| `" + name + "`" + (Required(input, name) ? " (required)" : "") + " | " + Cell(TypeOf(about)) + " | " +
              Cell(std::string(StringMember(about, "description"))) + " |\n";
    }
  }
  std::string members;
  for (const auto& [name, about] : Member(output, "properties").items())
    members += (members.empty() ? "`" : ", `") + name + "`";
  return text + "\nAnswers with " + members + ".\n\n";
}

}  // namespace

std::string ToolsAsMarkdown() {
  ToolContext context;
  Registry registry;
  FillRegistry(&registry, context);
  std::string text =
      "# Tools, resources and prompts\n\n"
      "<!-- Made from the registry by the test Docs.ToolsPageIsMadeFromTheRegistry; set TOOMAI_REWRITE=1 to write it "
      "again. -->\n\n"
      "What MCP clients see. All tools only read; those that change rows are there only where the configuration asks "
      "for\n"
      "them ([execution](execution.md)). Arguments that are wrong, SQL that is refused and databases that are down are "
      "results with\n"
      "`isError` and `{\"error\": {\"code\", \"field\", \"reason\", \"suggestion\", \"sqlstate\", \"position\"}}`; "
      "only unknown tools and malformed\n"
      "messages are protocol errors. `structuredContent` and the text block hold the same JSON. Templates of the "
      "operator may be\n"
      "tools as well, each with its own arguments and the answer of `ask` ([templates](templates.md)).\n\n";
  for (const Tool& tool : registry.tools) text += Section(tool);
  text += "## Resources\n\n| URI | holds |\n|---|---|\n";
  for (const Resource& resource : registry.resources)
    text += "| `" + resource.uri + "` | " + resource.description + " |\n";
  for (const ResourceTemplate& entry : registry.templates)
    text += "| `" + entry.uri_template + "` | " + entry.description + " |\n";
  text += "\n## Prompts\n\n| prompt | does | arguments |\n|---|---|---|\n";
  for (const Prompt& prompt : registry.prompts) {
    std::string arguments;
    for (const PromptArgument& argument : prompt.arguments) {
      arguments += (arguments.empty() ? "`" : ", `") + argument.name + "`" + (argument.required ? " (required)" : "");
    }
    text += "| `" + prompt.name + "` | " + prompt.description + " | " + arguments + " |\n";
  }
  return text;
}

}  // namespace toomai::mcp
