#include "validator/rules.h"

namespace toomai::validator {
namespace {

struct RuleInfo {
  std::string_view id, summary;
};
constexpr RuleInfo kRules[] = {
#define RULE(name, id, summary) {id, summary},
#include "validator/rules.def"
#undef RULE
};

}  // namespace

std::string_view RuleId(Rule rule) {
  return kRules[static_cast<int>(rule)].id;
}
std::string_view RuleSummary(Rule rule) {
  return kRules[static_cast<int>(rule)].summary;
}

std::optional<Rule> FindRule(std::string_view id) {
  for (int i = 0; i < kRuleCount; ++i) {
    if (kRules[i].id == id) return static_cast<Rule>(i);
  }
  return std::nullopt;
}

}  // namespace toomai::validator
