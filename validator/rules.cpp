#include "validator/rules.h"

namespace toomai::validator {
namespace {

constexpr std::string_view kIds[] = {
#define RULE(name, id, summary) id,
#include "validator/rules.def"
#undef RULE
};

}  // namespace

std::string_view RuleId(Rule rule) {
  return kIds[static_cast<int>(rule)];
}

std::optional<Rule> FindRule(std::string_view id) {
  for (int i = 0; i < kRuleCount; ++i) {
    if (kIds[i] == id) return static_cast<Rule>(i);
  }
  return std::nullopt;
}

}  // namespace toomai::validator
