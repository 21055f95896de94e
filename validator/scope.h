// What the resolver knows while it reads a query: relations and their columns, and which names can be seen from where.
//
// Everything lives in flat vectors named by index (ResolverState), reused from statement to statement; text is named by
// views into the tree's tokens and the catalog.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "validator/ast.h"
#include "validator/catalog.h"
#include "validator/name_table.h"

namespace toomai::validator {

using RelationId = std::uint32_t;
inline constexpr RelationId kNoRelation = 0xFFFFFFFFu;
inline constexpr std::uint32_t kWholeRow = 0xFFFFFFFFu;      // ColumnSource::column: the row itself
inline constexpr std::uint32_t kSystemColumn = 0xFFFFFFFEu;  // ctid, xmin, …
inline constexpr std::uint32_t kAnyColumn = 0xFFFFFFFDu;     // of a relation whose columns are not known

// One column of one relation of the statement.
struct ColumnSource {
  RelationId relation = kNoRelation;
  std::uint32_t column = 0;
};

// A column that a query, function or join makes.
struct Column {
  std::string_view name;
  ColumnSource source;                      // a column with the same type
  NodeId expression = kNoNode;              // else what computes it: an expression, or the kType that was declared
  std::uint32_t edges = 0, edge_count = 0;  // lineage: range of ResolverState::edges
  std::string_view type_name;               // columns made by functions of pg_catalog
  bool plain = false;                       // an unchanged copy of source, its only lineage
  bool merged = false;                      // of two arms: its two edges are the columns of the sides
};

// A thing with columns: a table, the result of a query or function, a join.
struct Relation {
  enum class Kind : std::uint8_t {
    kTable,    // of the catalog; the first alias_count columns may be renamed
    kColumns,  // columns [first, first + count)
    kJoin,     // merged columns [first, first + count), then those of left and right with other names
    kOpen,     // columns are not known; [first, first + count) is what they may hold
  };
  Kind kind = Kind::kColumns;
  bool of_join = false;  // an aliased join: its columns were not looked at by anyone yet
  const CatalogTable* table = nullptr;
  std::uint32_t first = 0, count = 0;
  RelationId left = kNoRelation, right = kNoRelation;
  std::uint32_t aliases = 0, alias_count = 0;  // range of ResolverState::alias_names
  std::uint32_t denied = 0, denied_count = 0;  // range of ResolverState::denied: columns the policy denies
};

// A FROM item as seen by names; PostgreSQL calls it ParseNamespaceItem.
struct NamespaceItem {
  std::string_view name;
  RelationId relation = kNoRelation;
  bool has_alias = false;  // schema.table.column cannot mean it
  bool relation_visible = true, columns_visible = true;
  bool lateral_only = false, lateral_ok = true;
};

struct Cte {
  enum class State : std::uint8_t { kWaiting, kRunning, kRecursiveTerm, kDone };
  std::string_view name;
  NodeId node = kNoNode;
  RelationId relation = kNoRelation;
  State state = State::kWaiting;
  bool used_itself = false;
};

// One query level; the levels around it are its parents. Lives on the resolver's stack.
struct Scope {
  Scope* parent = nullptr;
  std::uint32_t items_begin = 0, items_end = 0;  // of ResolverState::items
  std::uint32_t first_item = 0;                  // items_begin, also while ON narrows it
  std::uint32_t ctes_begin = 0, ctes_end = 0;    // of ResolverState::ctes
  bool recursive_with = false;
  bool lateral_active = false;
  bool in_limit = false;     // columns of this level may not be used
  NodeId windows = kNoNode;  // the WINDOW clause
  NodeId query = kNoNode;    // the kQuery, if it has one of its own
};

struct ResolverState {
  std::vector<Relation> relations;
  std::vector<Column> columns;
  std::vector<NamespaceItem> items;
  std::vector<Cte> ctes;
  std::vector<std::string_view> alias_names;
  std::vector<int> denied;
  std::vector<ColumnSource> edges;     // finished lineage
  std::vector<ColumnSource> pending;   // lineage of the expression being read
  std::vector<ColumnSource> resolved;  // by NodeId: the column of a kColumnRef, the first column of a kSubquery
  std::vector<Column> building;        // select lists not finished yet

  void Clear(std::size_t nodes) {
    relations.clear();
    columns.clear();
    items.clear();
    ctes.clear();
    alias_names.clear();
    denied.clear();
    edges.clear();
    pending.clear();
    building.clear();
    resolved.assign(nodes, ColumnSource{});
  }
};

}  // namespace toomai::validator
