// Small texts that make much work: limits on constants given to functions that multiply. What is computed from data
// stays the business of the server's own limits.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr double kBytesPerElement = 16;  // of an array in memory, roughly
constexpr double kLongValue = 1000;      // bytes; two shorter ones make no work to speak of

// What these give is about as long as their first argument.
bool KeepsLength(std::string_view name) {
  for (const std::string_view one : {"upper", "lower", "initcap", "reverse", "btrim", "ltrim", "rtrim", "concat",
                                     "replace", "translate", "regexp_replace", "text"}) {
    if (name == one) return true;
  }
  return false;
}

std::string Digits(double value) {
  std::string text = std::to_string(value);
  return text.substr(0, text.find('.'));
}

}  // namespace

bool Resolver::ConstantOf(NodeId id, double* value) const {
  const Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::kLiteral: {
      const LiteralOp op = OpOf<LiteralOp>(node);
      if (op != LiteralOp::kInteger && op != LiteralOp::kNumeric && op != LiteralOp::kString) return false;
      const std::string text(tree_.LiteralValue(id).substr(0, 400));
      char* end = nullptr;
      *value = std::strtod(text.c_str(), &end);
      return end != text.c_str() && std::isfinite(*value);
    }
    case NodeKind::kNamedArgument:
    case NodeKind::kCast:
      return ConstantOf(tree_.Child(id, 0), value);
    case NodeKind::kUnary:
      if (!ConstantOf(tree_.Child(id, 0), value)) return false;
      if (Name(id, 0) == "-") *value = -*value;
      return true;
    case NodeKind::kBinary: {
      double left = 0, right = 0;
      if (!ConstantOf(tree_.Child(id, 0), &left) || !ConstantOf(tree_.Child(id, 1), &right)) return false;
      const std::string_view op = tree_.LastName(id);
      if (op == "+")
        *value = left + right;
      else if (op == "-")
        *value = left - right;
      else if (op == "*")
        *value = left * right;
      else if (op == "^")
        *value = std::pow(left, right);
      else if (op == "/" && right != 0)
        *value = left / right;
      else if (op == "<<")
        *value = left * std::pow(2, right);
      else
        return false;
      return !std::isnan(*value);
    }
    case NodeKind::kFunctionCall: {
      const std::string_view name = tree_.LastName(id);
      const NodeId arguments = tree_.Child(id, FunctionCallSlots::kArguments);
      double left = 0, right = 0;
      if ((name != "power" && name != "pow") || arguments == kNoNode || tree_[arguments].child_count != 2) return false;
      if (!ConstantOf(tree_.Child(arguments, 0), &left) || !ConstantOf(tree_.Child(arguments, 1), &right)) return false;
      *value = std::pow(left, right);
      return !std::isnan(*value);
    }
    default:
      return false;
  }
}

// The expression that makes the values of a column, through queries that pass it on; kNoNode for what tables hold.
NodeId Resolver::MadeBy(ColumnSource source) const {
  while (source.relation != kNoRelation && source.column < state_.relations[source.relation].count) {
    const Column& column = state_.columns[state_.relations[source.relation].first + source.column];
    if (!column.plain) return column.expression;
    source = column.source;
  }
  return kNoNode;
}

