// Types of expressions, as far as mending needs them, and which calls are aggregates.
#include <algorithm>

#include "engine/mend_scope.h"
#include "validator/walker.h"

namespace toomai::engine {

using namespace validator;
using schema::TypeClass;

namespace {

Type TypeByName(std::string_view name) {
  struct Row {
    std::string_view name;
    TypeClass type;
  };
  static constexpr Row kRows[] = {
      {"int2", TypeClass::kInteger},     {"int4", TypeClass::kInteger},        {"int8", TypeClass::kInteger},
      {"integer", TypeClass::kInteger},  {"bigint", TypeClass::kInteger},      {"int", TypeClass::kInteger},
      {"smallint", TypeClass::kInteger}, {"numeric", TypeClass::kNumeric},     {"float4", TypeClass::kFloat},
      {"float8", TypeClass::kFloat},     {"text", TypeClass::kText},           {"varchar", TypeClass::kText},
      {"bpchar", TypeClass::kText},      {"name", TypeClass::kText},           {"bool", TypeClass::kBoolean},
      {"date", TypeClass::kDate},        {"timestamp", TypeClass::kTimestamp}, {"timestamptz", TypeClass::kTimestamp},
      {"time", TypeClass::kTime},        {"interval", TypeClass::kInterval}};
  for (const Row& row : kRows) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

bool OneOf(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Type Arithmetic(Type a, Type b) {
  if (!a || !b) return a ? a : b;
  if (*a == TypeClass::kFloat || *b == TypeClass::kFloat) return TypeClass::kFloat;
  if (*a == TypeClass::kNumeric || *b == TypeClass::kNumeric) return TypeClass::kNumeric;
  if (*a == *b) return *a == TypeClass::kDate || *a == TypeClass::kTimestamp ? Type(std::nullopt) : a;
  return std::nullopt;
}

}  // namespace

bool IsAggregateName(std::string_view name) {
  return OneOf(name, {"count",
                      "sum",
                      "avg",
                      "min",
                      "max",
                      "string_agg",
                      "array_agg",
                      "bool_and",
                      "bool_or",
                      "every",
                      "json_agg",
                      "jsonb_agg",
                      "stddev",
                      "stddev_pop",
                      "stddev_samp",
                      "variance",
                      "var_pop",
                      "var_samp",
                      "percentile_cont",
                      "percentile_disc",
                      "mode",
                      "corr",
                      "regr_slope",
                      "any_value",
                      "group_concat",
                      "total"});
}

bool IsAggregate(const Tree& tree, NodeId node) {
  return tree[node].kind == NodeKind::kFunctionCall && IsAggregateName(tree.LastName(node)) &&
         tree.Child(node, FunctionCallSlots::kOver) == kNoNode;
}

bool HasAggregate(const Tree& tree, NodeId node) {
  bool found = false;
  Walk(tree, node, [&](NodeId id) {
    if (tree[id].kind == NodeKind::kQuery) return false;
    found = found || IsAggregate(tree, id);
    return !found;
  });
  return found;
}

Type StatementScopes::CallType(NodeId call) const {
  const std::string_view name = tree_.LastName(call);
  const NodeId list = tree_.Child(call, FunctionCallSlots::kArguments);
  const auto arguments = list == kNoNode ? std::span<const NodeId>() : tree_.Children(list);
  const Type first = arguments.empty() ? Type() : TypeOf(arguments[0]);
  if (OneOf(name, {"count", "length", "char_length", "strpos", "ascii", "sign", "row_number", "rank", "dense_rank",
                   "ntile"})) {
    return TypeClass::kInteger;
  }
  if (OneOf(name, {"min", "max", "abs", "lag", "lead", "first_value", "last_value", "any_value", "mode"})) return first;
  if (name == "sum")
    return first == Type(TypeClass::kFloat) ? first : first == Type(TypeClass::kInteger) ? first : first;
  if (OneOf(name, {"avg", "stddev", "variance", "round", "trunc", "ceil", "floor", "ceiling", "mod"})) {
    if (first == Type(TypeClass::kFloat)) return first;
    return name == "mod" ? first : Type(TypeClass::kNumeric);
  }
  if (OneOf(name, {"lower", "upper", "substr",     "concat",     "trim",    "replace", "to_char",
                   "left",  "right", "string_agg", "initcap",    "lpad",    "rpad",    "ltrim",
                   "rtrim", "btrim", "concat_ws",  "split_part", "reverse", "format",  "regexp_replace"})) {
    return TypeClass::kText;
  }
  if (OneOf(name, {"now", "date_trunc", "to_timestamp", "make_timestamp", "clock_timestamp", "timezone"}))
    return TypeClass::kTimestamp;
  if (OneOf(name, {"date", "to_date", "make_date"})) return TypeClass::kDate;
  if (OneOf(name, {"date_part", "percentile_cont", "sqrt", "power", "exp", "ln", "random", "pi", "log"}))
    return TypeClass::kFloat;
  if (OneOf(name, {"bool_and", "bool_or", "every", "starts_with"})) return TypeClass::kBoolean;
  if (name == "age" || name == "justify_interval") return TypeClass::kInterval;
  if (name == "to_number") return TypeClass::kNumeric;
  return std::nullopt;
}

Type StatementScopes::TypeOf(NodeId node) const {
  if (node == kNoNode) return std::nullopt;
  const Node& info = tree_[node];
  switch (info.kind) {
    case NodeKind::kColumnRef: {
      const RefInfo* ref = Ref(node);
      const OutputInfo* column = ref ? ColumnOf(*ref) : nullptr;
      return column ? column->type : std::nullopt;
    }
    case NodeKind::kLiteral:
      switch (OpOf<LiteralOp>(info)) {
        case LiteralOp::kInteger:
          return TypeClass::kInteger;
        case LiteralOp::kNumeric:
          return TypeClass::kNumeric;
        case LiteralOp::kTrue:
        case LiteralOp::kFalse:
          return TypeClass::kBoolean;
        default:
          return std::nullopt;
      }
    case NodeKind::kCast: {
      const NodeId type = tree_.Children(node)[1];
      if (tree_.Has(type, kArrayFlag)) return TypeClass::kArray;
      const std::string_view builtin = BuiltinTypeName(OpOf<BuiltinType>(tree_[type]));
      return TypeByName(!builtin.empty() ? builtin : tree_.NameCount(type) ? tree_.LastName(type) : std::string_view());
    }
    case NodeKind::kUnary:
      return TypeOf(tree_.Children(node)[0]);
    case NodeKind::kBinary: {
      const std::string_view op = tree_.LastName(node);
      if (OneOf(op, {"=", "<>", "<", ">", "<=", ">=", "~", "~*", "!~", "!~*", "@>", "<@"})) return TypeClass::kBoolean;
      if (op == "||" || op == "->>" || op == "#>>") return TypeClass::kText;
      const Type left = TypeOf(tree_.Children(node)[0]), right = TypeOf(tree_.Children(node)[1]);
      if (OneOf(op, {"+", "-", "*", "/", "%", "^"})) {
        if (op == "-" && left == Type(TypeClass::kDate) && right == left) return TypeClass::kInteger;
        return Arithmetic(left, right);
      }
      return std::nullopt;
    }
    case NodeKind::kAnd:
    case NodeKind::kOr:
    case NodeKind::kNot:
    case NodeKind::kIsTest:
    case NodeKind::kIsDistinct:
    case NodeKind::kLike:
    case NodeKind::kBetween:
    case NodeKind::kIn:
    case NodeKind::kQuantified:
    case NodeKind::kExists:
    case NodeKind::kOverlaps:
    case NodeKind::kIsJson:
      return TypeClass::kBoolean;
    case NodeKind::kCase: {
      const NodeId whens = tree_.Child(node, CaseSlots::kWhens);
      for (NodeId when : tree_.Children(whens)) {
        if (Type type = TypeOf(tree_.Children(when)[1])) return type;
      }
      return TypeOf(tree_.Child(node, CaseSlots::kElse));
    }
    case NodeKind::kSubquery: {
      const auto* outputs = OutputsOf(tree_.Children(node)[0]);
      return outputs && !outputs->empty() ? outputs->front().type : std::nullopt;
    }
    case NodeKind::kFunctionCall:
      return CallType(node);
    case NodeKind::kSpecialCall: {
      const NodeId list = tree_.Child(node, SpecialCallSlots::kArguments);
      switch (OpOf<SpecialFunction>(info)) {
        case SpecialFunction::kCoalesce:
        case SpecialFunction::kGreatest:
        case SpecialFunction::kLeast:
        case SpecialFunction::kNullif:
          for (NodeId argument : tree_.Children(list)) {
            if (Type type = TypeOf(argument)) return type;
          }
          return std::nullopt;
        case SpecialFunction::kExtract:
          return TypeClass::kNumeric;
        case SpecialFunction::kPosition:
          return TypeClass::kInteger;
        case SpecialFunction::kSubstring:
        case SpecialFunction::kSubstringCall:
        case SpecialFunction::kTrimBoth:
        case SpecialFunction::kTrimLeading:
        case SpecialFunction::kTrimTrailing:
        case SpecialFunction::kOverlay:
          return TypeClass::kText;
        case SpecialFunction::kCurrentDate:
          return TypeClass::kDate;
        case SpecialFunction::kCurrentTimestamp:
        case SpecialFunction::kLocaltimestamp:
          return TypeClass::kTimestamp;
        default:
          return std::nullopt;
      }
    }
    case NodeKind::kCollate:
      return TypeOf(tree_.Children(node)[0]);
    case NodeKind::kAtTimeZone:
      return TypeClass::kTimestamp;
    default:
      return std::nullopt;
  }
}

}  // namespace toomai::engine
