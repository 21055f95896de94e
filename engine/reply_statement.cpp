#include "engine/reply_statement.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/mend_scope.h"
#include "engine/reply_text.h"
#include "engine/rough_tokens.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kMaxStatementBytes = 64 << 10;
constexpr std::size_t kMaxParsedBytes = 8 << 20;  // of one reply, over all places where a statement might stand
constexpr std::size_t kMaxEnds = 400;             // places where one statement may end
constexpr std::size_t kMaxMendedBytes = 16 << 10;
constexpr std::size_t kMendEffort = 64;  // mending costs so many times the reading

bool StartsStatement(const std::vector<RoughToken>& tokens, std::size_t at) {
  while (at < tokens.size() && tokens[at].kind == RoughToken::Kind::kSymbol && tokens[at].lower == "(") ++at;
  if (at >= tokens.size()) return false;
  const std::string& word = tokens[at].lower;
  return tokens[at].kind == RoughToken::Kind::kWord &&
         (word == "select" || word == "with" || word == "values" || word == "table");
}

// Statements that do something: beside a query they must be seen, so that the reply is refused for what it is.
bool StartsOtherStatement(const std::string& word) {
  static const char* const kWords[] = {"insert", "update",   "delete",  "merge",    "create",  "drop",
                                       "alter",  "truncate", "grant",   "revoke",   "call",    "do",
                                       "copy",   "begin",    "commit",  "rollback", "execute", "vacuum",
                                       "lock",   "comment",  "prepare", "declare"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](const char* known) { return word == known; });
}

// The only query among the statements; "" when there is none, nullopt when there is more than one statement that does
// something. SET, USE and EXPLAIN before a query say how, not what.
std::optional<std::string> OneStatement(const std::string& text, std::string* note) {
  const std::vector<RoughToken> tokens = RoughTokens(text);
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    const bool end = i == tokens.size() || (tokens[i].kind == RoughToken::Kind::kSymbol && tokens[i].lower == ";");
    if (!end) continue;
    if (i > first) parts.emplace_back(first, i);
    first = i + 1;
  }
  std::optional<std::string> query;
  bool several = false;
  for (auto [begin, end] : parts) {
    const std::string& word = tokens[begin].lower;
    if (word == "set" || word == "use" || word == "go" || (word == "\\" && end - begin == 2)) {
      *note = "a statement '" + AsciiLower(word) + "' beside the query was dropped";
      continue;
    }
    if (word == "explain") {
      *note = "EXPLAIN before the query was dropped";
      ++begin;
      while (begin < end && (tokens[begin].lower == "analyze" || tokens[begin].lower == "verbose")) ++begin;
      if (begin == end) continue;
    }
    if (!StartsStatement(tokens, begin) && !StartsOtherStatement(word)) {
      if (query) *note = "text after the query was dropped";
      if (query) continue;
    }
    if (query) several = true;
    query = text.substr(tokens[begin].begin, tokens[end - 1].end - tokens[begin].begin);
  }
  if (several) return std::nullopt;
  return query.value_or("");
}

// Where a statement in prose may end: at a line's or a sentence's end, a semicolon, a fence.
std::vector<std::size_t> Ends(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size() && ends.size() < kMaxEnds; ++i) {
    const bool sentence = text[i] == '.' && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n');
    if (text[i] == '\n' || text[i] == ';' || sentence || text.substr(i, 3) == "```") ends.push_back(i);
  }
  ends.push_back(text.size());
  return ends;
}

// "SELECT ALL" is a statement to PostgreSQL, and half a sentence to us.
bool SelectsNothing(const validator::Tree& tree) {
  const validator::NodeId body = tree.Child(tree.root(), validator::QuerySlots::kBody);
  return tree[body].kind == validator::NodeKind::kSelect &&
         tree.Child(body, validator::SelectSlots::kTargets) == validator::kNoNode;
}

}  // namespace

std::optional<StatementCandidate> StatementFinder::Block(std::string_view block) {
  block = Trim(block);
  if (block.empty()) return std::nullopt;
  std::string text(block.substr(0, kMaxStatementBytes));
  const bool odd = HasOddTypography(text);
  if (!odd) {
    if (auto found = Judge(text)) return found;
  }
  const std::string plain = PlainTypography(text);
  if (plain != text) {
    if (auto found = Judge(plain)) {
      found->note = "typography made plain";
      return found;
    }
  }
  if (odd) {
    if (auto found = Judge(text)) return found;
  }
  if (!StartsStatement(RoughTokens(plain), 0)) return std::nullopt;
  return StatementCandidate{plain, 1, {}};
}

std::optional<StatementCandidate> StatementFinder::FromPosition(std::string_view rest) {
  rest = rest.substr(0, kMaxStatementBytes);
  std::optional<StatementCandidate> best;
  std::vector<std::size_t> ends = Ends(rest), stops;
  while (!ends.empty()) {
    const std::string part(Trim(rest.substr(0, ends.back())));
    ends.pop_back();
    std::size_t stopped = 0;
    if (Parses(part, &stopped)) {
      auto found = Judge(part);
      if (found && (!best || found->score > best->score)) best = std::move(found);
      if (best && best->score == 4) return best;
    } else {
      // Whatever reaches beyond the place where the parser stopped stops there, too.
      while (!ends.empty() && ends.back() > stopped) ends.pop_back();
      if (stopped > 0) stops.push_back(std::min(stopped, part.size()));
    }
  }
  if (best) return best;
  // The statement may have ended in the middle of a sentence.
  for (const std::size_t stop : stops) {
    const std::string part(Trim(rest.substr(0, stop)));
    if (!Parses(part)) continue;
    if (auto found = Judge(part)) return found;
  }
  // What does not parse as it is may parse after mending, but then it has to end where a person would see an end.
  const std::size_t end = std::min({rest.find("\n\n"), rest.find(';'), rest.find("```"), rest.size()});
  const std::string part(Trim(rest.substr(0, end)));
  if (auto found = Judge(part)) return found;
  return Judge(PlainTypography(part));
}

// `stopped`: where the parser gave up.
bool StatementFinder::Parses(const std::string& sql, std::size_t* stopped) {
  validator::ParseError error;
  effort_ += sql.size() + 1;
  const bool good = effort_ < kMaxParsedBytes && validator::Parse(sql, options_, &tree_, &error);
  if (!good && stopped) *stopped = error.finding.begin;
  return good && !SelectsNothing(tree_);
}

std::optional<StatementCandidate> StatementFinder::Judge(const std::string& text) {
  std::string note;
  const std::optional<std::string> one = OneStatement(text, &note);
  if (!one) return StatementCandidate{text, 2, {}};  // several: the validator will say so
  if (one->empty()) return std::nullopt;
  if (Parses(*one)) return StatementCandidate{*one, context_.schema && !OnKnownTables() ? 3 : 4, note};
  if (one->size() > kMaxMendedBytes) return std::nullopt;
  effort_ += kMendEffort * one->size();
  if (effort_ < kMaxParsedBytes && context_.schema && StartsStatement(RoughTokens(*one), 0) &&
      Parses(Mend(*one, context_).sql))
    return StatementCandidate{*one, 2, note};
  return std::nullopt;
}

bool StatementFinder::OnKnownTables() const {
  const StatementScopes scopes(tree_, *context_.schema);
  const bool any = std::any_of(scopes.scopes().begin(), scopes.scopes().end(),
                               [](const ScopeInfo& scope) { return !scope.sources.empty(); });
  return any && scopes.unknown_tables().empty();
}

}  // namespace toomai::engine