// The length of a value that is made of constants, here or in the column that is named.
bool Resolver::LengthOf(NodeId id, double* bytes) const {
  const Node& node = tree_[id];
  if (node.kind == NodeKind::kColumnRef || node.kind == NodeKind::kSubquery) {
    const NodeId made = MadeBy(state_.resolved[id]);
    return made != kNoNode && tree_[made].kind == NodeKind::kFunctionCall && LengthOf(made, bytes);
  }
  if (node.kind == NodeKind::kLiteral) {
    *bytes = static_cast<double>(tree_.LiteralValue(id).size());
    return true;
  }
  if (node.kind == NodeKind::kCast || node.kind == NodeKind::kNamedArgument) return LengthOf(tree_.Child(id, 0), bytes);
  if (node.kind == NodeKind::kBinary && tree_.LastName(id) == "||") {
    double left = 0, right = 0;
    if (!LengthOf(tree_.Child(id, 0), &left) || !LengthOf(tree_.Child(id, 1), &right)) return false;
    *bytes = left + right;
    return true;
  }
  if (node.kind != NodeKind::kFunctionCall) return false;
  const std::string_view name = tree_.LastName(id);
  const NodeId arguments = tree_.Child(id, FunctionCallSlots::kArguments);
  if (arguments == kNoNode) return false;
  if (KeepsLength(name)) return LengthOf(tree_.Child(arguments, 0), bytes);
  if (tree_[arguments].child_count < 2) return false;
  if (name == "array_fill") {
    *bytes = kBytesPerElement * FilledElements(arguments);
    return true;
  }
  double count = 0, length = 1;
  if (!ConstantOf(tree_.Child(arguments, 1), &count)) return false;
  if (name == "lpad" || name == "rpad") {
    *bytes = count;
    return true;
  }
  if (name != "repeat") return false;
  if (!LengthOf(tree_.Child(arguments, 0), &length)) length = 1;
  *bytes = length * std::max(0.0, count);
  return true;
}

double Resolver::FilledElements(NodeId arguments) const {
  const NodeId dimensions = tree_.Child(arguments, 1);
  double elements = 1;
  if (tree_[dimensions].kind != NodeKind::kArray) return elements;
  for (const NodeId dimension : tree_.Children(dimensions)) {
    double length = 1;
    if (ConstantOf(dimension, &length)) elements *= std::max(1.0, length);
  }
  return elements;
}

// A call or an operator that compares each piece of one long value with each of another (btrim, translate, &&) does not
// stop for a timeout: what it does is limited like the bytes that one call may make.
bool Resolver::WorkRule(NodeId id) {
  const Node& node = tree_[id];
  const bool is_call = node.kind == NodeKind::kFunctionCall;
  if (!is_call && node.kind != NodeKind::kBinary && node.kind != NodeKind::kLike) return true;
  if (!is_call && tree_.NameCount(id) > 0 && tree_.LastName(id) == "||") return true;  // adds, and does not multiply
  double work = 1, bytes = 0;
  const NodeId arguments = is_call ? tree_.Child(id, FunctionCallSlots::kArguments) : id;
  if (arguments == kNoNode) return true;
  int operands = 0;
  for (const NodeId operand : tree_.Children(arguments)) {
    if (operand == kNoNode || !LengthOf(operand, &bytes) || bytes <= 1) continue;
    work *= bytes;
    ++operands;
  }
  const std::int64_t most = checker_.policy().limits.repeat_bytes;
  if (operands < 2 || work <= static_cast<double>(most)) return true;
  return Report(Rule::kGeneratedBytes, tree_.Range(id),
                "this would work on generated values " + Digits(work) + " times",
                "The limit is " + std::to_string(most) + ".", {}, "54000");
}

// The widest field of format('%10s', …) or format('%*s', 10, …).
bool Resolver::FormatWidth(NodeId arguments, double* width) const {
  const NodeId pattern = tree_.Child(arguments, 0);
  *width = 0;
  double value = 0;
  for (const NodeId argument : tree_.Children(arguments)) {
    if (argument == pattern || tree_[argument].kind != NodeKind::kLiteral ||
        OpOf<LiteralOp>(tree_[argument]) == LiteralOp::kString)
      continue;
    if (ConstantOf(argument, &value)) *width = std::max(*width, std::fabs(value));
  }
  if (tree_[pattern].kind != NodeKind::kLiteral) return true;
  const std::string_view text = tree_.LiteralValue(pattern);
  if (text.find('*') == std::string_view::npos) *width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    double digits = 0;
    for (++i; i < text.size() && text[i] != '%' && text[i] != 's' && text[i] != 'I' && text[i] != 'L'; ++i) {
      if (text[i] >= '0' && text[i] <= '9')
        digits = std::min(digits * 10 + (text[i] - '0'), 1e15);
      else if (text[i] == '$')
        digits = 0;
    }
    *width = std::max(*width, digits);
  }
  return true;
}

