#include "validator/dump.h"

#include <iterator>
#include <utility>
#include <vector>

#include "validator/parser.h"
#include "validator/validator.h"

namespace toomai::validator {
namespace {

// In the order of NodeKind.
constexpr std::string_view kKindNames[] = {
    "Query",       "Select",       "Values",       "TableCommand",  "SetOperation",  "With",          "Cte",
    "CteSearch",   "CteCycle",     "Distinct",     "Target",        "Into",          "GroupBy",       "GroupingSet",
    "SortBy",      "Limit",        "Offset",       "Locking",       "List",          "Name",          "RangeVar",
    "Alias",       "ColumnDef",    "TableSample",  "RangeFunction", "FunctionItem",  "RangeSubquery", "Join",
    "XmlTable",    "XmlNamespace", "XmlColumn",    "JsonTable",     "JsonColumn",    "ColumnRef",     "Literal",
    "Parameter",   "Indirection",  "Field",        "FieldStar",     "Subscript",     "Slice",         "Unary",
    "Binary",      "And",          "Or",           "Not",           "IsTest",        "IsJson",        "IsDistinct",
    "Like",        "Between",      "In",           "Quantified",    "Overlaps",      "AtTimeZone",    "Collate",
    "Cast",        "Type",         "Case",         "When",          "Array",         "ArrayQuery",    "Row",
    "Subquery",    "Exists",       "FunctionCall", "NamedArgument", "SpecialCall",   "Grouping",      "Window",
    "WindowName",  "Frame",        "FrameBound",   "JsonValue",     "JsonReturning", "JsonPair",      "JsonPassing",
    "JsonBehavior"};
static_assert(std::size(kKindNames) == static_cast<std::size_t>(NodeKind::kJsonBehavior) + 1);

}  // namespace

std::string_view KindName(NodeKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::string DumpTree(const Tree& tree) {
  std::string out;
  std::vector<std::pair<NodeId, int>> stack = {{tree.root(), 0}};
  while (!stack.empty()) {
    const auto [id, depth] = stack.back();
    stack.pop_back();
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
    if (id == kNoNode) {
      out += "-\n";
      continue;
    }
    const Node& node = tree[id];
    out += KindName(node.kind);
    for (std::size_t i = 0; i < tree.NameCount(id); ++i) {
      out += i == 0 ? " " : ".";
      out += tree.Name(id, i);
    }
    if (node.kind == NodeKind::kLiteral || node.kind == NodeKind::kParameter)
      out.append(" `").append(tree.LiteralValue(id)).append("`");
    if (node.kind == NodeKind::kSpecialCall)
      out.append(" ").append(SpecialFunctionName(OpOf<SpecialFunction>(node)));
    else if (node.op != 0)
      out += " op=" + std::to_string(node.op);
    if (node.flags != 0) out += " flags=" + std::to_string(node.flags);
    out += '\n';
    const auto children = tree.Children(id);
    for (std::size_t i = children.size(); i-- > 0;) stack.emplace_back(children[i], depth + 1);
  }
  return out;
}

std::string DumpTree(std::string_view sql, const Policy& policy) {
  Tree tree;
  ParseError error;
  ParseOptions options;
  options.limits = policy.limits;
  options.postgres_version = 18;
  if (!Parse(sql, options, &tree, &error)) return RenderForModel(error.finding, sql) + "\n";
  return DumpTree(tree);
}

}  // namespace toomai::validator
