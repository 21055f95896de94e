// The little language of template patterns, compiled once and matched against the tokens of a question.
//
//   top {n} customers by revenue [in|during] {period}        [..] optional, | alternatives inside [..] or (..)
//   {period}(的)?销售额最高的(前)?{n}(个|名)?客户(是谁)?      (..)? optional, too; spaces mean nothing in Chinese and
//   Japanese
//
// Words are compared folded (case, accents, width). A slot {name} takes one to kMaxSlotTokens tokens; whether they fit
// its type is asked while matching, so that a wrong split is never taken. The whole question must match, but for a
// polite start ("show me") and closing punctuation. Work is bounded by kMaxSteps whatever the pattern.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "schema/words.h"

namespace toomai::templates {

inline constexpr std::size_t kMaxSlotTokens = 10;
inline constexpr std::size_t kMaxPatternBytes = 1000;
inline constexpr int kMaxPatternDepth = 8;
inline constexpr int kMaxSteps = 20'000;

// What a slot read: the typed value, or nothing when the words do not fit.
struct SlotText {
  std::size_t from = 0, to = 0;  // tokens
};
using SlotCheck = std::function<bool(const std::string& slot, std::size_t from, std::size_t to)>;

class Pattern {
 public:
  static Expected<Pattern> Compile(std::string_view text);

  // Slot name -> tokens, when the whole of `tokens` matches.
  std::optional<std::map<std::string, SlotText>> Match(const std::vector<schema::Token>& tokens,
                                                       const SlotCheck& fits) const;
  const std::string& text() const { return text_; }
  // Names of the slots, in order of appearance.
  const std::vector<std::string>& slots() const { return slots_; }

 private:
  struct Node {
    enum class Kind { kWord, kSlot, kChoice } kind = Kind::kWord;
    std::string text;                        // kWord: folded; kSlot: name
    std::vector<std::vector<Node>> choices;  // kChoice
    bool optional = false;
  };
  class Compiler;
  class Matcher;

  std::string text_;
  std::vector<Node> nodes_;
  std::vector<std::string> slots_;
};

}  // namespace toomai::templates