bool Resolver::GeneratedSeries(NodeId call, double* rows) const {
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  double from = 0, to = 0, step = 1;
  if (arguments == kNoNode || tree_[arguments].child_count < 2) return false;
  const auto is_number = [&](NodeId id) { return tree_[id].kind != NodeKind::kCast; };  // dates count days, not numbers
  if (!is_number(tree_.Child(arguments, 0)) || !ConstantOf(tree_.Child(arguments, 0), &from)) return false;
  if (!ConstantOf(tree_.Child(arguments, 1), &to)) return false;
  if (tree_[arguments].child_count > 2 && !ConstantOf(tree_.Child(arguments, 2), &step)) return false;
  if (step == 0) return false;
  *rows = std::max(0.0, std::floor((to - from) / step) + 1);
  return true;
}

bool Resolver::AmplifierRule(NodeId call, std::string_view name) {
  if (tree_[call].kind != NodeKind::kFunctionCall) return true;
  const Limits& limits = checker_.policy().limits;
  const auto too_long = [&](double bytes) {
    return Report(Rule::kGeneratedBytes, tree_.Range(call),
                  std::string(name) + " would make a value of " + Digits(bytes) + " bytes",
                  "The limit is " + std::to_string(limits.repeat_bytes) + ".", {}, "54000");
  };
  switch (name.size()) {
    case 4:
      if (name != "lpad" && name != "rpad") return true;
      break;
    case 6:
      if (name != "repeat" && name != "format") return true;
      break;
    case 10:
      if (name != "array_fill") return true;
      break;
    case 15:
      if (name != "generate_series") return true;
      break;
    default:
      return true;
  }
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  if (arguments == kNoNode) return true;
  double size = 0;
  if (name == "generate_series") {
    if (!GeneratedSeries(call, &size) || size <= static_cast<double>(limits.generated_rows)) return true;
    return Report(Rule::kGeneratedRows, tree_.Range(call), "generate_series would make " + Digits(size) + " rows",
                  "The limit is " + std::to_string(limits.generated_rows) + ".", {}, "54000");
  }
  if (name == "array_fill") {
    if (tree_[arguments].child_count < 2) return true;
    size = kBytesPerElement * FilledElements(arguments);
  } else if (name == "format") {
    FormatWidth(arguments, &size);
  } else if (!LengthOf(call, &size)) {
    return true;
  }
  makes_long_values_ = makes_long_values_ || size > kLongValue;
  return size <= static_cast<double>(limits.repeat_bytes) || too_long(size);
}

double Resolver::CrossProduct(NodeId item) const {
  if (tree_[item].kind == NodeKind::kJoin) {
    const NodeId on = tree_.Child(item, JoinSlots::kOn);
    const bool cross =
        OpOf<JoinType>(tree_[item]) == JoinType::kCross || (on != kNoNode && tree_[on].kind == NodeKind::kLiteral);
    const double left = CrossProduct(tree_.Child(item, JoinSlots::kLeft)),
                 right = CrossProduct(tree_.Child(item, JoinSlots::kRight));
    return cross ? left * right : std::max(left, right);
  }
  if (tree_[item].kind != NodeKind::kRangeFunction) return 1;
  const NodeId functions = tree_.Child(item, RangeFunctionSlots::kFunctions);
  double most = 1, rows = 0;
  for (const NodeId function : tree_.Children(functions)) {
    const NodeId call = tree_.Child(function, FunctionItemSlots::kCall);
    if (tree_[call].kind != NodeKind::kFunctionCall || tree_.LastName(call) != "generate_series") continue;
    if (GeneratedSeries(call, &rows)) most = std::max(most, rows);
  }
  return most;
}

