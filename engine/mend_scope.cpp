#include "engine/mend_scope.h"

#include <algorithm>

#include "validator/walker.h"

namespace toomai::engine {

using namespace validator;

std::string_view TextOf(const Tree& tree, NodeId node) {
  const ByteRange range = tree.Range(node);
  return tree.tokens.text().substr(range.begin, range.end - range.begin);
}

int SourceInfo::Find(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return -1;
}

StatementScopes::StatementScopes(const Tree& tree, const schema::Schema& schema) : tree_(tree), schema_(schema) {
  home_.assign(tree.size(), -1);
  if (tree.root() != kNoNode) Query(tree.root(), -1, {});
}

std::vector<OutputInfo> StatementScopes::Query(NodeId query, int parent, std::vector<Cte> ctes) {
  if (const NodeId with = tree_.Child(query, QuerySlots::kWith); with != kNoNode) {
    const bool recursive = tree_.Has(with, kRecursive);
    for (NodeId cte : tree_.Children(with)) {
      Cte info;
      info.name = std::string(tree_.Name(cte, 0));
      const NodeId names = tree_.Child(cte, CteSlots::kColumns);
      const auto rename = [&] {
        if (names == kNoNode) return;
        std::size_t i = 0;
        for (NodeId name : tree_.Children(names)) {
          if (i >= info.columns.size()) info.columns.push_back({});
          info.columns[i++].name = std::string(tree_.Name(name, 0));
        }
      };
      std::vector<Cte> visible = ctes;
      if (recursive) {
        rename();
        info.known = false;
        visible.push_back(info);
        info.known = true;
      }
      info.columns = Query(tree_.Child(cte, CteSlots::kQuery), -1, visible);
      rename();
      ctes.push_back(std::move(info));
    }
  }
  const NodeId body = tree_.Child(query, QuerySlots::kBody);
  std::vector<OutputInfo> outputs = Body(body, query, parent, ctes);
  if (const NodeId limit = tree_.Child(query, QuerySlots::kLimit); limit != kNoNode)
    Expression(limit, -1, ctes, false, false);
  // ORDER BY of a single select sees its columns too; of a set operation only the outputs.
  if (const NodeId order = tree_.Child(query, QuerySlots::kOrderBy); order != kNoNode) {
    int scope = -1;
    for (std::size_t i = 0; i < scopes_.size(); ++i) {
      if (scopes_[i].query == query) scope = static_cast<int>(i);
    }
    for (NodeId sort : tree_.Children(order)) {
      const NodeId expression = tree_.Children(sort)[0];
      // Only a name that stands alone may be an output's name; inside an expression it is a column.
      const bool alone = tree_[expression].kind == NodeKind::kColumnRef;
      Expression(sort, scope, ctes, alone, false);
    }
  }
  query_outputs_[query] = outputs;
  return outputs;
}

std::vector<OutputInfo> StatementScopes::Body(NodeId body, NodeId query, int parent, const std::vector<Cte>& ctes) {
  switch (tree_[body].kind) {
    case NodeKind::kSelect:
      return Select(body, query, parent, ctes);
    case NodeKind::kQuery:
      return Query(body, parent, ctes);
    case NodeKind::kSetOperation: {
      auto outputs = Body(tree_.Child(body, SetOperationSlots::kLeft), kNoNode, parent, ctes);
      Body(tree_.Child(body, SetOperationSlots::kRight), kNoNode, parent, ctes);
      return outputs;
    }
    case NodeKind::kValues: {
      std::vector<OutputInfo> outputs;
      const auto rows = tree_.Children(body);
      if (rows.empty()) return outputs;
      for (NodeId value : tree_.Children(rows[0])) {
        outputs.push_back({"column" + std::to_string(outputs.size() + 1), value == kNoNode ? Type() : TypeOf(value)});
      }
      return outputs;
    }
    default:
      return {};
  }
}

std::vector<OutputInfo> StatementScopes::Select(NodeId select, NodeId query, int parent, const std::vector<Cte>& ctes) {
  const int scope = static_cast<int>(scopes_.size());
  scopes_.push_back({});
  scopes_[scope].select = select;
  scopes_[scope].query = query;
  scopes_[scope].parent = parent;
  if (const NodeId from = tree_.Child(select, SelectSlots::kFrom); from != kNoNode) {
    for (NodeId item : tree_.Children(from)) From(item, scope, parent, ctes, false);
    const auto conditions = scopes_[scope].conditions;
    for (NodeId on : conditions) Expression(on, scope, ctes, false, false);
  }
  if (const NodeId targets = tree_.Child(select, SelectSlots::kTargets); targets != kNoNode) {
    Expression(targets, scope, ctes, false, false);
    std::vector<OutputInfo> outputs;
    for (NodeId target : tree_.Children(targets)) {
      const NodeId expression = tree_.Children(target)[0];
      if (tree_[expression].kind == NodeKind::kColumnRef && tree_.Has(expression, kStarFlag)) {
        const bool all = tree_.NameCount(expression) == 0;
        for (const SourceInfo& source : scopes_[scope].sources) {
          if (!all && tree_.LastName(expression) != source.name) continue;
          outputs.insert(outputs.end(), source.columns.begin(), source.columns.end());
        }
        continue;
      }
      OutputInfo output;
      output.type = TypeOf(expression);
      if (const OutputInfo* base = BaseOf(expression)) {
        output.table = base->table;
        output.column = base->column;
      }
      if (tree_.NameCount(target) > 0)
        output.name = std::string(tree_.Name(target, 0));
      else if (tree_[expression].kind == NodeKind::kColumnRef || tree_[expression].kind == NodeKind::kFunctionCall) {
        output.name = std::string(tree_.LastName(expression));
      } else if (tree_[expression].kind == NodeKind::kSpecialCall) {
        output.name = std::string(SpecialFunctionName(OpOf<SpecialFunction>(tree_[expression])));
      } else {
        output.name = "?column?";
      }
      outputs.push_back(std::move(output));
    }
    scopes_[scope].outputs = std::move(outputs);
  }
  for (const auto slot : {SelectSlots::kDistinct, SelectSlots::kWhere, SelectSlots::kHaving, SelectSlots::kWindows}) {
    Expression(tree_.Child(select, slot), scope, ctes, false, false);
  }
  Expression(tree_.Child(select, SelectSlots::kGroupBy), scope, ctes, false, true);
  return scopes_[scope].outputs;
}

void StatementScopes::Rename(NodeId alias, SourceInfo* source) const {
  if (alias == kNoNode) return;
  if (tree_.NameCount(alias) > 0) {
    source->name = std::string(tree_.Name(alias, 0));
    source->has_alias = true;
  }
  if (const NodeId names = tree_.Child(alias, AliasSlots::kColumns); names != kNoNode) {
    std::size_t i = 0;
    for (NodeId name : tree_.Children(names)) {
      if (i >= source->columns.size()) source->columns.push_back({});
      source->columns[i++].name = std::string(tree_.Name(name, 0));
    }
  }
}

void StatementScopes::Table(NodeId item, int scope, const std::vector<Cte>& ctes, bool outer) {
  SourceInfo source;
  source.node = item;
  source.outer = outer;
  source.name = std::string(tree_.LastName(item));
  const std::string_view qualifier =
      tree_.NameCount(item) > 1 ? tree_.Name(item, tree_.NameCount(item) - 2) : std::string_view();
  const Cte* cte = nullptr;
  for (const Cte& candidate : ctes) {
    if (qualifier.empty() && candidate.name == source.name) cte = &candidate;
  }
  if (cte) {
    source.columns = cte->columns;
    source.known = cte->known;
  } else {
    source.table = schema_.FindTable(qualifier, source.name);
    if (source.table < 0) {
      source.known = false;
      unknown_tables_.push_back(item);
    } else {
      const auto& columns = schema_.tables[source.table].columns;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        source.columns.push_back({columns[i].name, columns[i].type_class, source.table, static_cast<int>(i)});
      }
    }
  }
  Rename(tree_.Child(item, RangeVarSlots::kAlias), &source);
  scopes_[scope].sources.push_back(std::move(source));
}

