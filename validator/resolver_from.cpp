// FROM items: what each offers, and what can be seen while the next one is read. See parse_clause.c of PostgreSQL.
#include <algorithm>

#include "validator/builtins.h"
#include "validator/resolver.h"
#include "validator/suggest.h"

namespace toomai::validator {
namespace {

std::string Quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

std::string Dotted(std::string_view schema, std::string_view name) {
  return schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
}

// Takes "key text" off the front of "key text,value jsonb".
std::string_view NextColumn(std::string_view* columns) {
  const std::size_t comma = columns->find(',');
  const std::string_view first = columns->substr(0, comma);
  *columns = comma == std::string_view::npos ? std::string_view() : columns->substr(comma + 1);
  return first;
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
  const bool is_denied = in_view_ ? checker_.IsListedDeniedRelation(table.schema, table.name)
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
                    "the view " + Dotted(table.schema, table.name) + " is not allowed: " +
                        (view.finding.message.empty() ? "its definition is not known" : view.finding.message),
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

// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
bool Resolver::RangeFunction(NodeId item, Scope& scope, RelationId* out) {
  const NodeId functions = tree_.Child(item, RangeFunctionSlots::kFunctions);
  const NodeId alias = tree_.Child(item, RangeFunctionSlots::kAlias);
  const NodeId definitions = alias == kNoNode ? kNoNode : tree_.Child(alias, AliasSlots::kColumnDefs);
  const bool named = alias != kNoNode && tree_.NameCount(alias) > 0;
  const bool saved = scope.lateral_active;
  scope.lateral_active = true;  // functions always see the items to their left
  const std::size_t begin = state_.building.size();
  std::string_view first_name;
  bool open = false;
  for (const NodeId function : tree_.Children(functions)) {
    int strength = 0;
    const std::string_view name = OutputName(tree_.Child(function, FunctionItemSlots::kCall), &strength);
    if (first_name.empty()) first_name = name;
    const bool alone = tree_[functions].child_count == 1;
    const NodeId own = tree_.Child(function, FunctionItemSlots::kColumnDefs);
    if (!FunctionColumns(function, own != kNoNode ? own : definitions, alone && named ? Name(alias, 0) : name, scope,
                         &open))
      return false;
  }
  scope.lateral_active = saved;
  if (tree_.Has(item, kOrdinality)) {
    Column column;
    column.name = "ordinality";
    column.type_name = "int8";
    state_.building.push_back(column);
  }
  RelationId relation = AddColumns(begin);
  if (open) relation = AddOpenRelation();
  return AddAlias(alias, first_name, relation, true, out);
}

bool Resolver::FunctionColumns(NodeId function_item, NodeId coldefs, std::string_view scalar_name, Scope& scope,
                               bool* open) {
  const NodeId call = tree_.Child(function_item, FunctionItemSlots::kCall);
  const std::size_t pending = state_.pending.size(), begin = state_.building.size();
  if (!Expression(call, scope)) return false;
  const bool is_call = tree_[call].kind == NodeKind::kFunctionCall;
  FunctionInfo info{};
  const bool is_builtin = is_call && FindBuiltinFunction(tree_.LastName(call), &info) &&
                          (tree_.NameCount(call) == 1 || Name(call, tree_.NameCount(call) - 2) == "pg_catalog");
  const NodeId arguments = is_call ? tree_.Child(call, FunctionCallSlots::kArguments) : kNoNode;
  const auto scalar = [&](std::string_view name, NodeId expression, std::string_view type_name) {
    Column column;
    column.name = name;
    column.expression = expression;
    column.type_name = type_name;
    state_.building.push_back(column);
  };
  if (coldefs != kNoNode) {
    if (!ColumnDefinitions(coldefs)) return false;
  } else if (is_builtin && info.name == "unnest") {
    const std::size_t count = arguments == kNoNode ? 0 : tree_[arguments].child_count;
    for (std::size_t i = 0; i < count; ++i) {
      const Type array = TypeOf(tree_.Child(arguments, static_cast<std::uint32_t>(i)));
      if (array.kind == Type::Kind::kBuiltin && BuiltinTypeNameOf(array.builtin) == "tsvector") {
        for (std::string_view columns = info.columns; !columns.empty();) {
          const std::string_view column = NextColumn(&columns);
          scalar(column.substr(0, column.find(' ')), kNoNode, column.substr(column.find(' ') + 1));
        }
        continue;
      }
      const Type element = array.AsElement();
      const std::size_t before = state_.building.size();
      if (element.kind == Type::Kind::kUser || element.kind == Type::Kind::kTableRow ||
          element.kind == Type::Kind::kRelationRow) {
        if (!TypeColumns(element, open)) return false;
      } else if (element.kind == Type::Kind::kAnything) {
        *open = true;
      }
      if (state_.building.size() == before) {
        scalar(count == 1 ? scalar_name : std::string_view("unnest"), count == 1 ? call : kNoNode,
               count == 1 ? "" : "?");
      }
    }
  } else if (is_builtin && !info.columns.empty()) {
    for (std::string_view columns = info.columns; !columns.empty();) {
      const std::string_view column = NextColumn(&columns);
      const std::size_t space = column.find(' ');
      scalar(column.substr(0, space), kNoNode, column.substr(space + 1));
    }
  } else if (is_builtin && info.result != "*") {
    scalar(scalar_name, call, {});
  } else {
    const CatalogFunction* user = nullptr;
    if (is_call && !is_builtin && has_user_functions_) {
      const auto overloads = catalog_.FindFunctions(tree_.LastName(call));
      if (!overloads.empty()) user = overloads.front();
    }
    if (user != nullptr) {
      if (!ResultTypeColumns(user->return_type, scalar_name, open)) return false;
    } else {
      const Type type = TypeOf(call);
      if (type.MayBeUser() && !type.is_array && !TypeColumns(type, open)) return false;
    }
    if (state_.building.size() == begin && !*open) scalar(scalar_name, call, {});
  }
  // Each column may hold anything that went in.
  Column all;
  SealLineage(pending, &all);
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    state_.building[i].edges = all.edges;
    state_.building[i].edge_count = all.edge_count;
  }
  return true;
}

// The columns of a row type; none when the type is no row.
bool Resolver::TypeColumns(const Type& type, bool* open) {
  const auto add = [&](std::string_view name, std::string_view type_name) {
    Column column;
    column.name = name;
    column.type_name = type_name;
    state_.building.push_back(column);
  };
  switch (type.kind) {
    case Type::Kind::kUser:
      if (type.user->kind != 'c') return true;
      for (const CatalogColumn& field : type.user->fields) add(field.name, field.type);
      if (type.user->fields.empty()) *open = true;
      return true;
    case Type::Kind::kTableRow:
      for (const CatalogColumn& column : type.table->columns) add(column.name, column.type);
      return true;
    case Type::Kind::kRelationRow:
      if (!Expand(type.relation, &state_.building)) *open = true;
      return true;
    case Type::Kind::kNamedRow:
      for (std::string_view columns = type.columns; !columns.empty();) {
        const std::string_view column = NextColumn(&columns);
        add(column.substr(0, column.find(' ')), column.substr(column.find(' ') + 1));
      }
      return true;
    case Type::Kind::kAnything:
    case Type::Kind::kAnonymousRow:
      *open = true;
      return true;
    default:
      return true;
  }
}

// A user function's result as the catalog prints it: "TABLE(a integer, b text)", "SETOF orders", "numeric".
bool Resolver::ResultTypeColumns(std::string_view result_type, std::string_view scalar_name, bool* open) {
  if (result_type.starts_with("TABLE(") && result_type.ends_with(")")) {
    std::string_view list = result_type.substr(6, result_type.size() - 7);
    while (!list.empty()) {
      std::size_t end = 0;
      for (int depth = 0; end < list.size() && (depth > 0 || list[end] != ','); ++end) {
        depth += list[end] == '(' ? 1 : list[end] == ')' ? -1 : 0;
      }
      std::string_view part = list.substr(0, end);
      list = end < list.size() ? list.substr(end + 1) : std::string_view();
      while (part.starts_with(' ')) part.remove_prefix(1);
      Column column;
      const bool quoted = part.starts_with('"');
      const std::size_t stop = quoted ? part.find('"', 1) : part.find(' ');
      if (stop == std::string_view::npos) continue;
      column.name = quoted ? part.substr(1, stop - 1) : part.substr(0, stop);
      column.type_name = part.substr(std::min(part.size(), stop + (quoted ? 2 : 1)));
      state_.building.push_back(column);
    }
    return true;
  }
  if (result_type.starts_with("SETOF ")) result_type.remove_prefix(6);
  const std::size_t begin = state_.building.size();
  if (!TypeColumns(TypeOfText(result_type), open)) return false;
  if (state_.building.size() == begin && !*open) {
    Column column;
    column.name = scalar_name;
    column.type_name = result_type;
    state_.building.push_back(column);
  }
  return true;
}

bool Resolver::ColumnDefinitions(NodeId list) {
  for (const NodeId definition : tree_.Children(list)) {
    Column column;
    column.name = Name(definition, 0);
    column.expression = tree_.Child(definition, ColumnDefSlots::kType);
    if (!TypeRule(column.expression)) return false;
    state_.building.push_back(column);
  }
  return true;
}

bool Resolver::XmlTable(NodeId item, Scope& scope, RelationId* out) {
  const bool saved = scope.lateral_active;
  scope.lateral_active = true;
  const std::size_t pending = state_.pending.size(), begin = state_.building.size();
  for (const auto slot : {XmlTableSlots::kNamespaces, XmlTableSlots::kRow, XmlTableSlots::kDocument}) {
    if (const NodeId part = tree_.Child(item, slot); part != kNoNode && !Expression(part, scope)) return false;
  }
  for (const NodeId definition : tree_.Children(tree_.Child(item, XmlTableSlots::kColumns))) {
    Column column;
    column.name = Name(definition, 0);
    column.expression = tree_.Child(definition, XmlColumnSlots::kType);
    column.type_name = column.expression == kNoNode ? "int4" : "";  // FOR ORDINALITY
    if (!Expressions(definition, scope)) return false;
    state_.building.push_back(column);
  }
  scope.lateral_active = saved;
  Column all;
  SealLineage(pending, &all);
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    state_.building[i].edges = all.edges;
    state_.building[i].edge_count = all.edge_count;
  }
  const RelationId relation = AddColumns(begin);
  return AddAlias(tree_.Child(item, XmlTableSlots::kAlias), "xmltable", relation, true, out);
}

bool Resolver::JsonTable(NodeId item, Scope& scope, RelationId* out) {
  const bool saved = scope.lateral_active;
  scope.lateral_active = true;
  const std::size_t pending = state_.pending.size(), begin = state_.building.size();
  for (const auto slot :
       {JsonTableSlots::kContext, JsonTableSlots::kPath, JsonTableSlots::kPassing, JsonTableSlots::kOnError}) {
    if (const NodeId part = tree_.Child(item, slot); part != kNoNode && !Expression(part, scope)) return false;
  }
  if (const NodeId columns = tree_.Child(item, JsonTableSlots::kColumns);
      columns != kNoNode && !JsonColumns(columns, scope))
    return false;
  scope.lateral_active = saved;
  Column all;
  SealLineage(pending, &all);
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    state_.building[i].edges = all.edges;
    state_.building[i].edge_count = all.edge_count;
  }
  const RelationId relation = AddColumns(begin);
  return AddAlias(tree_.Child(item, JsonTableSlots::kAlias), "json_table", relation, true, out);
}

