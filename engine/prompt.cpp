#include "engine/prompt.h"

#include <algorithm>
#include <iterator>

#include "base/file.h"
#include "base/text.h"
#include "engine/prompt_texts.h"
#include "llm/tokens.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kMaxTextFile = 64 << 10;
constexpr std::size_t kMaxTerms = 12;
constexpr std::size_t kMaxExampleBytes = 1500;
constexpr std::size_t kMaxEvidenceBytes = 4000;

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
    text->replace(at, from.size(), to);
}

Expected<std::string> TextOrFile(const std::string& directory, const char* name, std::string_view built_in) {
  if (directory.empty()) return std::string(built_in);
  const std::string path = directory + "/" + name;
  auto text = ReadFile(path, kMaxTextFile);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::string(built_in);  // only some are replaced
  if (text && !IsValidUtf8(*text))
    return Fail(ErrorCode::kInvalidArgument, "the prompt text " + path + " is not UTF-8");
  return text;
}

// Data cannot close the fence around it.
std::string Fenced(const char* tag, std::string text) {
  ReplaceAll(&text, "</", "< /");
  return std::string("<") + tag + ">\n" + text + "</" + tag + ">\n";
}

// Terms and metrics of the glossary that the question uses.
std::string Terms(const templates::Glossary& glossary, std::string_view question) {
  const std::string folded = schema::Fold(question);
  std::string out;
  std::size_t count = 0;
  const auto add = [&](const std::string& word, const std::string& meaning) {
    if (count >= kMaxTerms || folded.find(schema::Fold(word)) == std::string::npos) return;
    ++count;
    out += "- \"" + word + "\": " + meaning + "\n";
  };
  for (const auto& metric : glossary.metrics) {
    add(metric.word,
        metric.expression + " of " + metric.table + (metric.condition.empty() ? "" : " where " + metric.condition));
  }
  for (const auto& term : glossary.terms) add(term.word, "rows of " + term.table + " where " + term.condition);
  for (const auto& synonym : glossary.synonyms) add(synonym.word, "another name for " + synonym.target);
  return out;
}

std::string Tail(const PromptInput& input, const schema::Links& links) {
  std::string out;
  if (input.glossary) {
    const std::string terms = Terms(*input.glossary, input.question + " " + input.evidence);
    if (!terms.empty()) out += "\nTerms of this business:\n" + terms;
  }
  if (!input.examples.empty()) {
    out += "\nApproved answers to like questions:\n";
    for (const auto& example : input.examples) {
      if (example.sql.size() > kMaxExampleBytes) continue;
      out += "Question: " + example.question + "\n```sql\n" + example.sql + "\n```\n";
    }
  }
  if (input.context.values) {
    const std::vector<std::string> lines = ValueLines(*input.schema, links);
    std::string values;
    for (const std::string& line : lines) values += line + "\n";
    if (!values.empty()) out += "\nValues that the question may name:\n" + Fenced("values", values);
  }
  if (!input.today.empty())
    out += "\nToday is " + input.today + (input.timezone.empty() ? "" : " (" + input.timezone + ")") + ".\n";
  if (!input.evidence.empty())
    out += "\nHint from the asker: " + CleanUtf8(CutAtCodePoint(input.evidence, kMaxEvidenceBytes)) + "\n";
  return out + "\nQuestion: " + CleanUtf8(input.question) + "\n";
}

}  // namespace

Expected<Prompt> MakePrompt(const PromptInput& input) {
  auto system = TextOrFile(input.directory, "system.md", kSystemText);
  if (!system) return Fail(system.error());
  auto repair = TextOrFile(input.directory, "repair.md", kRepairText);
  if (!repair) return Fail(repair.error());
  Prompt prompt;
  prompt.version = std::to_string(Hash64(*system + *repair) % 1'000'000'000);
  prompt.cache_key = "toomai-" + std::to_string(Hash64(input.schema->fingerprint, Hash64(*system)) % 1'000'000'000'000);
  prompt.links = input.linker->Link(input.evidence.empty() ? input.question : input.question + " " + input.evidence,
                                    input.learned.get());
  prompt.context = MakeContext(*input.schema, *input.linker, prompt.links, input.values, input.joins, input.context);
  std::string card =
      "-- database " + input.database + ", PostgreSQL " + std::to_string(input.schema->server_version / 10'000) +
      (prompt.context.whole ? "" : ", the tables that the question seems to need") + "\n" + prompt.context.text;
  prompt.messages.push_back({llm::Role::kSystem, std::move(*system)});
  prompt.messages.push_back({llm::Role::kUser, Fenced("database", std::move(card)) + Tail(input, prompt.links)});
  for (const llm::Message& message : prompt.messages) prompt.tokens += llm::EstimateTokens(message.text) + 4;
  return prompt;
}

std::string RepairTurn(const std::string& directory, const std::string& sql, const std::string& diagnostic) {
  auto text = TextOrFile(directory, "repair.md", kRepairText);
  std::string turn = text ? *text : std::string(kRepairText);
  ReplaceAll(&turn, "{sql}", sql);
  ReplaceAll(&turn, "{diagnostic}", diagnostic);
  return turn;
}

std::string ShowMessages(const Prompt& prompt) {
  std::string out;
  for (const llm::Message& message : prompt.messages) {
    out += message.role == llm::Role::kSystem ? "=== system ===\n"
           : message.role == llm::Role::kUser ? "=== user ===\n"
                                              : "=== assistant ===\n";
    out += message.text;
    if (out.back() != '\n') out += '\n';
  }
  out += "=== about " + std::to_string(prompt.tokens) + " tokens, prompt version " + prompt.version + " ===\n";
  return out;
}

}  // namespace toomai::engine