void StatementScopes::From(NodeId item, int scope, int parent, const std::vector<Cte>& ctes, bool outer) {
  home_[item] = scope;
  switch (tree_[item].kind) {
    case NodeKind::kRangeVar:
      Table(item, scope, ctes, outer);
      return;
    case NodeKind::kRangeSubquery: {
      SourceInfo source;
      source.node = item;
      source.outer = outer;
      source.columns =
          Query(tree_.Child(item, RangeSubquerySlots::kQuery), tree_.Has(item, kLateral) ? scope : parent, ctes);
      Rename(tree_.Child(item, RangeSubquerySlots::kAlias), &source);
      scopes_[scope].sources.push_back(std::move(source));
      return;
    }
    case NodeKind::kJoin: {
      const JoinType type = OpOf<JoinType>(tree_[item]);
      const std::size_t first = scopes_[scope].sources.size();
      From(tree_.Child(item, JoinSlots::kLeft), scope, parent, ctes,
           outer || type == JoinType::kRight || type == JoinType::kFull);
      const std::size_t middle = scopes_[scope].sources.size();
      From(tree_.Child(item, JoinSlots::kRight), scope, parent, ctes,
           outer || type == JoinType::kLeft || type == JoinType::kFull);
      ScopeInfo& info = scopes_[scope];
      if (const NodeId on = tree_.Child(item, JoinSlots::kOn); on != kNoNode) info.conditions.push_back(on);
      if (const NodeId names = tree_.Child(item, JoinSlots::kUsing); names != kNoNode) {
        for (NodeId name : tree_.Children(names)) info.merged.push_back(std::string(tree_.Name(name, 0)));
      }
      if (tree_.Has(item, kNatural)) {
        for (std::size_t i = first; i < middle; ++i) {
          for (const OutputInfo& column : info.sources[i].columns) {
            for (std::size_t j = middle; j < info.sources.size(); ++j) {
              if (info.sources[j].Find(column.name) >= 0) info.merged.push_back(column.name);
            }
          }
        }
      }
      return;
    }
    default: {  // functions, XMLTABLE, JSON_TABLE: their columns are not worked out
      SourceInfo source;
      source.node = item;
      source.known = false;
      Walk(tree_, item, [&](NodeId id) {
        if (tree_[id].kind == NodeKind::kAlias && source.name.empty()) Rename(id, &source);
        return tree_[id].kind != NodeKind::kQuery;
      });
      Expression(item, scope, ctes, false, false);
      scopes_[scope].sources.push_back(std::move(source));
      return;
    }
  }
}

