// Small texts that make much work: limits on constants given to functions that multiply. What is computed from data
// stays the business of the server's own limits.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <string>

#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr double kBytesPerElement = 16;  // of an array in memory, roughly
constexpr double kLongValue = 1000;      // bytes; two shorter ones make no work to speak of

// So many nodes are looked at to tell how long one value is; whatever is more is taken for a long value.
constexpr int kMostLooks = 1'000;

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// They work through one value for each piece of another, and look neither at a timeout nor at a cancel meanwhile.
bool WorksPieceByPiece(std::string_view name) {
  return IsOneOf(name, {"btrim",
                        "ltrim",
                        "rtrim",
                        "translate",
                        "replace",
                        "strpos",
                        "position",
                        "split_part",
                        "string_to_array",
                        "string_to_table",
                        "power",
                        "pow",
                        "mod",
                        "div",
                        "gcd",
                        "lcm",
                        "&&",
                        "@>",
                        "<@",
                        "*",
                        "/",
                        "%",
                        "^"});
}

// What these give is about as long as what they are given.
bool KeepsLength(std::string_view name) {
  return IsOneOf(name, {"upper", "lower", "initcap", "reverse", "btrim", "ltrim", "rtrim", "concat", "replace",
                        "translate", "regexp_replace", "text", "format"});
}

// Many rows become one value.
bool Collects(std::string_view name) {
  return IsOneOf(name,
                 {"string_agg", "array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg"});
}

