// Operators, casts and types: whether user code hides behind them, and the cheap typing that tells.
// https://www.postgresql.org/docs/15/typeconv-oper.html
#include <algorithm>
#include <string>

#include "validator/builtins.h"
#include "validator/parser.h"
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr int kMostTypeNesting = 16;

std::string Quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

// May a value of type `given` be of the type a user's cast starts from?
bool MayBeSource(std::string_view source, const Type& given) {
  switch (given.kind) {
    case Type::Kind::kAnything:
      return true;
    case Type::Kind::kLiteral:
      return false;
    case Type::Kind::kSomeBuiltin: {
      std::string_view schema;
      bool is_array = false;
      const std::string_view name = CanonicalTypeName(source, &schema, &is_array);
      return (schema.empty() || schema == "pg_catalog") && FindBuiltinType(name) != kNoBuiltinType;
    }
    default:
      return IsSameType(source, given);
  }
}

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

// --- operators ---

bool Resolver::NamedOperatorRule(NodeId at, NodeId left, NodeId right) {
  const std::size_t parts = tree_.NameCount(at);
  if (parts == 0) return true;
  std::string_view name = Name(at, parts - 1);
  if (parts == 1 && tree_[at].kind == NodeKind::kQuantified) name = QuantifiedOperator(at);
  if (parts == 1) {
    if (!has_user_operators_ && IsBuiltinOperator(name)) return true;
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

// --- casts and types ---

bool Resolver::CastRule(NodeId cast) {
  if (!has_user_casts_) return true;
  const NodeId type = tree_.Child(cast, 1);
  const BuiltinType builtin = OpOf<BuiltinType>(tree_[type]);
  if (builtin != BuiltinType::kNamed)
    return CastToRule(tree_.Child(cast, 0), tree_.Range(type), {}, BuiltinTypeName(builtin));
  const std::size_t parts = tree_.NameCount(type);
  return CastToRule(tree_.Child(cast, 0), tree_.Range(type), parts > 1 ? Name(type, parts - 2) : std::string_view(),
                    Name(type, parts - 1));
}

bool Resolver::CastToRule(NodeId operand, ByteRange range, std::string_view schema, std::string_view name) {
  if (!has_user_casts_) return true;
  for (const CatalogCast& cast : catalog_.UserCasts()) {
    if (cast.function.empty()) continue;
    std::string_view target_schema;
    bool is_array = false;
    const std::string_view target = CanonicalTypeName(cast.target_type, &target_schema, &is_array);
    if ((target != name && !(name.starts_with('_') && target == name.substr(1))) ||
        (!schema.empty() && !target_schema.empty() && schema != target_schema))
      continue;
    Type given = TypeOf(operand);
    given.is_array = false;  // casting an array casts its elements
    if (!MayBeSource(cast.source_type, given)) continue;
    return Report(
        Rule::kUserCast, range,
        "the user-defined cast from " + cast.source_type + " to " + cast.target_type + " runs " + cast.function,
        "Only PostgreSQL's own casts are allowed.", {}, "42501");
  }
  return true;
}

bool Resolver::TypeRule(NodeId type) {
  const Node& node = tree_[type];
  if (tree_.Has(type, kSetof) || tree_.Has(type, kPercentType)) {
    return Report(Rule::kInternalType, tree_.Range(type), "SETOF and %TYPE are not allowed here", "Name the type.", {},
                  "42601");
  }
  if (OpOf<BuiltinType>(node) != BuiltinType::kNamed) return true;
  const std::size_t parts = tree_.NameCount(type);
  if (parts > 2 && !CheckDatabase(Name(type, 0), tree_.NameRange(type))) return false;
  return NamedTypeRule(tree_.NameRange(type), parts > 1 ? Name(type, parts - 2) : std::string_view(),
                       Name(type, parts - 1));
}

bool Resolver::NamedTypeRule(ByteRange range, std::string_view schema, std::string_view name) {
  const std::string_view element = name.starts_with('_') ? name.substr(1) : name;  // _int4 is the name of int4[]
  if (schema.empty() || schema == "pg_catalog") {
    BuiltinTypeId builtin = FindBuiltinType(name);
    std::string_view found = name;
    if (builtin == kNoBuiltinType && element != name) {
      builtin = FindBuiltinType(element);
      found = element;
    }
    if (builtin != kNoBuiltinType) {
      if (BuiltinTypeCategory(builtin) != '!') return true;
      if (IsRegType(found)) {
        if (checker_.policy().allow_reg_casts) return true;
        return Report(Rule::kRegCast, range,
                      "a cast to " + std::string(found) + " looks names up in the system catalogs",
                      "Compare with a text constant or an oid instead.", {}, "42501");
      }
      return Report(Rule::kInternalType, range, "the type " + std::string(found) + " is internal to PostgreSQL",
                    "Use an ordinary type.", {}, "42501");
    }
    if (!schema.empty() || IsSystemRelation(element)) {
      return Report(IsSystemRelation(element) ? Rule::kSystemCatalog : Rule::kUnknownType, range,
                    IsSystemRelation(element) ? Quoted(element) + " is the row type of a system catalog"
                                              : "type " + Quoted(name) + " does not exist",
                    "Use an ordinary type.", {}, IsSystemRelation(element) ? "42501" : "42704");
    }
  } else if (IsSystemSchema(schema)) {
    return Report(Rule::kSystemCatalog, range, "types of " + std::string(schema) + " are not allowed",
                  "Use an ordinary type.", {}, "42501");
  }
  for (const std::string_view candidate : {name, element}) {
    if (const CatalogType* type = checker_.FindType(schema, candidate)) return UserTypeRule(range, *type, 0);
    if (const CatalogTable* table = checker_.FindTable(schema, candidate)) {
      if (checker_.IsDeniedRelation(table->schema, table->name)) {
        return Report(Rule::kDeniedRelation, range, "the policy denies " + table->schema + "." + table->name,
                      "Ask without this table.", {}, "42501");
      }
      for (const CatalogColumn& column : table->columns) {
        if (!TypeTextRule(range, column.type, 0)) return false;
      }
      return true;
    }
  }
  struct Foreign {
    std::string_view name, instead;
  };
  constexpr Foreign kForeign[] = {{"string", "text"},      {"datetime", "timestamp"}, {"double", "double precision"},
                                  {"number", "numeric"},   {"blob", "bytea"},         {"tinyint", "smallint"},
                                  {"nvarchar", "varchar"}, {"long", "bigint"},        {"signed", "bigint"},
                                  {"unsigned", "bigint"},  {"int64", "bigint"},       {"float64", "double precision"}};
  std::string hint = "Use a type PostgreSQL has.";
  std::vector<std::string> candidates;
  for (const Foreign& foreign : kForeign) {
    if (foreign.name == name) {
      hint = "In PostgreSQL: " + std::string(foreign.instead) + ".";
      candidates.emplace_back(foreign.instead);
    }
  }
  return Report(Rule::kUnknownType, range, "type " + Quoted(name) + " does not exist", std::move(hint),
                std::move(candidates), "42704");
}

bool Resolver::UserTypeRule(ByteRange range, const CatalogType& type, int depth) {
  if (depth > kMostTypeNesting)
    return Report(Rule::kUserType, range, "the type " + Quoted(type.name) + " is nested too deeply",
                  "Use a simpler type.");
  switch (type.kind) {
    case 'd':
      if (!DomainChecksAllowed(type) &&
          !Report(Rule::kUserType, range,
                  "the domain " + type.schema + "." + type.name + " has a CHECK that runs user code",
                  "Use the type below it: " + (type.base.empty() ? std::string("text") : type.base) + ".", {},
                  "42501")) {
        return false;
      }
      return type.base.empty() || TypeTextRule(range, type.base, depth + 1);
    case 'c':
      for (const CatalogColumn& field : type.fields) {
        if (!TypeTextRule(range, field.type, depth + 1)) return false;
      }
      return true;
    case 'e':
    case 'r':
    case 'm':
    case 'b':
      return true;  // base types take a superuser and C code to make; their input functions are not ours to judge
    default:
      return Report(Rule::kInternalType, range, "the type " + type.schema + "." + type.name + " may not be named",
                    "Use an ordinary type.", {}, "42501");
  }
}

// A type as the catalog spells it, inside another type: only domains and what holds them matter.
bool Resolver::TypeTextRule(ByteRange range, std::string_view spelled, int depth) {
  const Type type = TypeOfText(spelled);
  // ROW(1)::composite casts each field.
  for (const CatalogCast& cast : catalog_.UserCasts()) {
    if (cast.function.empty() || !IsSameType(cast.target_type, type)) continue;
    if (!Report(Rule::kUserCast, range, "a field of this type may be cast by " + cast.function + ", made by users",
                "Use a simpler type.", {}, "42501")) {
      return false;
    }
  }
  if (type.kind == Type::Kind::kUser) return UserTypeRule(range, *type.user, depth + 1);
  if (type.kind != Type::Kind::kTableRow || depth > kMostTypeNesting) return true;
  for (const CatalogColumn& column : type.table->columns) {
    if (!TypeTextRule(range, column.type, depth + 1)) return false;
  }
  return true;
}

// A domain's CHECK is put through the same rules, as the condition of a query over one VALUE.
bool Resolver::DomainChecksAllowed(const CatalogType& type) {
  for (std::string_view check : type.checks) {
    if (check.starts_with("CHECK ")) check.remove_prefix(6);
    if (check.ends_with(" NOT VALID")) check.remove_suffix(10);
    const std::string base = type.base.empty() ? "text" : type.base;
    const std::string query =
        "SELECT " + std::string(check) + " FROM (SELECT CAST(NULL AS " + base + ") AS value) AS checked";
    Tree tree;
    ParseError error;
    ParseOptions options;
    options.postgres_version = 18;
    if (!Parse(query, options, &tree, &error)) return false;
    ResolverState state;
    Resolver inner(tree, checker_, disabled_, &state);
    if (!inner.Run()) return false;
  }
  return true;
}

// --- typing ---

Type Resolver::TypeOf(NodeId id) {
  if (types_.empty()) {
    types_.resize(tree_.size());
    has_type_.resize(tree_.size());
  }
  if (!has_type_[id]) {
    const Type type = ComputeType(id);
    types_[id] = type;
    has_type_[id] = true;
  }
  return types_[id];
}

Type Resolver::Unify(NodeId list) {
  Type literal = Type::Of(Type::Kind::kLiteral);
  if (list == kNoNode) return literal;
  for (const NodeId child : tree_.Children(list)) {
    if (child == kNoNode) continue;
    const Type type = TypeOf(child);
    if (type.kind == Type::Kind::kBuiltin) return type.is_array ? type : Type::Of(Type::Kind::kSomeBuiltin);
    if (type.kind != Type::Kind::kLiteral) return type;
  }
  return literal;
}

Type Resolver::ComputeType(NodeId id) {
  const Node& node = tree_[id];
  const Type some = Type::Of(Type::Kind::kSomeBuiltin);
  const auto child = [&](std::uint32_t slot) { return TypeOf(tree_.Child(id, slot)); };
  switch (node.kind) {
    case NodeKind::kColumnRef:
      return TypeOfColumn(state_.resolved[id]);
    case NodeKind::kSubquery:
    case NodeKind::kQuery:
      return TypeOfColumn(state_.resolved[id]);
    case NodeKind::kArrayQuery:
      return TypeOfColumn(state_.resolved[id]).AsArray();
    case NodeKind::kLiteral:
      switch (OpOf<LiteralOp>(node)) {
        case LiteralOp::kInteger:
          return tree_.LiteralValue(id).size() < 10 ? Type::Builtin("int4") : some;
        case LiteralOp::kNumeric:
          return Type::Builtin("numeric");
        case LiteralOp::kTrue:
        case LiteralOp::kFalse:
          return Type::Builtin("bool");
        case LiteralOp::kBit:
        case LiteralOp::kHex:
          return Type::Builtin("bit");
        default:
          return Type::Of(Type::Kind::kLiteral);
      }
    case NodeKind::kParameter:
      return Type::Of(Type::Kind::kLiteral);
    case NodeKind::kAnd:
    case NodeKind::kOr:
    case NodeKind::kNot:
    case NodeKind::kIsTest:
    case NodeKind::kIsJson:
    case NodeKind::kIsDistinct:
    case NodeKind::kLike:
    case NodeKind::kBetween:
    case NodeKind::kIn:
    case NodeKind::kQuantified:
    case NodeKind::kOverlaps:
    case NodeKind::kExists:
      return Type::Builtin("bool");
    case NodeKind::kCast:
      return child(1);
    case NodeKind::kType:
      return TypeOfNode(id);
    case NodeKind::kCollate:
    case NodeKind::kNamedArgument:
    case NodeKind::kJsonValue:
      return child(0);
    case NodeKind::kArray: {
      const Type element = [&] {
        for (const NodeId item : tree_.Children(id)) {
          const Type type = TypeOf(item);
          if (type.kind != Type::Kind::kLiteral) return type;
        }
        return Type::Of(Type::Kind::kLiteral);
      }();
      return element.AsArray();
    }
    case NodeKind::kRow:
      return Type::Of(Type::Kind::kAnonymousRow);
    case NodeKind::kWhen:
      return child(1);
    case NodeKind::kCase: {
      const Type whens = Unify(tree_.Child(id, CaseSlots::kWhens));
      const NodeId otherwise = tree_.Child(id, CaseSlots::kElse);
      return whens.kind == Type::Kind::kLiteral && otherwise != kNoNode ? TypeOf(otherwise) : whens;
    }
    case NodeKind::kUnary: {
      const Type operand = child(0);
      return operand.MayBeUser() ? Type::Of(Type::Kind::kAnything) : some;
    }
    case NodeKind::kBinary: {
      static constexpr std::string_view kComparisons[] = {"=", "<>", "<", ">", "<=", ">="};
      const std::string_view name = tree_.LastName(id);
      if (std::find(std::begin(kComparisons), std::end(kComparisons), name) != std::end(kComparisons))
        return Type::Builtin("bool");
      const Type left = child(0), right = child(1);
      if (left.kind == Type::Kind::kUser && left.is_array) return left;
      if (right.kind == Type::Kind::kUser && right.is_array) return right;
      return left.MayBeUser() || right.MayBeUser() ? Type::Of(Type::Kind::kAnything) : some;
    }
    case NodeKind::kIndirection: {
      const auto parts = tree_.Children(id);
      Type type = TypeOf(parts[0]);
      for (std::size_t i = 1; i < parts.size(); ++i) {
        const NodeKind kind = tree_[parts[i]].kind;
        bool found = false;
        if (kind == NodeKind::kSubscript) type = type.AsElement();
        if (kind == NodeKind::kField) type = FieldType(type, Name(parts[i], 0), &found);
      }
      return type;
    }
    case NodeKind::kSpecialCall: {
      const NodeId declared = tree_.Child(id, SpecialCallSlots::kType);
      if (declared != kNoNode)
        return tree_[declared].kind == NodeKind::kType ? TypeOfNode(declared) : TypeOf(tree_.Child(declared, 0));
      switch (OpOf<SpecialFunction>(node)) {
        case SpecialFunction::kCoalesce:
        case SpecialFunction::kGreatest:
        case SpecialFunction::kLeast:
        case SpecialFunction::kNullif:
          return Unify(tree_.Child(id, SpecialCallSlots::kArguments));
        default:
          return some;
      }
    }
    case NodeKind::kFunctionCall: {
      const std::string_view name = tree_.LastName(id);
      const std::size_t parts = tree_.NameCount(id);
      const NodeId arguments = tree_.Child(id, FunctionCallSlots::kArguments);
      FunctionInfo info{};
      if ((parts == 1 || Name(id, parts - 2) == "pg_catalog") && FindBuiltinFunction(name, &info)) {
        if (!info.columns.empty() && info.result == "record") {
          Type row = Type::Of(Type::Kind::kNamedRow);
          row.columns = info.columns;
          return row;
        }
        if (info.result == "record") return Type::Of(Type::Kind::kAnonymousRow);
        if (info.result == "?" || info.result.empty()) return some;
        if (info.result != "*") return Type::Builtin(info.result);
        Type first = Unify(arguments);
        const NodeId within = tree_.Child(id, FunctionCallSlots::kWithinGroup);
        if (within != kNoNode && tree_[within].child_count > 0) first = TypeOf(tree_.Child(tree_.Child(within, 0), 0));
        if (!first.MayBeUser())
          return name == "array_agg" || name == "array_fill" ? some : first.is_array && name != "unnest" ? first : some;
        if (name == "array_agg" || name == "array_fill") return first.AsArray();
        if (name == "unnest") return first.AsElement();
        return first;
      }
      if (has_user_functions_) {
        const auto overloads = catalog_.FindFunctions(name);
        if (overloads.size() == 1) return TypeOfText(overloads.front()->return_type);
      }
      return Type::Of(Type::Kind::kAnything);
    }
    case NodeKind::kSortBy:
      return child(0);
    case NodeKind::kList:
      return Unify(id);
    default:
      return some;
  }
}

Type Resolver::TypeOfColumn(const ColumnSource& source) {
  if (source.relation == kNoRelation || source.column == kAnyColumn) return Type::Of(Type::Kind::kAnything);
  if (source.column == kSystemColumn) return Type::Of(Type::Kind::kSomeBuiltin);
  const Relation relation = At(source.relation);
  if (relation.kind == Relation::Kind::kOpen) return Type::Of(Type::Kind::kAnything);
  if (source.column == kWholeRow) {
    Type row = Type::Of(relation.kind == Relation::Kind::kTable ? Type::Kind::kTableRow : Type::Kind::kRelationRow);
    row.table = relation.table;
    row.relation = source.relation;
    return row;
  }
  if (relation.kind == Relation::Kind::kTable) return TypeOfText(relation.table->columns[source.column].type);
  if (source.column >= relation.count) return Type::Of(Type::Kind::kAnything);
  const Column& column = state_.columns[relation.first + source.column];
  if (!column.type_name.empty())
    return column.type_name == "?" ? Type::Of(Type::Kind::kSomeBuiltin) : TypeOfText(column.type_name);
  if (column.expression != kNoNode) return TypeOf(column.expression);
  const Type type = TypeOfColumn(column.source);
  if (type.kind == Type::Kind::kLiteral && column.edge_count == 2) return TypeOfColumn(state_.edges[column.edges + 1]);
  return type;
}

Type Resolver::TypeOfNode(NodeId node) {
  const BuiltinType builtin = OpOf<BuiltinType>(tree_[node]);
  Type type;
  if (builtin != BuiltinType::kNamed) {
    type = Type::Builtin(BuiltinTypeName(builtin));
  } else {
    const std::size_t parts = tree_.NameCount(node);
    const std::string_view name = Name(node, parts - 1);
    const std::string_view schema = parts > 1 ? Name(node, parts - 2) : std::string_view();
    if ((schema.empty() || schema == "pg_catalog") && FindBuiltinType(name) != kNoBuiltinType) {
      type.kind = Type::Kind::kBuiltin;
      type.builtin = FindBuiltinType(name);
    } else if (const CatalogType* user = checker_.FindType(schema, name)) {
      type.kind = Type::Kind::kUser;
      type.user = user;
    } else if (const CatalogTable* table = checker_.FindTable(schema, name)) {
      type.kind = Type::Kind::kTableRow;
      type.table = table;
    } else {
      type = TypeOfText(name);
    }
  }
  if (tree_.Has(node, kArrayFlag)) type.is_array = true;
  return type;
}

Type Resolver::TypeOfText(std::string_view spelled) {
  if (spelled.starts_with("SETOF ")) spelled.remove_prefix(6);
  std::string_view schema;
  Type type;
  const std::string_view name = CanonicalTypeName(spelled, &schema, &type.is_array);
  if (schema.empty() || schema == "pg_catalog") {
    type.builtin = FindBuiltinType(name);
    if (type.builtin != kNoBuiltinType) {
      type.kind = name == "record" ? Type::Kind::kAnonymousRow : Type::Kind::kBuiltin;
      return type;
    }
  }
  if (const CatalogType* user = checker_.FindType(schema, name)) {
    type.kind = Type::Kind::kUser;
    type.user = user;
  } else if (const CatalogTable* table = checker_.FindTable(schema, name)) {
    type.kind = Type::Kind::kTableRow;
    type.table = table;
  }
  return type;
}

Type Resolver::FieldType(const Type& row, std::string_view name, bool* found) {
  *found = false;
  const Type anything = Type::Of(Type::Kind::kAnything);
  if (row.is_array) return anything;
  const auto take = [&](const std::vector<CatalogColumn>& columns) {
    for (const CatalogColumn& column : columns) {
      if (column.name != name) continue;
      *found = true;
      return TypeOfText(column.type);
    }
    return anything;
  };
  switch (row.kind) {
    case Type::Kind::kUser:
      if (row.user->kind == 'd') return FieldType(TypeOfText(row.user->base), name, found);
      if (row.user->kind == 'c' && row.user->fields.empty())
        *found = !IsCallable(name);  // its fields were not recorded
      return take(row.user->fields);
    case Type::Kind::kTableRow:
      return take(row.table->columns);
    case Type::Kind::kRelationRow: {
      ColumnSource source;
      const int count = FindColumn(row.relation, name, &source);
      *found = count > 0 && source.column != kSystemColumn;
      return *found ? TypeOfColumn(source) : anything;
    }
    case Type::Kind::kNamedRow: {
      std::string_view columns = row.columns;
      while (!columns.empty()) {
        const std::size_t comma = columns.find(',');
        const std::string_view column = columns.substr(0, comma);
        columns = comma == std::string_view::npos ? std::string_view() : columns.substr(comma + 1);
        const std::size_t space = column.find(' ');
        if (column.substr(0, space) != name) continue;
        *found = true;
        return Type::Builtin(column.substr(space + 1));
      }
      return anything;
    }
    default:
      return anything;
  }
}

}  // namespace toomai::validator
