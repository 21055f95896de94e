// Names that the schema does not have where they are used: quotes that should be apostrophes, tables in another
// spelling.
#include <algorithm>

#include "base/text.h"
#include "engine/mend_rules.h"

namespace toomai::engine::mend {

using namespace validator;

// Case, underscores and blanks aside.
std::string PlainName(std::string_view name) {
  std::string out;
  for (char c : AsciiLower(name)) {
    if (c != '_' && c != ' ' && c != '-') out += c;
  }
  return out;
}

// "cities" and "city", "professionals" and "professional".
std::string Singular(std::string name) {
  const auto ends = [&](std::string_view tail) {
    return name.size() > tail.size() + 1 && name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
  };
  if (ends("ies")) return name.substr(0, name.size() - 3) + "y";
  if (ends("ses") || ends("xes") || ends("ches") || ends("shes")) return name.substr(0, name.size() - 2);
  if (ends("s") && !ends("ss")) name.pop_back();
  return name;
}

namespace {

bool IsQuoted(const Tree& tree, NodeId ref, std::size_t part) {
  return tree.tokens[tree.NameToken(ref, part)].kind == TokenKind::kQuotedIdentifier;
}

}  // namespace

// WHERE name = "Paris": elsewhere "…" may be a string; here it is a name, and there is no such column.
void Quotes(const Statement& s, Edits* edits) {
  for (NodeId id = 0; id < s.tree.size(); ++id) {
    if (s.tree[id].kind != NodeKind::kColumnRef || s.tree.Has(id, kStarFlag) || s.tree.NameCount(id) == 0) continue;
    const std::size_t last = s.tree.NameCount(id) - 1;
    if (!IsQuoted(s.tree, id, last)) continue;
    const RefInfo* ref = s.scopes.Ref(id);
    if (!ref) continue;
    const bool unknown =
        ref->status == RefInfo::Status::kUnknownColumn || (ref->home < 0 && ref->status != RefInfo::Status::kFound);
    if (!unknown) continue;
    const ByteRange range = s.tree.NameRange(id);
    const std::string value(s.tree.LastName(id));
    // "Name" where the column is name: other systems do not look at the case of quoted names.
    const std::string lower = AsciiLower(value);
    bool column = false;
    for (int at = ref->home; at >= 0 && !column; at = s.scopes.scopes()[at].parent) {
      for (const SourceInfo& source : s.scopes.scopes()[at].sources) {
        for (const OutputInfo& candidate : source.columns) column = column || AsciiLower(candidate.name) == lower;
      }
    }
    if (column && (last > 0 || lower.find(' ') == std::string::npos)) continue;  // Columns() mends the spelling
    if (last > 0) continue;
    edits->Replace(range.begin, range.end, QuoteLiteral(value), "string-quotes");
  }
}

void Tables(const Statement& s, Edits* edits) {
  for (NodeId item : s.scopes.unknown_tables()) {
    const std::string name(s.tree.LastName(item));
    const std::string plain = PlainName(name);
    std::vector<int> same, plural;
    for (std::size_t i = 0; i < s.context.schema->tables.size(); ++i) {
      const std::string other = PlainName(s.context.schema->tables[i].name);
      if (other == plain)
        same.push_back(static_cast<int>(i));
      else if (Singular(other) == Singular(plain))
        plural.push_back(static_cast<int>(i));
    }
    int found = -1;
    bool risky = false;
    if (same.size() == 1)
      found = same[0];
    else if (same.empty() && plural.size() == 1)
      found = plural[0];
    if (found < 0 && same.empty() && plural.empty()) {
      std::vector<std::string> names;
      for (const schema::Table& table : s.context.schema->tables) names.push_back(table.name);
      const std::string nearest = name.size() < 4 ? "" : NearestName(AsciiLower(name), names);
      if (!nearest.empty()) found = s.context.schema->FindTable("", nearest);
      risky = true;
    }
    if (found < 0) continue;
    const ByteRange range = s.tree.NameRange(item);
    std::string text = schema::QualifiedName(*s.context.schema, found);
    // Columns may be qualified by the name as written: keep it as the alias.
    if (s.tree.Child(item, RangeVarSlots::kAlias) == kNoNode &&
        PlainName(name) != s.context.schema->tables[found].name) {
      text += " AS " + schema::QuoteIdentifier(name);
    }
    edits->Replace(range.begin, range.end, text, risky ? "nearest-table" : "table-spelling", risky);
  }
}

}  // namespace toomai::engine::mend
