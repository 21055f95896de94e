// Literals in another case than the data: only where, as written, no row could match and one spelling does.
#include <algorithm>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;

namespace {

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

class ValueMender {
 public:
  ValueMender(const Statement& statement, Edits* edits) : s_(statement), edits_(edits) {}

  void Node(NodeId id) {
    const auto& tree = s_.tree;
    if (tree[id].kind == NodeKind::kBinary && (tree.LastName(id) == "=" || tree.LastName(id) == "<>")) {
      const NodeId left = tree.Children(id)[0], right = tree.Children(id)[1];
      if (IsString(tree, right))
        Literal(left, right);
      else if (IsString(tree, left))
        Literal(right, left);
    } else if (tree[id].kind == NodeKind::kIn && tree[tree.Children(id)[1]].kind == NodeKind::kList) {
      for (NodeId item : tree.Children(tree.Children(id)[1])) {
        if (IsString(tree, item)) Literal(tree.Children(id)[0], item);
      }
    } else if (tree[id].kind == NodeKind::kLike && OpOf<LikeOp>(tree[id]) == LikeOp::kLike) {
      Pattern(id);
    }
  }

 private:
  void Literal(NodeId column, NodeId literal) {
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
      OtherColumn(column, literal, folded);
      return;
    }
    const ByteRange range = s_.Range(literal);
    edits_->Replace(range.begin, range.end, QuoteLiteral(*found), "value-spelling");
  }

  // maker = 'American Motor Company' where only full_name has that value: the other column was meant.
  void OtherColumn(NodeId column, NodeId literal, const std::string& folded) {
    const RefInfo* ref = s_.scopes.Ref(column);
    const SourceInfo* source = ref ? s_.scopes.SourceOf(*ref) : nullptr;
    if (!source || source->table < 0 || folded.size() < 3) return;
    const OutputInfo* other = nullptr;
    const std::string* spelling = nullptr;
    for (const OutputInfo& candidate : source->columns) {
      const schema::ColumnValues* values = ValuesOf(s_, &candidate);
      if (!values) continue;
      for (const std::string& known : values->values) {
        if (schema::Fold(known) != folded) continue;
        if (other && other != &candidate) return;
        if (other && *spelling != known) return;
        other = &candidate;
        spelling = &known;
      }
    }
    if (!other) return;
    const ByteRange name = s_.tree.NameRange(column), value = s_.Range(literal);
    edits_->Replace(name.begin, name.end,
                    schema::QuoteIdentifier(source->name) + "." + schema::QuoteIdentifier(other->name), "value-column",
                    true);
    edits_->Replace(value.begin, value.end, QuoteLiteral(*spelling), "value-column", true);
  }

  void Pattern(NodeId like) {
    const NodeId left = s_.tree.Children(like)[0], right = s_.tree.Children(like)[1];
    if (!IsString(s_.tree, right) || s_.tree.Children(like)[2] != kNoNode) return;
    const std::string pattern(s_.tree.LiteralValue(right)), folded = AsciiLower(pattern);
    if (AsciiLower(pattern) == pattern && folded.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
      return;
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

void Values(const Statement& statement, Edits* edits) {
  if (!statement.context.values) return;
  ValueMender mender(statement, edits);
  for (NodeId id = 0; id < statement.tree.size(); ++id) mender.Node(id);
}

}  // namespace toomai::engine::mend