// generate_series(1, 100000) a, generate_series(1, 100000) b
bool Resolver::GeneratedRows(NodeId from_list) {
  double rows = 1;
  for (const NodeId item : tree_.Children(from_list)) {
    const NodeKind kind = tree_[item].kind;
    if (kind == NodeKind::kRangeFunction || kind == NodeKind::kJoin) rows *= CrossProduct(item);
  }
  if (rows <= static_cast<double>(checker_.policy().limits.generated_rows)) return true;
  return Report(Rule::kGeneratedRows, tree_.Range(from_list), "these series together make " + Digits(rows) + " rows",
                "The limit is " + std::to_string(checker_.policy().limits.generated_rows) + ".", {}, "54000");
}

bool Resolver::IsAggregating(NodeId query) const {
  if (tree_.Child(query, QuerySlots::kOrderBy) != kNoNode) return true;
  const NodeId body = tree_.Child(query, QuerySlots::kBody);
  if (tree_[body].kind != NodeKind::kSelect) return true;
  for (const auto slot : {SelectSlots::kGroupBy, SelectSlots::kHaving, SelectSlots::kDistinct, SelectSlots::kWhere}) {
    if (tree_.Child(body, slot) != kNoNode) return true;
  }
  const NodeId targets = tree_.Child(body, SelectSlots::kTargets);
  if (targets == kNoNode) return false;
  for (const NodeId target : tree_.Children(targets)) {
    const NodeId expression = tree_.Child(target, 0);
    FunctionInfo info{};
    if (tree_[expression].kind == NodeKind::kFunctionCall && FindBuiltinFunction(tree_.LastName(expression), &info) &&
        info.is_aggregate)
      return true;
  }
  return false;
}

// WITH RECURSIVE c AS (… UNION ALL SELECT n + 1 FROM c): nothing in it ends it, so only a LIMIT outside could.
bool Resolver::CheckRecursion(std::uint32_t cte, const Scope& scope) {
  const NodeId query = tree_.Child(state_.ctes[cte].node, CteSlots::kQuery);
  const NodeId body = tree_.Child(query, QuerySlots::kBody);
  if (tree_[body].kind != NodeKind::kSetOperation || !tree_.Has(body, kAll) ||
      tree_.Child(query, QuerySlots::kLimit) != kNoNode)
    return true;
  if (tree_.Child(state_.ctes[cte].node, CteSlots::kCycle) != kNoNode) return true;
  NodeId step = tree_.Child(body, SetOperationSlots::kRight);
  if (tree_[step].kind == NodeKind::kQuery && tree_.Child(step, QuerySlots::kLimit) == kNoNode)
    step = tree_.Child(step, QuerySlots::kBody);  // in parentheses
  if (tree_[step].kind != NodeKind::kSelect) return true;
  for (const auto slot : {SelectSlots::kWhere, SelectSlots::kGroupBy, SelectSlots::kHaving, SelectSlots::kDistinct}) {
    if (tree_.Child(step, slot) != kNoNode) return true;
  }
  const NodeId from = tree_.Child(step, SelectSlots::kFrom);
  if (from == kNoNode || tree_[from].child_count != 1 || tree_[tree_.Child(from, 0)].kind != NodeKind::kRangeVar)
    return true;
  const bool limited = tree_.Child(scope.query, QuerySlots::kLimit) != kNoNode ||
                       (scope.query == tree_.root() && checker_.policy().max_rows >= 0);
  if (limited && !IsAggregating(scope.query)) return true;
  return Report(Rule::kUnboundedRecursion, tree_.Range(step),
                "nothing ends the recursion of " + std::string(state_.ctes[cte].name),
                "Add a WHERE to its second part, such as WHERE n < 100.", {}, "54000");
}

}  // namespace toomai::validator
