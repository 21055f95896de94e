// Literals in another case than the data: only where, as written, no row could match and one spelling does; and, in a
// statement that runs as it is, only where the question names the value.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

constexpr std::size_t kLeastNearBytes = 6;    // shorter words have too many neighbours
constexpr std::size_t kLeastPrefixBytes = 4;  // shorter values begin too many words

bool IsString(const Tree& tree, NodeId node) {
  return node != kNoNode && tree[node].kind == NodeKind::kLiteral && OpOf<LiteralOp>(tree[node]) == LiteralOp::kString;
}

// LIKE of plain text: % and _; a backslash takes the next character as it is.
bool Matches(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '_' || pattern[p] == text[t])) {
      ++p;
      std::size_t next = t;
      NextCodePoint(text, &next);
      t = pattern[p - 1] == '_' ? next : t + 1;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

// The text between the wildcards of a pattern.
std::string Words(std::string_view pattern) {
  std::string words = schema::Fold(pattern);
  std::replace(words.begin(), words.end(), '%', ' ');
  return words;
}

class ValueMender {
 public:
  ValueMender(const Statement& statement, Edits* edits) : s_(statement), edits_(edits) {}

  void Node(NodeId id) {
    const auto& tree = s_.tree;
    if (tree[id].kind == NodeKind::kBinary && (tree.LastName(id) == "=" || tree.LastName(id) == "<>")) {
      const NodeId left = tree.Children(id)[0], right = tree.Children(id)[1];
      const bool equal = tree.LastName(id) == "=";
      if (IsString(tree, right))
        Literal(left, right, equal);
      else if (IsString(tree, left))
        Literal(right, left, equal);
    } else if (tree[id].kind == NodeKind::kIn && tree[tree.Children(id)[1]].kind == NodeKind::kList) {
      for (NodeId item : tree.Children(tree.Children(id)[1])) {
        if (IsString(tree, item)) Literal(tree.Children(id)[0], item, !tree.Has(id, kNegated));
      }
    } else if (tree[id].kind == NodeKind::kLike && OpOf<LikeOp>(tree[id]) == LikeOp::kLike) {
      Pattern(id);
    }
  }

 private:
  // `equal`: as written no row can match; else every row does, which is no sign of another column.
  void Literal(NodeId column, NodeId literal, bool equal) {
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(column));
    if (!values || !values->complete) return;
    const std::string value(s_.tree.LiteralValue(literal));
    const std::string folded = schema::Fold(value);
    const std::string* found = nullptr;
    for (const std::string& known : values->values) {
      if (known == value) return;
      if (schema::Fold(known) != folded) continue;
      if (found) return;
      found = &known;
    }
    if (!found) {
      // Where the statement would run as it is, only the spelling of a value is ours to correct.
      if (equal && !s_.as_written && !OtherColumn(column, value)) Nearest(column, literal, value);
      return;
    }
    if (s_.as_written && !NamedInQuestion(s_, folded)) return;
    const ByteRange range = s_.Range(literal);
    edits_->Replace(range.begin, range.end, QuoteLiteral(*found), "value-spelling");
  }

  // maker = 'American Motor Company' where only full_name has that value, letter by letter: the other column was meant.
  bool OtherColumn(NodeId column, const std::string& value) {
    const RefInfo* ref = s_.scopes.Ref(column);
    const SourceInfo* source = ref ? s_.scopes.SourceOf(*ref) : nullptr;
    if (!source || source->table < 0 || value.size() < 3) return false;
    const OutputInfo* other = nullptr;
    for (const OutputInfo& candidate : source->columns) {
      const schema::ColumnValues* values = ValuesOf(s_, &candidate);
      if (!values || std::find(values->values.begin(), values->values.end(), value) == values->values.end()) continue;
      if (other) return false;
      other = &candidate;
    }
    if (!other) return false;
    const ByteRange name = s_.tree.NameRange(column);
    edits_->Replace(name.begin, name.end,
                    schema::QuoteIdentifier(source->name) + "." + schema::QuoteIdentifier(other->name), "value-column",
                    true);
    return true;
  }

  // continent = 'Carribean' where of all values of the table only 'Caribbean', a region, is near.
  void Nearest(NodeId column, NodeId literal, const std::string& value) {
    const RefInfo* ref = s_.scopes.Ref(column);
    const SourceInfo* source = ref ? s_.scopes.SourceOf(*ref) : nullptr;
    if (!source || source->table < 0 || value.size() < kLeastNearBytes) return;
    const OutputInfo* found = nullptr;
    std::string spelling;
    for (const OutputInfo& candidate : source->columns) {
      const schema::ColumnValues* values = ValuesOf(s_, &candidate);
      const std::string nearest = values ? NearestName(value, values->values) : "";
      if (nearest.empty()) continue;
      if (found) return;
      found = &candidate;
      spelling = nearest;
    }
    if (!found) return;
    const ByteRange name = s_.tree.NameRange(column), text = s_.Range(literal);
    if (found != s_.scopes.ColumnOf(*ref)) {
      edits_->Replace(name.begin, name.end,
                      schema::QuoteIdentifier(source->name) + "." + schema::QuoteIdentifier(found->name),
                      "nearest-value", true);
    }
    edits_->Replace(text.begin, text.end, QuoteLiteral(spelling), "nearest-value", true);
  }

  void Pattern(NodeId like) {
    const NodeId left = s_.tree.Children(like)[0], right = s_.tree.Children(like)[1];
    if (!IsString(s_.tree, right) || s_.tree.Children(like)[2] != kNoNode) return;
    const std::string pattern(s_.tree.LiteralValue(right)), folded = AsciiLower(pattern);
    if (AsciiLower(pattern) == pattern && folded.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
      return;
    if (s_.as_written && !NamedInQuestion(s_, Trim(Words(pattern)))) return;
    if (!s_.foreign && !OnlyMatchesLoosely(left, pattern)) return;
    // The word LIKE stands between the two sides.
    const std::size_t from = s_.Range(left).end, to = s_.Range(right).begin;
    const std::string between = AsciiLower(s_.tree.tokens.text().substr(from, to - from));
    const std::size_t at = between.find("like");
    if (at == std::string::npos) return;
    edits_->Replace(from + at, from + at + 4, "ILIKE", "ilike");
  }

  bool OnlyMatchesLoosely(NodeId column, const std::string& pattern) const {
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(column));
    if (!values || !values->complete || pattern.find('\\') != std::string::npos) return false;
    bool loose = false;
    for (const std::string& known : values->values) {
      if (Matches(known, pattern)) return false;
      loose = loose || Matches(AsciiLower(known), AsciiLower(pattern));
    }
    return loose;
  }

  const Statement& s_;
  Edits* edits_;
};

}  // namespace

const schema::ColumnValues* ValuesOf(const Statement& statement, const OutputInfo* column) {
  if (!column || !statement.context.values) return nullptr;
  return statement.context.values->Of(column->table, column->column);
}

// The question says it, from the beginning of a word on: "volvos" names 'volvo'. A value of a few letters must be a
// word.
bool NamedInQuestion(const Statement& statement, std::string_view folded) {
  const std::string question = schema::Fold(statement.context.question);
  const auto in_word = [&](std::size_t at) {
    return at < question.size() && static_cast<unsigned char>(question[at]) < 0x80 &&
           std::isalnum(static_cast<unsigned char>(question[at]));
  };
  for (std::size_t at = 0; !folded.empty() && (at = question.find(folded, at)) != std::string::npos; ++at) {
    const bool begins = at == 0 || !in_word(at - 1), ends = !in_word(at + folded.size());
    if (begins && (ends || folded.size() >= kLeastPrefixBytes)) return true;
  }
  return false;
}

void Values(const Statement& statement, Edits* edits) {
  if (!statement.context.values) return;
  ValueMender mender(statement, edits);
  for (NodeId id = 0; id < statement.tree.size(); ++id) mender.Node(id);
}

}  // namespace toomai::engine::mend