bool Resolver::JsonColumns(NodeId list, Scope& scope) {
  for (const NodeId definition : tree_.Children(list)) {
    const JsonColumnOp op = OpOf<JsonColumnOp>(tree_[definition]);
    if (const NodeId nested = tree_.Child(definition, JsonColumnSlots::kColumns); nested != kNoNode) {
      if (!JsonColumns(nested, scope)) return false;
    }
    for (const auto slot :
         {JsonColumnSlots::kType, JsonColumnSlots::kFormat, JsonColumnSlots::kPath, JsonColumnSlots::kBehaviors}) {
      if (const NodeId part = tree_.Child(definition, slot); part != kNoNode && !Expression(part, scope)) return false;
    }
    if (op == JsonColumnOp::kNested) continue;
    Column column;
    column.name = Name(definition, 0);
    column.expression = tree_.Child(definition, JsonColumnSlots::kType);
    if (column.expression == kNoNode) column.type_name = "int4";
    state_.building.push_back(column);
  }
  return true;
}

// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-JOIN
bool Resolver::Join(NodeId item, Scope& scope, RelationId* out) {
  const JoinType type = OpOf<JoinType>(tree_[item]);
  const std::size_t begin = state_.items.size();
  const std::uint32_t saved_begin = scope.items_begin, saved_end = scope.items_end;
  RelationId left = kNoRelation, right = kNoRelation;
  if (!FromItem(tree_.Child(item, JoinSlots::kLeft), scope, &left)) return false;
  const std::size_t middle = state_.items.size();
  SetLateral(begin, middle, true, type == JoinType::kInner || type == JoinType::kLeft || type == JoinType::kCross);
  scope.items_end = static_cast<std::uint32_t>(middle);
  if (!FromItem(tree_.Child(item, JoinSlots::kRight), scope, &right)) return false;
  scope.items_end = saved_end;
  const std::size_t end = state_.items.size();
  if (!CheckConflicts(begin, middle, end, item)) return false;
  if (!JoinColumns(item, left, right, out)) return false;
  if (const NodeId on = tree_.Child(item, JoinSlots::kOn); on != kNoNode) {
    // ON sees the two sides of its own join and the queries around, but no other FROM item.
    SetLateral(begin, end, false, true);
    scope.items_begin = static_cast<std::uint32_t>(begin);
    scope.items_end = static_cast<std::uint32_t>(end);
    if (!Expression(on, scope)) return false;
    scope.items_begin = saved_begin;
    scope.items_end = saved_end;
  }
  const NodeId alias = tree_.Child(item, JoinSlots::kAlias);
  const bool merges = tree_.Child(item, JoinSlots::kUsing) != kNoNode || tree_.Has(item, kNatural);
  if (alias != kNoNode) {  // (a JOIN b …) AS j hides a and b
    state_.items.resize(begin);
    const std::size_t columns = state_.building.size();
    const bool known = Expand(*out, &state_.building);
    RelationId relation = AddColumns(columns);
    if (!known) relation = AddOpenRelation();
    At(relation).of_join = true;
    return AddAlias(alias, {}, relation, true, out);
  }
  if (!merges) return true;
  for (std::size_t i = begin; i < end; ++i) state_.items[i].columns_visible = false;
  NamespaceItem joined;
  joined.relation = *out;
  joined.relation_visible = false;
  state_.items.push_back(joined);
  if (const NodeId using_alias = tree_.Child(item, JoinSlots::kUsingAlias); using_alias != kNoNode) {
    Relation merged = At(*out);
    merged.kind = Relation::Kind::kColumns;
    NamespaceItem named;
    named.name = Name(using_alias, 0);
    named.relation = AddRelation(merged);
    named.has_alias = true;
    named.columns_visible = false;
    state_.items.push_back(named);
    if (!CheckConflicts(begin, state_.items.size() - 1, state_.items.size(), item)) return false;
  }
  return true;
}

