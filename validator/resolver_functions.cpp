// Functions: those of pg_catalog by the allow-list, those of users where an operator said so, and a look at whether a
// user's function could win where PostgreSQL's own was meant (https://www.postgresql.org/docs/15/typeconv-func.html).
#include <algorithm>

#include "validator/builtins.h"
#include "validator/resolver.h"
#include "validator/suggest.h"

namespace toomai::validator {
namespace {

std::string Signature(const CatalogFunction& function) {
  std::string text = function.schema + "." + function.name + "(";
  for (std::size_t i = 0; i < function.argument_types.size(); ++i)
    text += (i == 0 ? "" : ",") + function.argument_types[i];
  return text + ")";
}

// What people bring from other databases.
struct Foreign {
  std::string_view name, instead;
};
constexpr Foreign kForeign[] = {
    {"ifnull", "coalesce(a, b)"},
    {"nvl", "coalesce(a, b)"},
    {"isnull", "a IS NULL, or coalesce(a, b)"},
    {"if", "CASE WHEN … THEN … ELSE … END"},
    {"iif", "CASE WHEN … THEN … ELSE … END"},
    {"len", "length(a)"},
    {"instr", "strpos(text, part)"},
    {"charindex", "strpos(text, part)"},
    {"group_concat", "string_agg(a, ',')"},
    {"listagg", "string_agg(a, ',')"},
    {"getdate", "now()"},
    {"sysdate", "now()"},
    {"curdate", "current_date"},
    {"strftime", "to_char(moment, format)"},
    {"date_format", "to_char(moment, format)"},
    {"datediff", "date_a - date_b"},
    {"timestampdiff", "moment_a - moment_b"},
    {"dateadd", "moment + interval '1 day'"},
    {"date_add", "moment + interval '1 day'"},
    {"date_sub", "moment - interval '1 day'"},
    {"julianday", "date_a - date_b"},
    {"year", "extract(year FROM moment)"},
    {"month", "extract(month FROM moment)"},
    {"day", "extract(day FROM moment)"},
    {"hour", "extract(hour FROM moment)"},
    {"week", "extract(week FROM moment)"},
    {"quarter", "extract(quarter FROM moment)"},
    {"ucase", "upper(a)"},
    {"lcase", "lower(a)"},
    {"substring_index", "split_part(text, separator, n)"},
    {"median", "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)"},
    {"rand", "random()"},
    {"json_extract", "a -> 'key'"},
    {"truncate", "trunc(a, n)"},
};

}  // namespace

bool Resolver::FunctionCall(NodeId call, Scope& scope) {
  return Expressions(call, scope) && FunctionRule(call) && JsonCastRule(call);
}

// The user functions that a name with this schema, or without one, may mean.
std::vector<const CatalogFunction*> Resolver::Overloads(std::string_view schema, std::string_view name) const {
  if (!has_user_functions_) return {};
  std::vector<const CatalogFunction*> overloads = catalog_.FindFunctions(name);
  std::erase_if(overloads, [&](const CatalogFunction* f) {
    return schema.empty() ? !checker_.OnSearchPath(f->schema) : f->schema != schema;
  });
  return overloads;
}

bool Resolver::FunctionRule(NodeId call) {
  const bool special = tree_[call].kind == NodeKind::kSpecialCall;
  const std::size_t parts = special ? 1 : tree_.NameCount(call);
  const std::string_view name =
      special ? SpecialFunctionName(OpOf<SpecialFunction>(tree_[call])) : Name(call, parts - 1);
  const std::string_view schema = parts > 1 ? Name(call, parts - 2) : std::string_view();
  if (parts > 2 && !CheckDatabase(Name(call, 0), tree_.NameRange(call))) return false;
  FunctionCategory category{};
  if (schema.empty() || schema == "pg_catalog") {
    if (FindBuiltinFunction(name, &category)) {
      if (!BuiltinFunctionRule(call, name, category)) return false;
      if (!schema.empty() || !has_user_functions_) return true;
      const auto overloads = Overloads({}, name);
      return overloads.empty() || ShadowRule(call, overloads);
    }
    if (schema.empty()) {
      if (const auto overloads = Overloads({}, name); !overloads.empty()) return UserFunctionRule(call, overloads);
    }
    if (IsAllowedSince(name, catalog_.ServerVersion()) && !checker_.IsListedDenied(name)) return true;
    if (checker_.IsListedAllowed(name)) return true;  // of a later PostgreSQL than our table, and the operator knows it
    return CastLikeCall(call, schema, name);
  }
  if (IsSystemSchema(schema)) {
    return Report(Rule::kFunctionNotAllowed, tree_.NameRange(call),
                  "the function " + std::string(schema) + "." + std::string(name) + " is not allowed",
                  "Use the functions of pg_catalog.", {}, "42501");
  }
  const auto overloads = Overloads(schema, name);
  return overloads.empty() ? CastLikeCall(call, schema, name) : UserFunctionRule(call, overloads);
}

bool Resolver::BuiltinFunctionRule(NodeId call, std::string_view name, FunctionCategory category) {
  const bool allowed = in_definition_ && IsPrintedForSyntax(name) ? true
                       : IsAllowed(category)
                           ? checker_.policy().denied_functions.empty() || !checker_.IsListedDenied(name)
                           : !checker_.policy().allowed_functions.empty() && checker_.IsListedAllowed(name);
  const ByteRange range = tree_[call].kind == NodeKind::kSpecialCall ? tree_.Range(call) : tree_.NameRange(call);
  if (!allowed) {
    return Report(Rule::kFunctionNotAllowed, range,
                  "the function " + std::string(name) + " is not allowed: " + std::string(Reason(category)),
                  "Ask for the data without it.", {}, "42501");
  }
  return AmplifierRule(call, name) && PopulateRule(call);
}

bool Resolver::UserFunctionRule(NodeId call, const std::vector<const CatalogFunction*>& overloads) {
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  const std::size_t given = arguments == kNoNode ? 0 : tree_[arguments].child_count;
  const CatalogFunction* refused = nullptr;
  bool any = false;
  for (const CatalogFunction* function : overloads) {
    // More parameters than arguments: there may be defaults. Fewer: only with VARIADIC.
    const bool fits = function->argument_types.size() >= given ||
                      (!function->argument_types.empty() && function->argument_types.back().ends_with("[]"));
    if (!fits) continue;
    any = true;
    if (!function->makes_range && !checker_.IsOptedIn(function->schema, function->name, function->argument_types))
      refused = function;
  }
  if (!any) refused = overloads.front();
  if (refused == nullptr) return true;
  return Report(Rule::kUserFunction, tree_.NameRange(call),
                "the user-defined function " + Signature(*refused) + " is not allowed",
                "User-defined functions run only when the policy lists their signature in allowed_user_functions.", {},
                "42501");
}

// Whether pg_catalog has the function for exactly the types that are given, which then wins over all but the same types
// (https://www.postgresql.org/docs/15/typeconv-func.html, step 2).
bool Resolver::IsExactBuiltin(std::string_view name, NodeId arguments) {
  if (arguments == kNoNode) return false;
  std::string signature(name);
  char separator = '(';
  for (const NodeId argument : tree_.Children(arguments)) {
    const Type type = TypeOf(argument);
    if (type.kind != Type::Kind::kBuiltin || type.is_array || tree_[argument].kind == NodeKind::kNamedArgument)
      return false;
    signature += separator;
    signature += BuiltinTypeNameOf(type.builtin);
    separator = ',';
  }
  return HasBuiltinSignature(signature + ")");
}

bool Resolver::ShadowRule(NodeId call, const std::vector<const CatalogFunction*>& overloads) {
  const NodeId arguments =
      tree_.Child(call, tree_[call].kind == NodeKind::kFunctionCall ? static_cast<int>(FunctionCallSlots::kArguments)
                                                                    : static_cast<int>(SpecialCallSlots::kArguments));
  const std::size_t given = arguments == kNoNode ? 0 : tree_[arguments].child_count;
  const bool exact = IsExactBuiltin(overloads.front()->name, arguments);
  for (const CatalogFunction* function : overloads) {
    const auto& types = function->argument_types;
    const bool variadic = !types.empty() && (types.back().ends_with("[]") || types.back() == "any");
    bool differs = false;
    for (std::size_t i = 0; i < given && i < types.size(); ++i) {
      differs = differs || !IsSameType(types[i], TypeOf(tree_.Child(arguments, static_cast<std::uint32_t>(i))));
    }
    if (exact && differs && !variadic && types.size() >= given) continue;
    if ((types.size() < given && !variadic) || checker_.IsOptedIn(function->schema, function->name, types)) continue;
    bool may_win = true;
    for (std::size_t i = 0; i < given && i < types.size() && may_win; ++i) {
      if (variadic && i + 1 == types.size()) break;
      may_win = MayAccept(types[i], TypeOf(tree_.Child(arguments, static_cast<std::uint32_t>(i))));
    }
    if (!may_win) continue;
    const std::string name(function->name);
    return Report(
        Rule::kShadowedFunction,
        tree_[call].kind == NodeKind::kFunctionCall ? tree_.NameRange(call) : tree_.Range(call),
        "the user-defined function " + Signature(*function) + " may be called instead of PostgreSQL's own " + name,
        "Write pg_catalog." + name + "(…).", {"pg_catalog." + name}, "42501");
  }
  return true;
}

// name(value) where name is a type: a cast in disguise.
bool Resolver::CastLikeCall(NodeId call, std::string_view schema, std::string_view name) {
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  const bool builtin = schema.empty() || schema == "pg_catalog" ? FindBuiltinType(name) != kNoBuiltinType : false;
  const bool user = !builtin && (schema.empty() || !IsSystemSchema(schema)) &&
                    (checker_.FindType(schema, name) != nullptr || (checker_.FindTable(schema, name) != nullptr));
  if ((!builtin && !user) || arguments == kNoNode || tree_[arguments].child_count != 1)
    return ReportUnknownFunction(call, name);
  return NamedTypeRule(tree_.NameRange(call), schema, name) &&
         CastToRule(tree_.Child(arguments, 0), tree_.NameRange(call), schema, name);
}

bool Resolver::ReportUnknownFunction(NodeId call, std::string_view name) {
  const ByteRange range = tree_[call].kind == NodeKind::kFunctionCall ? tree_.NameRange(call) : tree_.Range(call);
  std::string shown;
  const std::size_t parts = tree_[call].kind == NodeKind::kFunctionCall ? tree_.NameCount(call) : 0;
  for (std::size_t i = 0; i < parts; ++i) shown += (i == 0 ? "" : ".") + std::string(Name(call, i));
  if (shown.empty()) shown = std::string(name);
  for (const Foreign& foreign : kForeign) {
    if (foreign.name != name) continue;
    return Report(Rule::kUnknownFunction, range, "function " + shown + " does not exist",
                  "In PostgreSQL: " + std::string(foreign.instead) + ".", {}, "42883");
  }
  Suggestions near(name);
  for (std::size_t i = 0;; ++i) {
    const std::string_view known = AllowedFunctionName(i);
    if (known.empty()) break;
    near.Offer(known);
  }
  std::vector<std::string> candidates = near.Take();
  std::string hint =
      candidates.empty() ? "Use the functions PostgreSQL has." : "Did you mean " + candidates.front() + "?";
  return Report(Rule::kUnknownFunction, range, "function " + shown + " does not exist", std::move(hint),
                std::move(candidates), "42883");
}

// json_populate_record and its kin make values of the type of their first argument, domains in it included.
bool Resolver::PopulateRule(NodeId call) {
  if (tree_[call].kind != NodeKind::kFunctionCall) return true;
  const std::string_view name = tree_.LastName(call);
  if (name.size() < 20 || name.find("_populate_record") == std::string_view::npos) return true;
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  if (arguments == kNoNode) return true;
  NodeId first = tree_.Child(arguments, 0);
  for (const NodeId argument : tree_.Children(arguments)) {
    if (tree_[argument].kind == NodeKind::kNamedArgument && Name(argument, 0) == "base") first = argument;
  }
  const Type type = TypeOf(first);
  const ByteRange range = tree_.Range(first);
  const auto check_columns = [&](const std::vector<CatalogColumn>& columns) {
    for (const CatalogColumn& column : columns) {
      if (!TypeTextRule(range, column.type, 0)) return false;
    }
    return true;
  };
  switch (type.kind) {
    case Type::Kind::kUser:
      return UserTypeRule(range, *type.user, 0);
    case Type::Kind::kTableRow:
      return check_columns(type.table->columns);
    case Type::Kind::kBuiltin:
    case Type::Kind::kSomeBuiltin:
    case Type::Kind::kLiteral:
      return true;
    default:
      return Report(Rule::kUserType, range, "the type this makes rows of is not certain",
                    "Cast the first argument to a table or type: NULL::schema.type.", {}, "42501");
  }
}

}  // namespace toomai::validator
