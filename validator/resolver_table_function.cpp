// Functions in FROM, XMLTABLE and JSON_TABLE: which columns they offer.
// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
#include <algorithm>

#include "validator/builtins.h"
#include "validator/resolver.h"

namespace toomai::validator {
namespace {

// Takes "key text" off the front of "key text,value jsonb".
std::string_view NextColumn(std::string_view* columns) {
  const std::size_t comma = columns->find(',');
  const std::string_view first = columns->substr(0, comma);
  *columns = comma == std::string_view::npos ? std::string_view() : columns->substr(comma + 1);
  return first;
}

}  // namespace

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
  const RelationId relation = AddColumns(begin);
  if (open) At(relation).kind = Relation::Kind::kOpen;
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
  if (*open && state_.building.size() == begin) state_.building.emplace_back();
  ShareLineage(pending, begin);
  return true;
}

// Each column of a table function may hold anything that went in.
void Resolver::ShareLineage(std::size_t pending, std::size_t begin) {
  Column all;
  SealLineage(pending, &all);
  for (std::size_t i = begin; i < state_.building.size(); ++i) {
    state_.building[i].edges = all.edges;
    state_.building[i].edge_count = all.edge_count;
    state_.building[i].plain = false;
  }
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
    if (const NodeId part = tree_.Child(item, slot); part != kNoNode && !Condition(part, scope)) return false;
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
  ShareLineage(pending, begin);
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
  ShareLineage(pending, begin);
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

}  // namespace toomai::validator
