// Column references: where a name is looked for, and what is said when it is not there. See parse_relation.c.
#include <algorithm>

#include "validator/builtins.h"
#include "validator/resolver.h"
#include "validator/suggest.h"

namespace toomai::validator {
namespace {

bool IsSystemColumn(std::string_view name) {
  return name == "ctid" || name == "tableoid" || name == "xmin" || name == "xmax" || name == "cmin" || name == "cmax";
}

}  // namespace

int Resolver::FindColumn(RelationId id, std::string_view name, ColumnSource* out) {
  const Relation& relation = At(id);
  int found = 0;
  const auto take = [&](const ColumnSource& source) {
    if (found++ == 0) *out = source;
  };
  switch (relation.kind) {
    case Relation::Kind::kTable: {
      for (std::uint32_t i = 0; i < relation.alias_count; ++i) {
        if (state_.alias_names[relation.aliases + i] == name) take({id, i});
      }
      const int i = relation.table->FindColumn(name);
      if (i >= 0 && static_cast<std::uint32_t>(i) >= relation.alias_count) take({id, static_cast<std::uint32_t>(i)});
      if (found == 0 && !relation.table->is_view && IsSystemColumn(name)) take({id, kSystemColumn});
      return found;
    }
    case Relation::Kind::kColumns:
      for (std::uint32_t i = 0; i < relation.count; ++i) {
        if (SameName(state_.columns[relation.first + i].name, name)) take({id, i});
      }
      return found;
    case Relation::Kind::kJoin:
      for (std::uint32_t i = 0; i < relation.count; ++i) {
        if (SameName(state_.columns[relation.first + i].name, name)) take({id, i});
      }
      if (found > 0) return found;
      for (const RelationId side : {relation.left, relation.right}) {
        ColumnSource source;
        const int count = FindColumn(side, name, &source);
        if (count > 0 && source.column != kSystemColumn) {
          take(source);
          found += count - 1;
        }
      }
      return found;
    case Relation::Kind::kOpen:
      // Any name may be a column, but one that could call something is not given the benefit of the doubt.
      if (IsCallable(name)) return 0;
      take({id, kAnyColumn});
      return 1;
  }
  return 0;
}

// Whether a dotted name that is no column would call something that is not harmless.
bool Resolver::IsCallable(std::string_view name) const {
  FunctionCategory category{};
  if (FindBuiltinFunction(name, &category) && !IsAllowed(category)) return true;
  return has_user_functions_ && !catalog_.FindFunctions(name).empty();
}

bool Resolver::FindBareColumn(NodeId ref, std::string_view name, Scope& scope, bool local, ColumnSource* out,
                              bool* found) {
  *found = false;
  for (Scope* level = &scope; level != nullptr; level = local ? nullptr : level->parent) {
    for (std::uint32_t i = level->items_begin; i < level->items_end; ++i) {
      const NamespaceItem& item = state_.items[i];
      if (!item.columns_visible || (item.lateral_only && !level->lateral_active)) continue;
      ColumnSource source;
      const int count = FindColumn(item.relation, name, &source);
      if (count == 0) continue;
      if (count > 1 || *found) {
        // A relation whose columns we do not know proves nothing.
        if (source.column == kAnyColumn) continue;
        if (out->column == kAnyColumn && count == 1) {
          *out = source;
          continue;
        }
        Suggestions qualified(name);
        for (std::uint32_t k = level->items_begin; k < level->items_end; ++k) {
          ColumnSource unused;
          if (state_.items[k].relation_visible && FindColumn(state_.items[k].relation, name, &unused) > 0) {
            qualified.Offer(name, std::string(state_.items[k].name) + "." + std::string(name));
          }
        }
        std::vector<std::string> candidates = qualified.Take();
        std::string hint = "Write " + (candidates.empty() ? "table.column" : candidates.front());
        for (std::size_t k = 1; k < candidates.size(); ++k) hint += " or " + candidates[k];
        hint += ".";
        return Report(Rule::kAmbiguousColumn, tree_.Range(ref), "column reference " + Quoted(name) + " is ambiguous",
                      std::move(hint), std::move(candidates), "42702");
      }
      if (item.lateral_only && !item.lateral_ok) {
        return Report(Rule::kInvalidReference, tree_.Range(ref),
                      "invalid reference to FROM-clause entry for table " + Quoted(item.name),
                      "The combining JOIN type must be INNER or LEFT for a LATERAL reference.", {}, "42P10");
      }
      *found = true;
      *out = source;
    }
    if (*found) return !level->in_limit || ReportInLimit(ref);
  }
  return true;
}

bool Resolver::ReportInLimit(NodeId ref) {
  return Report(Rule::kInvalidReference, tree_.Range(ref), "argument of LIMIT must not contain variables",
                "Write a number; LIMIT is worked out once, not for each row.", {}, "42P10");
}

bool Resolver::FindItem(NodeId ref, std::string_view schema, std::string_view name, Scope& scope, RelationId* out,
                        bool* found) {
  *found = false;
  const CatalogTable* table = nullptr;
  if (!schema.empty()) {
    table = checker_.FindTable(schema, name);
    if (table == nullptr && !IsSystemSchema(schema)) return true;
  }
  for (Scope* level = &scope; level != nullptr; level = level->parent) {
    for (std::uint32_t i = level->items_begin; i < level->items_end; ++i) {
      const NamespaceItem& item = state_.items[i];
      if (!item.relation_visible || (item.lateral_only && !level->lateral_active) || !SameName(item.name, name))
        continue;
      if (!schema.empty() && (item.has_alias || (table != nullptr && At(item.relation).table != table) ||
                              (table == nullptr && At(item.relation).kind != Relation::Kind::kOpen))) {
        continue;
      }
      if (*found) {
        return Report(Rule::kAmbiguousTable, tree_.Range(ref), "table reference " + Quoted(name) + " is ambiguous",
                      "Give each table its own alias.", {}, "42P09");
      }
      if (item.lateral_only && !item.lateral_ok) {
        return Report(Rule::kInvalidReference, tree_.Range(ref),
                      "invalid reference to FROM-clause entry for table " + Quoted(name),
                      "The combining JOIN type must be INNER or LEFT for a LATERAL reference.", {}, "42P10");
      }
      *found = true;
      *out = item.relation;
    }
    if (*found) return !level->in_limit || ReportInLimit(ref);
  }
  return true;
}

bool Resolver::CheckDatabase(std::string_view database, ByteRange range) {
  if (catalog_.DatabaseName().empty() || catalog_.DatabaseName() == database) return true;
  return Report(Rule::kWrongDatabase, range, "cross-database references are not implemented: " + Quoted(database),
                "This statement runs in the database " + Quoted(catalog_.DatabaseName()) + ".", {}, "0A000");
}

bool Resolver::ColumnReference(NodeId ref, Scope& scope) {
  const std::size_t parts = tree_.NameCount(ref);
  RelationId relation = kNoRelation;
  bool found = false;
  if (tree_.Has(ref, kStarFlag)) {  // t.* as a value: the whole row
    const std::string_view schema = parts > 1 ? Name(ref, parts - 2) : std::string_view();
    if (!FindItem(ref, schema, Name(ref, parts - 1), scope, &relation, &found)) return false;
    return found ? UseWholeRow(ref, relation) : ReportMissingFrom(ref, schema, Name(ref, parts - 1), scope);
  }
  const std::string_view column = Name(ref, parts - 1);
  ColumnSource source;
  if (parts == 1) {
    if (!FindBareColumn(ref, column, scope, false, &source, &found)) return false;
    if (found) return UseColumn(ref, source);
    if (!FindItem(ref, {}, column, scope, &relation, &found)) return false;
    return found ? UseWholeRow(ref, relation) : ReportUnknownColumn(ref, column, scope);
  }
  const std::string_view qualifier = Name(ref, parts - 2);
  const std::string_view schema = parts > 2 ? Name(ref, parts - 3) : std::string_view();
  if (parts > 3 && !CheckDatabase(Name(ref, 0), tree_.NameRange(ref))) return false;
  if (!FindItem(ref, schema, qualifier, scope, &relation, &found)) return false;
  if (!found) return ReportMissingFrom(ref, schema, qualifier, scope);
  const int count = FindColumn(relation, column, &source);
  if (count > 1) {
    if (!Report(Rule::kAmbiguousColumn, tree_.Range(ref), "column reference " + Quoted(column) + " is ambiguous",
                "The table has several columns of this name; rename them with an alias list.", {}, "42702")) {
      return false;
    }
  }
  if (count == 0) return ReportNoSuchField(ref, tree_.Range(ref), qualifier, column, relation);
  return UseColumn(ref, source);
}

bool Resolver::UseColumn(NodeId at, const ColumnSource& source) {
  state_.resolved[at] = source;
  state_.pending.push_back(source);
  return CheckDenied(at, source);
}

bool Resolver::UseWholeRow(NodeId at, RelationId relation) {
  state_.resolved[at] = {relation, kWholeRow};
  state_.pending.push_back({relation, kWholeRow});
  return CheckDeniedWhole(at, relation);
}

bool Resolver::CheckDenied(NodeId at, const ColumnSource& source) {
  if (source.relation == kNoRelation) return true;
  const Relation& relation = At(source.relation);
  if (relation.kind == Relation::Kind::kColumns && relation.of_join && source.column < kAnyColumn) {
    return CheckDenied(at, state_.columns[relation.first + source.column].source);
  }
  if (relation.kind != Relation::Kind::kTable || relation.denied_count == 0) return true;
  const auto begin = state_.denied.begin() + relation.denied;
  if (!std::binary_search(begin, begin + relation.denied_count, static_cast<int>(source.column))) return true;
  const CatalogTable& table = *relation.table;
  return Report(Rule::kDeniedColumn, tree_.Range(at),
                "the policy denies reading the column " + table.schema + "." + table.name + "." +
                    table.columns[source.column].name,
                "Name the columns you need, without this one.", {}, "42501");
}

bool Resolver::CheckDeniedWhole(NodeId at, RelationId id) {
  const Relation& relation = At(id);
  if (relation.kind == Relation::Kind::kColumns && relation.of_join) {
    for (std::uint32_t i = 0; i < relation.count; ++i) {
      if (!CheckDenied(at, {id, i})) return false;
    }
    return true;
  }
  if (relation.kind != Relation::Kind::kTable || relation.denied_count == 0) return true;
  return CheckDenied(at, {id, static_cast<std::uint32_t>(state_.denied[relation.denied])});
}

bool Resolver::ReportUnknownColumn(NodeId ref, std::string_view name, Scope& scope) {
  Suggestions near(name);
  std::vector<std::string> elsewhere;
  for (Scope* level = &scope; level != nullptr; level = level->parent) {
    for (std::uint32_t i = level->items_begin; i < level->items_end; ++i) {
      const NamespaceItem& item = state_.items[i];
      std::vector<Column> columns;
      if (!item.relation_visible || !Expand(item.relation, &columns)) continue;
      for (const Column& column : columns)
        near.Offer(column.name, std::string(item.name) + "." + std::string(column.name));
    }
  }
  std::vector<std::string> candidates = near.Take();
  std::string hint;
  const Token& token = tree_.tokens[tree_.NameToken(ref, 0)];
  if (!candidates.empty()) hint = "Did you mean " + candidates.front() + "?";
  if (token.kind == TokenKind::kQuotedIdentifier) {
    hint += (hint.empty() ? "" : " ") + std::string("Double quotes make a name; text takes single quotes: '") +
            std::string(name) + "'.";
  } else if (hint.empty()) {
    for (const CatalogTable* table : catalog_.Tables()) {
      if (elsewhere.size() < Suggestions::kMost && table->FindColumn(name) >= 0 &&
          !checker_.IsDeniedRelation(table->schema, table->name)) {
        elsewhere.push_back(checker_.OnSearchPath(table->schema) ? table->name : table->schema + "." + table->name);
      }
    }
    if (!elsewhere.empty()) {
      hint = "There is such a column in " + elsewhere.front();
      for (std::size_t i = 1; i < elsewhere.size(); ++i) hint += ", " + elsewhere[i];
      hint += ", which is not in FROM here.";
    }
  }
  return Report(Rule::kUnknownColumn, tree_.Range(ref), "column " + Quoted(name) + " does not exist", std::move(hint),
                std::move(candidates), "42703");
}

// t.name or (expression).name where the row has no such field: PostgreSQL would look for a function of that name.
bool Resolver::ReportNoSuchField(NodeId, ByteRange range, std::string_view qualifier, std::string_view name,
                                 RelationId relation) {
  FunctionCategory category{};
  const bool calls =
      FindBuiltinFunction(name, &category) || (has_user_functions_ && !catalog_.FindFunctions(name).empty());
  if (calls) {
    const bool proceed =
        Report(Rule::kAttributeCall, range,
               Quoted(name) + " is no column here: written like this it calls the function " + std::string(name),
               "Only columns may follow the dot. Call an allowed function as name(value).", {}, "42703");
    if (!proceed || !IsOff(Rule::kUnknownColumn)) return proceed;
  }
  Suggestions near(name);
  std::vector<Column> columns;
  if (relation != kNoRelation && Expand(relation, &columns)) {
    for (const Column& column : columns) {
      near.Offer(column.name, qualifier.empty() ? std::string(column.name)
                                                : std::string(qualifier) + "." + std::string(column.name));
    }
  }
  std::vector<std::string> candidates = near.Take();
  std::string hint = candidates.empty() ? std::string() : "Did you mean " + candidates.front() + "?";
  const std::string shown = qualifier.empty() ? Quoted(name) : std::string(qualifier) + "." + std::string(name);
  return Report(Rule::kUnknownColumn, range, "column " + shown + " does not exist", std::move(hint),
                std::move(candidates), "42703");
}

bool Resolver::ReportMissingFrom(NodeId ref, std::string_view schema, std::string_view name, Scope& scope) {
  const std::string shown = schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name);
  Suggestions near(name);
  for (Scope* level = &scope; level != nullptr; level = level->parent) {
    // Items beyond items_end are there, only not to be seen from this place.
    const std::size_t end = level == &scope ? state_.items.size() : level->items_end;
    for (std::size_t i = level->first_item; i < end; ++i) {
      const NamespaceItem& item = state_.items[i];
      if (item.name == name && schema.empty()) {
        return Report(Rule::kInvalidReference, tree_.Range(ref),
                      "invalid reference to FROM-clause entry for table " + Quoted(shown),
                      "There is an entry for table " + Quoted(name) +
                          ", but it cannot be referenced from this part of the query.",
                      {}, "42P01");
      }
      const CatalogTable* table = At(item.relation).table;
      if (table != nullptr && table->name == name && (schema.empty() || table->schema == schema) && item.has_alias) {
        return Report(Rule::kMissingFrom, tree_.Range(ref),
                      "invalid reference to FROM-clause entry for table " + Quoted(shown),
                      "Perhaps you meant to reference the table alias " + Quoted(item.name) + ".",
                      {std::string(item.name)}, "42P01");
      }
      if (item.relation_visible) near.Offer(item.name);
    }
  }
  std::vector<std::string> candidates = near.Take();
  std::string hint =
      candidates.empty() ? "Add it to FROM, or use a table that is there." : "Did you mean " + candidates.front() + "?";
  return Report(Rule::kMissingFrom, tree_.Range(ref), "missing FROM-clause entry for table " + Quoted(shown),
                std::move(hint), std::move(candidates), "42P01");
}

}  // namespace toomai::validator
