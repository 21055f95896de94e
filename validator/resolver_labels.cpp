// What output columns are called.
#include "validator/resolver.h"

namespace toomai::validator {

std::string_view Resolver::TargetName(NodeId target) const {
  if (tree_.NameCount(target) > 0) return Name(target, 0);
  int strength = 0;
  const std::string_view name = OutputName(tree_.Child(target, 0), &strength);
  return name.empty() ? std::string_view("?column?") : name;
}

// What PostgreSQL calls an output column without AS (FigureColnameInternal). strength: 0 none, 1 from a type, 2
// certain.
std::string_view Resolver::OutputName(NodeId id, int* strength) const {
  const Node& node = tree_[id];
  const auto certain = [&](std::string_view name) {
    *strength = 2;
    return name;
  };
  *strength = 0;
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return certain(tree_.LastName(id));
    case NodeKind::kFunctionCall:
      return certain(tree_.LastName(id));
    case NodeKind::kIndirection: {
      const auto parts = tree_.Children(id);
      for (std::size_t i = parts.size(); i-- > 1;) {
        if (tree_[parts[i]].kind == NodeKind::kField) return certain(Name(parts[i], 0));
      }
      return OutputName(parts[0], strength);
    }
    case NodeKind::kSpecialCall:
      if (OpOf<SpecialFunction>(node) == SpecialFunction::kTreat) return {};
      return certain(SpecialFunctionName(OpOf<SpecialFunction>(node)));
    case NodeKind::kCast: {
      const std::string_view name = OutputName(tree_.Child(id, 0), strength);
      if (*strength > 1) return name;
      const NodeId type = tree_.Child(id, 1);
      *strength = 1;
      const BuiltinType builtin = OpOf<BuiltinType>(tree_[type]);
      return builtin == BuiltinType::kNamed ? tree_.LastName(type) : BuiltinTypeName(builtin);
    }
    case NodeKind::kCollate:
      return OutputName(tree_.Child(id, 0), strength);
    case NodeKind::kAtTimeZone:
      return certain("timezone");
    case NodeKind::kOverlaps:
      return certain("overlaps");
    case NodeKind::kIsTest:
      return OpOf<IsOp>(node) >= IsOp::kNormalized && !tree_.Has(id, kNegated) ? certain("is_normalized")
                                                                               : std::string_view();
    case NodeKind::kGrouping:
      return certain("grouping");
    case NodeKind::kExists:
      return certain("exists");
    case NodeKind::kArray:
    case NodeKind::kArrayQuery:
      return certain("array");
    case NodeKind::kRow:
      return certain("row");
    case NodeKind::kCase: {
      const NodeId otherwise = tree_.Child(id, CaseSlots::kElse);
      const std::string_view name = otherwise == kNoNode ? std::string_view() : OutputName(otherwise, strength);
      if (*strength > 1) return name;
      *strength = 1;
      return "case";
    }
    case NodeKind::kSubquery: {
      const Relation& relation = state_.relations[state_.resolved[id].relation];
      return relation.count == 0 ? std::string_view() : certain(state_.columns[relation.first].name);
    }
    default:
      return {};
  }
}

}  // namespace toomai::validator
