// Types: which may be named, and whether user code hides behind them (a domain's CHECK, alone or inside another type).
#include <string>

#include "validator/builtins.h"
#include "validator/parser.h"
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

constexpr int kMostTypeNesting = 16;

}  // namespace

bool Resolver::TypeRule(NodeId type) {
  const Node& node = tree_[type];
  if (tree_.Has(type, kSetof)) {
    return Report(Rule::kInternalType, tree_.Range(type), "SETOF is not allowed here", "Name the type.", {}, "42601");
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
        // A stored 'english'::regconfig was looked up when the definition was made.
        if (checker_.policy().allow_reg_casts || in_definition_) return true;
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
    Resolver inner(tree, checker_, disabled_, &state, &error.finding, true);
    if (!inner.Run()) return false;
  }
  return true;
}

}  // namespace toomai::validator