bool Resolver::JoinColumns(NodeId item, RelationId left, RelationId right, RelationId* out) {
  Relation join;
  join.kind = Relation::Kind::kJoin;
  join.left = left;
  join.right = right;
  const std::size_t begin = state_.building.size();
  if (const NodeId list = tree_.Child(item, JoinSlots::kUsing); list != kNoNode) {
    for (const NodeId name : tree_.Children(list)) {
      if (!MergeColumn(name, Name(name, 0), left, right, item)) return false;
    }
  } else if (tree_.Has(item, kNatural)) {
    std::vector<Column> columns;
    Expand(left, &columns);
    for (const Column& column : columns) {
      ColumnSource source;
      if (column.source.column == kAnyColumn || column.name.empty()) continue;
      if (At(right).kind == Relation::Kind::kOpen || FindColumn(right, column.name, &source) == 0) continue;
      if (source.column == kSystemColumn) continue;
      if (!MergeColumn(item, column.name, left, right, item)) return false;
    }
  }
  join.first = static_cast<std::uint32_t>(state_.columns.size());
  join.count = static_cast<std::uint32_t>(state_.building.size() - begin);
  state_.columns.insert(state_.columns.end(), state_.building.begin() + static_cast<std::ptrdiff_t>(begin),
                        state_.building.end());
  state_.building.resize(begin);
  *out = AddRelation(join);
  return true;
}

