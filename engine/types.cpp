#include "engine/types.h"

#include <array>

namespace toomai::engine {
namespace {

constexpr std::array<std::pair<Source, std::string_view>, 7> kSources = {{
    {Source::kAuto, "auto"},
    {Source::kApproved, "approved"},
    {Source::kTemplate, "template"},
    {Source::kModel, "model"},
    {Source::kGrammar, "grammar"},
    {Source::kCache, "cache"},
    {Source::kClient, "client"},
}};

}  // namespace

std::string_view ToString(Source source) {
  for (const auto& [value, word] : kSources) {
    if (value == source) return word;
  }
  return "auto";
}

std::optional<Source> ParseSource(std::string_view word) {
  for (const auto& [value, name] : kSources) {
    if (name == word) return value;
  }
  return std::nullopt;
}

}  // namespace toomai::engine
