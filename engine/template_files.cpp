#include "engine/template_files.h"

#include <iterator>

#include "base/file.h"
#include "schema/dates.h"
#include "schema/words.h"

namespace toomai::engine {

std::vector<templates::OperatorTemplate> ReadTemplateFiles(const DatabaseOptions& database,
                                                           std::vector<std::string>* problems) {
  std::vector<templates::OperatorTemplate> all;
  for (const std::string& path : database.template_files) {
    const auto yaml = ReadFile(path);
    auto parsed = yaml ? templates::OperatorTemplates::Parse(*yaml, path) : Fail(yaml.error());
    if (!parsed) {
      problems->push_back(parsed.error().message);
      continue;
    }
    std::move(parsed->begin(), parsed->end(), std::back_inserter(all));
  }
  return all;
}

std::optional<std::pair<std::string, std::string>> DaysOf(std::string_view phrase, std::string_view today) {
  constexpr std::size_t kMaxPhraseTokens = 16;
  const std::vector<schema::Token> tokens = schema::Tokenize(phrase, kMaxPhraseTokens);
  if (tokens.empty()) return std::nullopt;
  const std::string& first = tokens[0].norm;
  const bool bare_year =
      tokens.size() == 1 && first.size() == 4 && first.find_first_not_of("0123456789") == std::string::npos;
  if (bare_year)
    return std::pair{"DATE '" + first + "-01-01'", "DATE '" + std::to_string(std::stoi(first) + 1) + "-01-01'"};
  const auto range = schema::FindDate(tokens, 0, {std::string(today), 1});
  if (!range || range->tokens != tokens.size()) return std::nullopt;
  return std::pair{range->from.empty() ? "DATE '-infinity'" : range->from,
                   range->to.empty() ? "DATE 'infinity'" : range->to};
}

}  // namespace toomai::engine