bool Resolver::MergeColumn(NodeId at, std::string_view name, RelationId left, RelationId right, NodeId join) {
  const ByteRange range = tree_.Range(at);
  ColumnSource sources[2];
  for (int i = 0; i < 2; ++i) {
    const int count = FindColumn(i == 0 ? left : right, name, &sources[i]);
    const std::string side = i == 0 ? "left" : "right";
    if (count == 0 || sources[i].column == kSystemColumn) {
      if (!Report(Rule::kUnknownColumn, range,
                  "column " + Quoted(name) + " specified in USING clause does not exist in " + side + " table",
                  "Join with ON and name the two columns.", {}, "42703")) {
        return false;
      }
      return true;
    }
    if (count > 1) {
      if (!Report(Rule::kAmbiguousColumn, range,
                  "common column name " + Quoted(name) + " appears more than once in " + side + " table",
                  "Join with ON and name the two columns.", {}, "42702")) {
        return false;
      }
    }
    if (!CheckDenied(at, sources[i])) return false;
  }
  if (has_user_operators_ && !OperatorRule(at, range, "=", TypeOfColumn(sources[0]), TypeOfColumn(sources[1])))
    return false;
  const JoinType type = OpOf<JoinType>(tree_[join]);
  Column column;
  column.name = name;
  column.source = sources[type == JoinType::kRight ? 1 : 0];
  column.plain = type != JoinType::kFull;
  if (!column.plain) {
    const std::size_t pending = state_.pending.size();
    state_.pending.insert(state_.pending.end(), {sources[0], sources[1]});
    SealLineage(pending, &column);
  }
  state_.building.push_back(column);
  return true;
}

