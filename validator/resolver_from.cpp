// FROM items: what each offers, and what can be seen while the next one is read. See parse_clause.c of PostgreSQL.
#include "validator/builtins.h"
#include "validator/resolver.h"
#include "validator/suggest.h"

namespace toomai::validator {
namespace {

std::string Dotted(std::string_view schema, std::string_view name) {
  return schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
}

}  // namespace

void Resolver::SetLateral(std::size_t begin, std::size_t end, bool only, bool ok) {
  for (std::size_t i = begin; i < end; ++i) {
    state_.items[i].lateral_only = only;
    state_.items[i].lateral_ok = ok;
  }
}

// Items to the left of the one being read can be seen by LATERAL ones only; after the clause everybody sees all.
bool Resolver::FromList(NodeId list, Scope& scope) {
  for (const NodeId item : tree_.Children(list)) {
    const std::size_t begin = state_.items.size();
    RelationId relation = kNoRelation;
    if (!FromItem(item, scope, &relation)) return false;
    const std::size_t end = state_.items.size();
    if (!CheckConflicts(scope.items_begin, begin, end, item)) return false;
    SetLateral(begin, end, true, true);
    scope.items_end = static_cast<std::uint32_t>(end);
  }
  SetLateral(scope.items_begin, scope.items_end, false, true);
  return GeneratedRows(list);
}

bool Resolver::FromItem(NodeId item, Scope& scope, RelationId* out) {
  const std::size_t pending = state_.pending.size();
  const auto read = [&] {
    switch (tree_[item].kind) {
      case NodeKind::kRangeVar:
        return RangeVar(item, scope, out);
      case NodeKind::kRangeSubquery:
        return RangeSubquery(item, scope, out);
      case NodeKind::kRangeFunction:
        return RangeFunction(item, scope, out);
      case NodeKind::kJoin:
        return Join(item, scope, out);
      case NodeKind::kXmlTable:
        return XmlTable(item, scope, out);
      case NodeKind::kJsonTable:
        return JsonTable(item, scope, out);
      default:  // the parser knows no other: refuse what has not been thought of
        return Report(Rule::kSyntaxError, tree_.Range(item), "this FROM item is not supported",
                      "Use a table or a subquery.");
    }
  };
  if (!read()) return false;
  state_.pending.resize(pending);
  return true;
}

bool Resolver::RangeVar(NodeId item, Scope& scope, RelationId* out) {
  const std::size_t parts = tree_.NameCount(item);
  const std::string_view name = Name(item, parts - 1);
  const std::string_view schema = parts > 1 ? Name(item, parts - 2) : std::string_view();
  if (parts > 2 && !CheckDatabase(Name(item, 0), tree_.NameRange(item))) return false;
  RelationId relation = kNoRelation;
  bool is_cte = false;
  if (parts == 1 && !FindCte(name, item, scope, &relation, &is_cte)) return false;
  if (!is_cte) {
    const bool is_system =
        schema.empty() ? IsSystemRelation(name) || IsExtensionRelation(name) : IsSystemSchema(schema);
    const CatalogTable* table = is_system ? nullptr : checker_.FindTable(schema, name);
    if (is_system || (table != nullptr && IsExtensionRelation(name))) {
      if (!SystemRelation(item, schema.empty() ? "pg_catalog" : schema, name, &relation)) return false;
    } else if (table == nullptr) {
      if (!UnknownTable(item, schema, name, &relation)) return false;
    } else if (!TableRelation(item, *table, &relation)) {
      return false;
    }
  }
  if (const NodeId sample = tree_.Child(item, RangeVarSlots::kSample); sample != kNoNode && !TableSample(sample, scope))
    return false;
  const NodeId alias = tree_.Child(item, RangeVarSlots::kAlias);
  return AddAlias(alias, name, relation, alias != kNoNode, out);
}

bool Resolver::SystemRelation(NodeId item, std::string_view schema, std::string_view name, RelationId* out) {
  *out = AddOpenRelation();
  if (checker_.IsAllowedSystemRelation(schema, name)) return true;
  return Report(Rule::kSystemCatalog, tree_.NameRange(item), Dotted(schema, name) + " is a system catalog",
                "Only the tables and views of the schema may be read; what they look like is described already.", {},
                "42501");
}

bool Resolver::UnknownTable(NodeId item, std::string_view schema, std::string_view name, RelationId* out) {
  *out = AddOpenRelation();
  bool denied = !schema.empty() && checker_.IsListedDeniedRelation(schema, name);
  if (schema.empty()) {
    for (const std::string& place : checker_.SearchPath())
      denied = denied || checker_.IsListedDeniedRelation(place, name);
  }
  if (denied) {
    return Report(Rule::kDeniedRelation, tree_.NameRange(item), "the policy denies reading " + Dotted(schema, name),
                  "Ask without this table.", {}, "42501");
  }
  Suggestions near(name);
  for (const bool on_path : {true, false}) {  // of equally near ones, those that need no schema come first
    for (const CatalogTable* table : catalog_.Tables()) {
      if (checker_.OnSearchPath(table->schema) != on_path || checker_.IsDeniedRelation(table->schema, table->name))
        continue;
      near.Offer(table->name, on_path ? table->name : table->schema + "." + table->name);
    }
  }
  std::vector<std::string> candidates = near.Take();
  std::string hint =
      candidates.empty() ? "Use one of the tables of the schema." : "Did you mean " + candidates.front() + "?";
  if (!schema.empty() && !catalog_.HasSchema(schema)) hint = "There is no schema " + Quoted(schema) + ". " + hint;
  return Report(Rule::kUnknownTable, tree_.NameRange(item),
                "relation " + Quoted(Dotted(schema, name)) + " does not exist", std::move(hint), std::move(candidates),
                "42P01");
}

bool Resolver::TableRelation(NodeId item, const CatalogTable& table, RelationId* out) {
  Relation relation;
  relation.kind = Relation::Kind::kTable;
  relation.table = &table;
  const bool is_denied = in_definition_ ? checker_.IsListedDeniedRelation(table.schema, table.name)
                                        : checker_.IsDeniedRelation(table.schema, table.name);
  if (is_denied && !Report(Rule::kDeniedRelation, tree_.NameRange(item),
                           "the policy denies reading " + Dotted(table.schema, table.name), "Ask without this table.",
                           {}, "42501")) {
    return false;
  }
  if (checker_.HasDeniedColumns()) {
    const std::vector<int> denied = checker_.DeniedColumns(table);
    relation.denied = static_cast<std::uint32_t>(state_.denied.size());
    relation.denied_count = static_cast<std::uint32_t>(denied.size());
    state_.denied.insert(state_.denied.end(), denied.begin(), denied.end());
  }
  if (table.is_view && !IsOff(Rule::kViewNotAllowed)) {
    const ViewInfo& view = checker_.View(table);
    if (!view.allowed) {
      return Report(Rule::kViewNotAllowed, tree_.NameRange(item),
                    "the view " + Dotted(table.schema, table.name) + " is not allowed: " + view.finding.message,
                    "Read the tables below it instead.", {}, "42501");
    }
  }
  *out = AddRelation(relation);
  return true;
}

bool Resolver::TableSample(NodeId sample, Scope& scope) {
  const std::string_view method = tree_.LastName(sample);
  const bool known = (method == "bernoulli" || method == "system") &&
                     (tree_.NameCount(sample) == 1 || Name(sample, tree_.NameCount(sample) - 2) == "pg_catalog");
  if (!known &&
      !Report(Rule::kUserFunction, tree_.NameRange(sample), "the sampling method " + Quoted(method) + " is not allowed",
              "Use BERNOULLI or SYSTEM.", {"bernoulli", "system"}, "42704")) {
    return false;
  }
  return Expressions(sample, scope);
}

bool Resolver::RangeSubquery(NodeId item, Scope& scope, RelationId* out) {
  const bool saved = scope.lateral_active;
  scope.lateral_active = tree_.Has(item, kLateral);
  RelationId relation = kNoRelation;
  if (!Query(tree_.Child(item, RangeSubquerySlots::kQuery), &scope, &relation)) return false;
  scope.lateral_active = saved;
  return AddAlias(tree_.Child(item, RangeSubquerySlots::kAlias), {}, relation, true, out);
}

}  // namespace toomai::validator