bool Amplifies(std::string_view name) {
  switch (name.size()) {
    case 4:
    case 6:
    case 8:
    case 9:
    case 10:
    case 15:
    case 16:
      return Collects(name) || IsOneOf(name, {"lpad", "rpad", "repeat", "format", "array_fill", "generate_series"});
    default:
      return false;
  }
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

// The longest value that the statement itself makes here. What a table holds counts as nothing: it is the business of
// those who filled it, and of the server's limits.
Resolver::Length Resolver::LengthOf(NodeId id) {
  if (++length_looks_ > kMostLooks) return Length::Of(AnyLength().most);
  const Node& node = tree_[id];
  switch (node.kind) {
    case NodeKind::kLiteral:
      if (OpOf<LiteralOp>(node) != LiteralOp::kString) return {};
      return Length::Of(static_cast<double>(tree_.LiteralValue(id).size()));
    case NodeKind::kColumnRef:
      return LengthOf(state_.resolved[id]);
    case NodeKind::kSubquery:
      return state_.resolved[id].relation == kNoRelation ? AnyLength() : LengthOf(state_.resolved[id]);
    case NodeKind::kArrayQuery:
      return collected_counts_ ? AnyLength() : Length{};
    case NodeKind::kExists:
    case NodeKind::kType:
    case NodeKind::kQuery:
    case NodeKind::kWindow:
      return {};
    case NodeKind::kFunctionCall:
      return LengthOfCall(id);
    case NodeKind::kCast:
    case NodeKind::kNamedArgument:
    case NodeKind::kCollate:
    case NodeKind::kList:
      return LengthOfParts(id);
    default: {
      const bool joins = node.kind == NodeKind::kBinary && tree_.LastName(id) == "||";
      const Length length = LengthOfParts(id);
      return {joins ? length.least : 0, length.most};
    }
  }
}

Resolver::Length Resolver::AnyLength() const {
  return {0, std::max(1e6, static_cast<double>(checker_.policy().limits.repeat_bytes))};
}

Resolver::Length Resolver::LengthOfParts(NodeId id) {
  Length all;
  if (id == kNoNode) return all;
  for (const NodeId part : tree_.Children(id)) {
    if (part == kNoNode) continue;
    const Length one = LengthOf(part);
    all = {all.least + one.least, all.most + one.most};
  }
  return all;
}

Resolver::Length Resolver::LengthOfCall(NodeId call) {
  const std::string_view name = tree_.LastName(call);
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  if (arguments == kNoNode || name == "generate_series") return {};
  if (Collects(name)) return collected_counts_ ? AnyLength() : LengthOfParts(arguments);
  Length length = LengthOfParts(arguments);
  if (!KeepsLength(name)) length.least = 0;
  double size = 0;
  if (name == "format") {
    FormatWidth(arguments, &size);
    return {std::max(length.least, size), std::max(length.most, size)};
  }
  if (tree_[arguments].child_count < 2) return length;
  if (name == "array_fill") {
    const bool counted = FilledElements(arguments, &size);
    size *= kBytesPerElement;
    return {size, counted ? size : std::max(size, AnyLength().most)};
  }
  const bool counted = ConstantOf(tree_.Child(arguments, 1), &size);
  if (name == "lpad" || name == "rpad") return counted ? Length::Of(size) : AnyLength();
  if (name == "repeat") {
    if (!counted) return AnyLength();
    const Length piece = LengthOf(tree_.Child(arguments, 0));
    size = std::max(0.0, size);
    return {std::max(1.0, piece.least) * size, std::max(1.0, piece.most) * size};
  }
  if ((name == "left" || name == "right") && counted) length.most = std::min(length.most, std::fabs(size));
  return length;
}

// Of a column, through queries that pass it on.
Resolver::Length Resolver::LengthOf(ColumnSource source) {
  while (source.relation != kNoRelation) {
    const Relation& relation = state_.relations[source.relation];
    if (relation.kind == Relation::Kind::kTable || relation.kind == Relation::Kind::kOpen) return {};
    if (source.column >= relation.count) return {};
    const Column& column = state_.columns[relation.first + source.column];
    if (column.plain) {
      source = column.source;
    } else if (column.expression != kNoNode && tree_[column.expression].kind != NodeKind::kType) {
      return LengthOf(column.expression);
    } else {
      return AnyLength();  // of several queries, of a recursion, of a document
    }
  }
  return {};
}

bool Resolver::FilledElements(NodeId arguments, double* elements) const {
  const NodeId dimensions = tree_.Child(arguments, 1);
  *elements = 1;
  bool counted = true;
  if (tree_[dimensions].kind != NodeKind::kArray) return false;
  for (const NodeId dimension : tree_.Children(dimensions)) {
    double length = 1;
    counted = ConstantOf(dimension, &length) && counted;
    *elements *= std::max(1.0, length);
  }
  return counted;
}

// A call or an operator that works piece by piece on two long values of the statement's own making does not stop for a
// timeout: what it does is limited like the bytes that one call may make.
bool Resolver::WorkRule(NodeId id) {
  const NodeKind kind = tree_[id].kind;
  NodeId operands = id;
  if (kind == NodeKind::kFunctionCall || kind == NodeKind::kBinary) {
    if (tree_.NameCount(id) == 0 || !WorksPieceByPiece(tree_.LastName(id))) return true;
    if (kind == NodeKind::kFunctionCall) operands = tree_.Child(id, FunctionCallSlots::kArguments);
  } else if (kind == NodeKind::kSpecialCall) {
    if (!WorksPieceByPiece(SpecialFunctionName(OpOf<SpecialFunction>(tree_[id])))) return true;
    operands = tree_.Child(id, SpecialCallSlots::kArguments);
  } else if (kind != NodeKind::kLike) {
    return true;
  }
  if (operands == kNoNode) return true;
  // Two lists that were collected from tables are compared in honest questions; two such texts are not.
  collected_counts_ = makes_rows_ || kind != NodeKind::kBinary;
  double work = 1;
  int long_ones = 0;
  for (const NodeId operand : tree_.Children(operands)) {
    length_looks_ = 0;
    const double bytes = operand == kNoNode ? 0 : LengthOf(operand).most;
    if (bytes < kLongValue) continue;
    work *= bytes;
    ++long_ones;
  }
  const std::int64_t most = checker_.policy().limits.repeat_bytes;
  if (long_ones < 2 || work <= static_cast<double>(most)) return true;
  return Report(Rule::kGeneratedBytes, tree_.Range(id),
                "this would work on generated values up to " + Digits(work) + " times",
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
  if (!Amplifies(name)) return true;
  if (Collects(name)) return makes_long_values_ = true;
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  if (arguments == kNoNode) return true;
  if (name == "generate_series") {
    double rows = 0;
    const bool counted = GeneratedSeries(call, &rows);
    if (!counted || rows > kLongValue) makes_long_values_ = makes_rows_ = true;
    if (!counted || rows <= static_cast<double>(limits.generated_rows)) return true;
    return Report(Rule::kGeneratedRows, tree_.Range(call), "generate_series would make " + Digits(rows) + " rows",
                  "The limit is " + std::to_string(limits.generated_rows) + ".", {}, "54000");
  }
  length_looks_ = 0;
  const Length length = LengthOfCall(call);
  makes_long_values_ = makes_long_values_ || length.most >= kLongValue;
  return length.least <= static_cast<double>(limits.repeat_bytes) || too_long(length.least);
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