bool Resolver::AddAlias(NodeId alias, std::string_view default_name, RelationId relation, bool has_alias,
                        RelationId* out) {
  NamespaceItem item;
  item.name = alias != kNoNode && tree_.NameCount(alias) > 0 ? Name(alias, 0) : default_name;
  item.has_alias = has_alias;
  item.relation = relation;
  item.relation_visible = !item.name.empty();
  const NodeId columns = alias == kNoNode ? kNoNode : tree_.Child(alias, AliasSlots::kColumns);
  if (columns != kNoNode && !RenameColumns(columns, item.name, relation, &item.relation)) return false;
  state_.items.push_back(item);
  *out = item.relation;
  return true;
}

bool Resolver::RenameColumns(NodeId columns, std::string_view name, RelationId relation, RelationId* out) {
  const std::uint32_t wanted = tree_[columns].child_count;
  if (At(relation).kind == Relation::Kind::kOpen) return true;
  const std::size_t available =
      At(relation).kind == Relation::Kind::kTable ? At(relation).table->columns.size() : At(relation).count;
  if (wanted > available) {
    return Report(Rule::kColumnCount, tree_.Range(columns),
                  "table " + Quoted(name) + " has " + std::to_string(available) + " columns available but " +
                      std::to_string(wanted) + " columns specified",
                  "Name at most the columns that are there.", {}, "42P10");
  }
  if (At(relation).kind == Relation::Kind::kTable) {
    Relation renamed = At(relation);
    renamed.aliases = static_cast<std::uint32_t>(state_.alias_names.size());
    renamed.alias_count = wanted;
    for (std::uint32_t i = 0; i < wanted; ++i) state_.alias_names.push_back(Name(tree_.Child(columns, i), 0));
    *out = AddRelation(renamed);
    return true;
  }
  // Copies with other names; they keep what they are made of.
  Relation renamed = At(relation);
  renamed.first = static_cast<std::uint32_t>(state_.columns.size());
  for (std::uint32_t i = 0; i < renamed.count; ++i) {
    Column column = state_.columns[At(relation).first + i];
    if (i < wanted) column.name = Name(tree_.Child(columns, i), 0);
    state_.columns.push_back(column);
  }
  *out = AddRelation(renamed);
  return true;
}

bool Resolver::CheckConflicts(std::size_t begin, std::size_t middle, std::size_t end, NodeId at) {
  for (std::size_t right = middle; right < end; ++right) {
    const NamespaceItem& b = state_.items[right];
    if (!b.relation_visible) continue;
    for (std::size_t left = begin; left < middle; ++left) {
      const NamespaceItem& a = state_.items[left];
      if (!a.relation_visible || a.name != b.name) continue;
      const CatalogTable* tables[] = {At(a.relation).table, At(b.relation).table};
      const bool different_tables =
          !a.has_alias && !b.has_alias && tables[0] != nullptr && tables[1] != nullptr && tables[0] != tables[1];
      if (different_tables) continue;  // sales.t and hr.t: each can be named with its schema
      if (!Report(Rule::kDuplicateAlias, tree_.Range(at), "table name " + Quoted(b.name) + " specified more than once",
                  "Give each its own alias.", {}, "42712")) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace toomai::validator
