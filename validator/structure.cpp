#include "validator/structure.h"

#include <string>

namespace toomai::validator {

bool CheckStructure(const Tree& tree, bool allow_parameters, RuleSet disabled, Finding* finding) {
  if (!tree.needs_structure_check()) return true;
  const auto report = [&](Rule rule, NodeId id, std::string message, std::string hint) {
    if (disabled.Has(rule)) return true;
    const ByteRange range = tree.Range(id);
    *finding = Finding{std::string(RuleId(rule)), range.begin, range.end, std::move(message), std::move(hint), {}, {}};
    return false;
  };
  for (NodeId id = 0; id < tree.size(); ++id) {
    switch (tree[id].kind) {
      case NodeKind::kInto:
        if (!report(Rule::kSelectInto, id, "SELECT INTO creates a table",
                    "Leave out INTO; the rows come back as the answer."))
          return false;
        break;
      case NodeKind::kLocking:
        if (!report(Rule::kRowLocking, id, "FOR UPDATE and FOR SHARE lock rows",
                    "Leave the clause out; reading needs no lock."))
          return false;
        break;
      case NodeKind::kParameter:
        if (!allow_parameters &&
            !report(Rule::kParameter, id, "the parameter $" + std::string(tree.LiteralValue(id)) + " has no value",
                    "Write the value itself, or give values along with the statement.")) {
          return false;
        }
        break;
      default:
        break;
    }
  }
  return true;
}

}  // namespace toomai::validator