void StatementScopes::Expression(NodeId node, int scope, const std::vector<Cte>& ctes, bool outputs_first,
                                 bool outputs_last) {
  if (node == kNoNode) return;
  std::vector<NodeId> queries;
  Walk(tree_, node, [&](NodeId id) {
    if (tree_[id].kind == NodeKind::kQuery) {
      queries.push_back(id);
      return false;
    }
    home_[id] = scope;
    if (tree_[id].kind == NodeKind::kColumnRef && !tree_.Has(id, kStarFlag) && tree_.NameCount(id) > 0) {
      refs_[id] = Resolve(id, scope, outputs_first, outputs_last);
    }
    return true;
  });
  for (NodeId query : queries) Query(query, scope, ctes);
}

RefInfo StatementScopes::Resolve(NodeId ref, int scope, bool outputs_first, bool outputs_last) const {
  RefInfo info;
  info.home = scope;
  const std::size_t parts = tree_.NameCount(ref);
  const std::string_view column = tree_.LastName(ref);
  if (scope < 0) return info;
  const auto output = [&] {
    const auto& outputs = scopes_[scope].outputs;
    for (std::size_t i = 0; parts == 1 && i < outputs.size(); ++i) {
      if (outputs[i].name == column) {
        info.status = RefInfo::Status::kOutput;
        info.output = static_cast<int>(i);
        return true;
      }
    }
    return false;
  };
  if (outputs_first && output()) return info;
  bool qualifier_seen = parts == 1, unsure = false;
  for (int at = scope; at >= 0; at = scopes_[at].parent) {
    const ScopeInfo& here = scopes_[at];
    int found = 0;
    for (std::size_t i = 0; i < here.sources.size(); ++i) {
      const SourceInfo& source = here.sources[i];
      if (parts > 1 && source.name != tree_.Name(ref, parts - 2)) continue;
      if (parts > 1) qualifier_seen = true;
      const int index = source.Find(column);
      if (index < 0) {
        // A whole row (the alias alone) and columns of unknown sources cannot be told.
        if (!source.known || (parts == 1 && source.name == column)) unsure = true;
        continue;
      }
      if (++found == 1) {
        info.scope = at;
        info.source = static_cast<int>(i);
        info.column = index;
      }
    }
    const bool merged = std::find(here.merged.begin(), here.merged.end(), column) != here.merged.end();
    if (found > 0) {
      info.status = found == 1 || (merged && parts == 1) ? RefInfo::Status::kFound : RefInfo::Status::kAmbiguous;
      return info;
    }
    if (parts > 1 && qualifier_seen) break;
    if (unsure) break;
  }
  if (outputs_last && output()) return info;
  info.status = unsure            ? RefInfo::Status::kUnsure
                : !qualifier_seen ? RefInfo::Status::kUnknownQualifier
                                  : RefInfo::Status::kUnknownColumn;
  return info;
}

const RefInfo* StatementScopes::Ref(NodeId ref) const {
  auto found = refs_.find(ref);
  return found == refs_.end() ? nullptr : &found->second;
}

const SourceInfo* StatementScopes::SourceOf(const RefInfo& ref) const {
  return ref.scope >= 0 && ref.source >= 0 ? &scopes_[ref.scope].sources[ref.source] : nullptr;
}

const OutputInfo* StatementScopes::ColumnOf(const RefInfo& ref) const {
  if (ref.status == RefInfo::Status::kOutput) return &scopes_[ref.home].outputs[ref.output];
  const SourceInfo* source = SourceOf(ref);
  return source && ref.column >= 0 ? &source->columns[ref.column] : nullptr;
}

const OutputInfo* StatementScopes::BaseOf(NodeId expression) const {
  if (expression == kNoNode || tree_[expression].kind != NodeKind::kColumnRef) return nullptr;
  const RefInfo* ref = Ref(expression);
  const OutputInfo* column = ref ? ColumnOf(*ref) : nullptr;
  return column && column->table >= 0 ? column : nullptr;
}

const std::vector<OutputInfo>* StatementScopes::OutputsOf(NodeId query) const {
  auto found = query_outputs_.find(query);
  return found == query_outputs_.end() ? nullptr : &found->second;
}

}  // namespace toomai::engine
