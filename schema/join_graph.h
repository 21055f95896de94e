// Which tables can be joined, on what, and how sure we are: declared foreign keys, and keys inferred from names and
// values where none are declared. Built once per snapshot, immutable, any thread.
#pragma once

#include <utility>
#include <vector>

#include "schema/schema.h"
#include "schema/value_index.h"

namespace toomai::schema {

struct JoinEdge {
  int table1 = -1, table2 = -1;              // table1 refers to table2 (many to one) when `to_one`
  std::vector<std::pair<int, int>> columns;  // column of table1, column of table2
  bool declared = false;
  bool to_one = true;  // table2's side is unique
  double cost = 1;     // 1 declared; more when guessed
};

// What a question says of the way: tables it speaks of, and keys whose role it names. Both make a path cheaper.
struct JoinHints {
  std::vector<int> tables;  // a few
  std::vector<int> edges;
  double Factor(int edge, int to, bool from_named) const;
  bool Names(int table) const;
};

class JoinGraph {
 public:
  JoinGraph() = default;
  JoinGraph(const Schema& schema, const ValueIndex& values);

  const std::vector<JoinEdge>& edges() const { return edges_; }
  const std::vector<int>& EdgesOf(int table) const { return by_table_[table]; }  // indexes into edges()
  // Cheapest way from any table of `from` to `to`, as edge indexes in walking order; empty when there is none
  // (or `to` is in `from`). At most kMaxJoinHops edges.
  std::vector<int> Path(const std::vector<int>& from, int to, const JoinHints* hints = nullptr) const;
  double Distance(int from, int to) const;  // cost of the path; 0 for the same table; kUnreachable when none
  // The edge whose many side is this column, or -1.
  int EdgeFromColumn(int table, int column) const;
  bool IsUnique(int table, int column) const;  // primary key, unique key, or unique by statistics or values

 private:
  void AddDeclared(const Schema& schema);
  class Inference;
  void Infer(const Schema& schema, const ValueIndex& values);  // join_inference.cpp
  void AddEdge(JoinEdge edge);
  std::vector<JoinEdge> edges_;
  std::vector<std::vector<int>> by_table_;
  std::vector<std::vector<char>> unique_;
};

inline constexpr int kMaxJoinHops = 6;
inline constexpr double kUnreachable = 1e6;

}  // namespace toomai::schema
