#include "templates/pattern.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::templates {
namespace {

using schema::Token;
using schema::TokenKind;

bool IsPolite(const std::string& word) {
  for (const std::string_view polite : {"show", "me", "list", "give", "please", "tell", "find", "get", "what", "which",
                                        "who", "are", "is", "were", "was", "the", "display", "us"}) {
    if (word == polite) return true;
  }
  return false;
}

}  // namespace

class Pattern::Compiler {
 public:
  Compiler(std::string_view text, std::vector<std::string>* slots) : text_(text), slots_(slots) {}

  Expected<std::vector<Node>> Sequence(int depth) {
    if (depth > kMaxPatternDepth)
      return Fail(ErrorCode::kInvalidArgument, "groups are nested deeper than " + std::to_string(kMaxPatternDepth));
    std::vector<Node> nodes;
    while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ']' && text_[at_] != '|') {
      if (text_[at_] == '{') {
        auto slot = Slot();
        if (!slot) return Fail(slot.error());
        nodes.push_back(std::move(*slot));
      } else if (text_[at_] == '(' || text_[at_] == '[') {
        auto group = Group(depth);
        if (!group) return Fail(group.error());
        nodes.push_back(std::move(*group));
      } else {
        Words(&nodes);
      }
    }
    return nodes;
  }
  bool done() const { return at_ == text_.size(); }
  std::size_t at() const { return at_; }

 private:
  Expected<Node> Slot() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return Fail(ErrorCode::kInvalidArgument, "a '{' has no '}'", "write {name}");
    Node node;
    node.kind = Node::Kind::kSlot;
    node.text = std::string(Trim(text_.substr(at_ + 1, end - at_ - 1)));
    if (node.text.empty()) return Fail(ErrorCode::kInvalidArgument, "a slot has no name", "write {name}");
    if (std::find(slots_->begin(), slots_->end(), node.text) == slots_->end()) slots_->push_back(node.text);
    at_ = end + 1;
    return node;
  }

  Expected<Node> Group(int depth) {
    const char close = text_[at_] == '(' ? ')' : ']';
    Node node;
    node.kind = Node::Kind::kChoice;
    node.optional = close == ']';
    do {
      ++at_;  // the bracket or the bar
      auto choice = Sequence(depth + 1);
      if (!choice) return Fail(choice.error());
      node.choices.push_back(std::move(*choice));
    } while (at_ < text_.size() && text_[at_] == '|');
    if (at_ == text_.size() || text_[at_] != close) {
      return Fail(ErrorCode::kInvalidArgument, std::string("a group is not closed by '") + close + "'");
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] == '?') {
      node.optional = true;
      ++at_;
    }
    return node;
  }

  void Words(std::vector<Node>* nodes) {
    const std::size_t end = std::min(text_.find_first_of("{([|])", at_), text_.size());
    for (const Token& token : schema::Tokenize(text_.substr(at_, end - at_), kMaxPatternBytes)) {
      if (token.kind == TokenKind::kPunctuation) continue;
      nodes->push_back({Node::Kind::kWord, token.norm, {}, false});
    }
    at_ = end;
  }

  std::string_view text_;
  std::vector<std::string>* slots_;
  std::size_t at_ = 0;
};

// Depth-first over a list of "what is left to match"; every step is counted.
class Pattern::Matcher {
 public:
  Matcher(const std::vector<Token>& tokens, const SlotCheck& fits) : tokens_(tokens), fits_(fits) {}

  bool Match(const std::vector<Node>& nodes, std::size_t node, std::size_t at,
             const std::function<bool(std::size_t)>& then) {
    if (++steps_ > kMaxSteps) return false;
    if (node == nodes.size()) return then(at);
    const Node& current = nodes[node];
    const auto rest = [&](std::size_t next) { return Match(nodes, node + 1, next, then); };
    switch (current.kind) {
      case Node::Kind::kWord: {
        const std::size_t word = SkipPunctuation(at);
        return word < tokens_.size() && tokens_[word].norm == current.text && rest(word + 1);
      }
      case Node::Kind::kSlot: {
        const std::size_t from = SkipPunctuation(at);
        for (std::size_t count = 1; count <= kMaxSlotTokens && from + count <= tokens_.size(); ++count) {
          if (!fits_(current.text, from, from + count)) continue;
          const auto before = captured_;
          captured_[current.text] = {from, from + count};
          if (rest(from + count)) return true;
          captured_ = before;
        }
        return false;
      }
      case Node::Kind::kChoice:
        for (const auto& choice : current.choices) {
          if (Match(choice, 0, at, rest)) return true;
        }
        return current.optional && rest(at);
    }
    return false;
  }

  std::size_t SkipPunctuation(std::size_t at) const {
    while (at < tokens_.size() && tokens_[at].kind == TokenKind::kPunctuation) ++at;
    return at;
  }
  const std::map<std::string, SlotText>& captured() const { return captured_; }

 private:
  const std::vector<Token>& tokens_;
  const SlotCheck& fits_;
  std::map<std::string, SlotText> captured_;
  int steps_ = 0;
};

Expected<Pattern> Pattern::Compile(std::string_view text) {
  if (text.size() > kMaxPatternBytes) {
    return Fail(ErrorCode::kInvalidArgument, "a pattern is longer than " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  Pattern pattern;
  pattern.text_ = std::string(text);
  Compiler compiler(text, &pattern.slots_);
  auto nodes = compiler.Sequence(0);
  if (!nodes) return Fail(nodes.error());
  if (!compiler.done()) {
    return Fail(ErrorCode::kInvalidArgument, "'" + std::string(1, text[compiler.at()]) + "' at byte " +
                                                 std::to_string(compiler.at() + 1) + " opens nothing");
  }
  const auto says_something = [](const Node& node) { return node.kind != Node::Kind::kChoice || !node.optional; };
  if (std::none_of(nodes->begin(), nodes->end(), says_something))
    return Fail(ErrorCode::kInvalidArgument, "the pattern could match an empty question");
  pattern.nodes_ = std::move(*nodes);
  return pattern;
}

std::optional<std::map<std::string, SlotText>> Pattern::Match(const std::vector<Token>& tokens,
                                                              const SlotCheck& fits) const {
  std::size_t start = 0;
  while (true) {
    Matcher matcher(tokens, fits);
    const auto at_end = [&](std::size_t at) { return matcher.SkipPunctuation(at) == tokens.size(); };
    if (matcher.Match(nodes_, 0, start, at_end)) return matcher.captured();
    if (start >= tokens.size() || !IsPolite(tokens[start].norm)) return std::nullopt;
    ++start;
  }
}

}  // namespace toomai::templates
