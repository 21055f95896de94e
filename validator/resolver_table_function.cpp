// Functions in FROM, XMLTABLE and JSON_TABLE: which columns they offer.
// https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
#include "validator/resolver.h"

namespace toomai::validator {
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
  if (tree_.Has(item, kOrdinality)) AddColumn("ordinality", kNoNode, "int8");
  const RelationId relation = AddColumns(begin);
  if (open) At(relation).kind = Relation::Kind::kOpen;
  return AddAlias(alias, first_name, relation, true, out);
}

bool Resolver::FunctionColumns(NodeId function_item, NodeId coldefs, std::string_view scalar_name, Scope& scope,
                               bool* open) {
  const NodeId call = tree_.Child(function_item, FunctionItemSlots::kCall);
  const std::size_t pending = state_.pending.size(), begin = state_.building.size();
  if (!Expression(call, scope)) return false;
  if (coldefs != kNoNode) {
    if (!ColumnDefinitions(coldefs)) return false;
  } else if (IsUnnest(call)) {
    UnnestColumns(call, scalar_name, open);
  } else if (const std::string_view columns = OutColumns(call); !columns.empty()) {
    TypeColumns(Type::Row(columns), open);
  } else {
    RowOrScalar(TypeOf(call), scalar_name, call, open);
  }
  if (*open && state_.building.size() == begin) state_.building.emplace_back();
  ShareLineage(pending, begin);
  return true;
}

// The columns that a function of pg_catalog names itself: jsonb_each has key and value, jsonb_array_elements value
// alone.
std::string_view Resolver::OutColumns(NodeId call) const {
  FunctionInfo info{};
  return IsBuiltinCall(call) && FindBuiltinFunction(tree_.LastName(call), &info) ? info.columns : std::string_view();
}

bool Resolver::IsUnnest(NodeId call) const {
  return IsBuiltinCall(call) && tree_.LastName(call) == "unnest";
}

bool Resolver::IsBuiltinCall(NodeId call) const {
  if (tree_[call].kind != NodeKind::kFunctionCall) return false;
  const std::size_t parts = tree_.NameCount(call);
  return parts == 1 || Name(call, parts - 2) == "pg_catalog";
}

// unnest(a, b): the columns of each array's elements, side by side.
void Resolver::UnnestColumns(NodeId call, std::string_view scalar_name, bool* open) {
  const NodeId arguments = tree_.Child(call, FunctionCallSlots::kArguments);
  if (arguments == kNoNode) return AddColumn(scalar_name, call);
  const bool alone = tree_[arguments].child_count == 1;
  for (const NodeId argument : tree_.Children(arguments)) {
    const Type array = TypeOf(argument);
    if (alone) {
      RowOrScalar(TypeOf(call), scalar_name, call, open);
    } else if (IsTextVector(array)) {
      TypeColumns(TypeOf(call), open);
    } else {
      RowOrScalar(array.AsElement(), "unnest", kNoNode, open);
    }
  }
}

// The columns of a row, or one column.
void Resolver::RowOrScalar(const Type& type, std::string_view scalar_name, NodeId call, bool* open) {
  const std::size_t begin = state_.building.size();
  // What returns just any record has columns only where they are listed.
  if (!type.is_array && type.kind != Type::Kind::kAnonymousRow) TypeColumns(type, open);
  if (state_.building.size() > begin || *open) return;
  AddColumn(scalar_name, call, call != kNoNode || type.MayBeUser() ? "" : "?");
}

void Resolver::AddColumn(std::string_view name, NodeId expression, std::string_view type_name) {
  Column column;
  column.name = name;
  column.expression = expression;
  column.type_name = type_name;
  state_.building.push_back(column);
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
void Resolver::TypeColumns(const Type& type, bool* open) {
  switch (type.kind) {
    case Type::Kind::kUser:
      if (type.user->kind != 'c') return;
      for (const CatalogColumn& field : type.user->fields) AddColumn(field.name, kNoNode, field.type);
      if (type.user->fields.empty()) *open = true;
      return;
    case Type::Kind::kTableRow:
      for (const CatalogColumn& column : type.table->columns) AddColumn(column.name, kNoNode, column.type);
      return;
    case Type::Kind::kRelationRow:
      if (!Expand(type.relation, &state_.building)) *open = true;
      return;
    case Type::Kind::kNamedRow:
      for (std::string_view columns = type.columns; !columns.empty();) {
        const NamedColumn column = TakeColumn(&columns);
        AddColumn(column.name, kNoNode, column.type);
      }
      if (type.columns.empty()) *open = true;
      return;
    case Type::Kind::kAnything:
    case Type::Kind::kAnonymousRow:
      *open = true;
      return;
    default:
      return;
  }
}

bool Resolver::ColumnDefinitions(NodeId list) {
  for (const NodeId definition : tree_.Children(list)) {
    const NodeId type = tree_.Child(definition, ColumnDefSlots::kType);
    if (!TypeRule(type)) return false;
    AddColumn(Name(definition, 0), type);
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
    const NodeId type = tree_.Child(definition, XmlColumnSlots::kType);
    if (!Expressions(definition, scope)) return false;
    AddColumn(Name(definition, 0), type, type == kNoNode ? "int4" : "");  // FOR ORDINALITY has none
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
  if (!JsonColumns(tree_.Child(item, JsonTableSlots::kColumns), scope)) return false;
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
    const NodeId type = tree_.Child(definition, JsonColumnSlots::kType);
    AddColumn(Name(definition, 0), type, type == kNoNode ? "int4" : "");
  }
  return true;
}

}  // namespace toomai::validator
