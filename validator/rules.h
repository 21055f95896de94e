// The registry of reasons to refuse. See rules.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace toomai::validator {

enum class Rule : std::uint8_t {
#define RULE(name, id, summary) name,
#include "validator/rules.def"
#undef RULE
  kCount
};
inline constexpr int kRuleCount = static_cast<int>(Rule::kCount);

std::string_view RuleId(Rule rule);
std::optional<Rule> FindRule(std::string_view id);

// A set of rules, to switch some off: for tests that prove each rule is needed, and for views that only hold data.
class RuleSet {
 public:
  constexpr RuleSet() = default;
  constexpr RuleSet& Add(Rule rule) {
    bits_ |= std::uint64_t{1} << static_cast<int>(rule);
    return *this;
  }
  constexpr bool Has(Rule rule) const { return (bits_ >> static_cast<int>(rule)) & 1; }

 private:
  static_assert(kRuleCount <= 64);
  std::uint64_t bits_ = 0;
};

}  // namespace toomai::validator
