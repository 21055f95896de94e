// Operators: whether a user's operator is named, or could win where PostgreSQL's own was meant
// (https://www.postgresql.org/docs/15/typeconv-oper.html).
#include <algorithm>
#include <string>

#include "validator/builtins.h"
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

// Whether pg_catalog has the operator for exactly these types, which then wins (typeconv-oper, step 2). A constant of
// open type is taken for the other side's.
bool HasExactOperator(std::string_view name, const Type& left, const Type& right) {
  const Type& known = left.kind == Type::Kind::kLiteral ? right : left;
  const Type& other = left.kind == Type::Kind::kLiteral ? left : right;
  if (known.kind != Type::Kind::kBuiltin || known.is_array) return false;
  if (other.kind != Type::Kind::kLiteral &&
      (other.kind != Type::Kind::kBuiltin || other.is_array || other.builtin != known.builtin)) {
    return false;
  }
  const std::string_view type = BuiltinTypeNameOf(known.builtin);
  const auto among = [](std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (among(name, {"=", "<>", "<", ">", "<=", ">="})) {  // varchar has none of its own: it uses those of text
    return among(type, {"int2",  "int4", "int8",      "numeric",     "float4", "float8", "text",     "bpchar",
                        "bool",  "date", "timestamp", "timestamptz", "time",   "timetz", "interval", "uuid",
                        "bytea", "oid",  "name",      "inet",        "jsonb",  "money"});
  }
  return type == "text" && among(name, {"~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "||"});
}

}  // namespace

bool Resolver::NamedOperatorRule(NodeId at, NodeId left, NodeId right) {
  const std::size_t parts = tree_.NameCount(at);
  std::string_view name = Name(at, parts - 1);
  if (parts == 1 && tree_[at].kind == NodeKind::kQuantified) name = QuantifiedOperator(at);
  if (parts == 1) {
    // +, =, < and the like need not be looked up.
    const bool of_grammar = tree_.tokens[tree_.NameToken(at, 0)].kind < TokenKind::kOperator;
    if (!has_user_operators_ && (of_grammar || IsBuiltinOperator(name))) return true;
    return OperatorRule(at, name, left, right);
  }
  const std::string_view schema = Name(at, parts - 2);
  const ByteRange range = tree_.NameRange(at);
  if (schema == "pg_catalog") {
    if (IsBuiltinOperator(name)) return true;
    return Report(Rule::kUnknownOperator, range, "operator does not exist: pg_catalog." + std::string(name),
                  "Use an operator PostgreSQL has.", {}, "42883");
  }
  bool any = false, all = true;
  for (const CatalogOperator* op : catalog_.FindOperators(name)) {
    if (op->schema != schema) continue;
    any = true;
    all = all && checker_.IsOptedIn(op->schema, op->name, {op->left_type, op->right_type});
  }
  if (any && all) return true;
  return Report(any ? Rule::kUserOperator : Rule::kUnknownOperator, range,
                any ? "the user-defined operator " + std::string(schema) + "." + std::string(name) + " is not allowed"
                    : "operator does not exist: " + std::string(schema) + "." + std::string(name),
                "Use the operators of PostgreSQL.", {}, any ? "42501" : "42883");
}

// x NOT LIKE ANY (…) is x !~~ ANY (…).
std::string_view Resolver::QuantifiedOperator(NodeId at) const {
  const std::string_view word = Name(at, 0);
  const bool negated = tree_[at].op == 2;
  if (word == "like") return negated ? "!~~" : "~~";
  if (word == "ilike") return negated ? "!~~*" : "~~*";
  return word;
}

bool Resolver::OperatorRule(NodeId at, std::string_view name, NodeId left, NodeId right) {
  const ByteRange range =
      tree_.NameCount(at) > 0 && tree_[at].kind != NodeKind::kSortBy ? tree_.NameRange(at) : tree_.Range(at);
  const Type none = Type::Of(Type::Kind::kLiteral);
  if (!has_user_operators_) return OperatorRule(at, range, name, none, none);
  if (tree_[right].kind == NodeKind::kList) {  // IN (a, b): one comparison each
    for (const NodeId item : tree_.Children(right)) {
      if (!OperatorRule(at, name, left, item)) return false;
    }
    return true;
  }
  // Rows are compared field by field.
  if (left != kNoNode && tree_[left].kind == NodeKind::kRow) {
    const bool is_row = tree_[right].kind == NodeKind::kRow;
    const RelationId query = state_.resolved[right].relation;
    for (std::uint32_t i = 0; i < tree_[left].child_count; ++i) {
      const NodeId field = tree_.Child(left, i);
      if (is_row && i < tree_[right].child_count) {
        if (!OperatorRule(at, name, field, tree_.Child(right, i))) return false;
      } else if (!OperatorRule(at, range, name, TypeOf(field),
                               is_row || query == kNoRelation ? Type{} : TypeOfColumn({query, i}))) {
        return false;
      }
    }
    return true;
  }
  Type right_type = TypeOf(right);
  if (tree_[at].kind == NodeKind::kQuantified && tree_[right].kind != NodeKind::kQuery)
    right_type = right_type.AsElement();
  return OperatorRule(at, range, name, left == kNoNode ? none : TypeOf(left), right_type);
}

bool Resolver::OperatorRule(NodeId, ByteRange range, std::string_view name, const Type& left, const Type& right) {
  const bool builtin = IsBuiltinOperator(name);
  bool on_path = false;
  if (has_user_operators_) {
    for (const CatalogOperator* op : catalog_.FindOperators(name)) {
      if (!checker_.OnSearchPath(op->schema)) continue;
      on_path = true;
      if (checker_.IsOptedIn(op->schema, op->name, {op->left_type, op->right_type})) continue;
      const std::string shown = op->schema + "." + op->name + " (" + op->left_type + ", " + op->right_type + ")";
      if (!builtin) {
        return Report(Rule::kUserOperator, range, "the user-defined operator " + shown + " is not allowed",
                      "User-defined operators run only when the policy lists them in allowed_user_functions.", {},
                      "42501");
      }
      const bool open = left.kind == Type::Kind::kLiteral && right.kind == Type::Kind::kLiteral;
      const auto is_user_type = [&](std::string_view type) {
        return !Type::Builtin(type).is_array && Type::Builtin(type).builtin == kNoBuiltinType;
      };
      if (open && is_user_type(op->left_type) && is_user_type(op->right_type)) continue;  // 'a' = 'b' is text
      if (!op->left_type.empty() && HasExactOperator(name, left, right) &&
          !(IsSameType(op->left_type, left) && IsSameType(op->right_type, right))) {
        continue;
      }
      if ((!op->left_type.empty() && !MayAccept(op->left_type, left)) || !MayAccept(op->right_type, right)) continue;
      return Report(Rule::kShadowedOperator, range,
                    "the user-defined operator " + shown + " may be called instead of PostgreSQL's own",
                    "Write OPERATOR(pg_catalog." + std::string(name) + ").", {}, "42501");
    }
  }
  if (builtin || on_path) return true;
  return Report(Rule::kUnknownOperator, range, "operator does not exist: " + std::string(name),
                "Use an operator PostgreSQL has.", {}, "42883");
}

}  // namespace toomai::validator
