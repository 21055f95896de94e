// Puts a Query together table by table: asking for a column brings in its table and the joins that lead to it.
#pragma once

#include <utility>
#include <vector>

#include "templates/context.h"
#include "templates/ir.h"

namespace toomai::templates {

// One step of a join path, seen from the table that is already there.
struct Hop {
  int edge = -1;
  int from = -1, to = -1;
  std::vector<std::pair<int, int>> columns;  // from's column, to's column
  bool to_many = false;
};

std::vector<Hop> Walk(const Context& context, int from, int to, const schema::JoinHints* hints = nullptr);
bool HasToMany(const std::vector<Hop>& hops);

class QueryBuilder {
 public:
  QueryBuilder(const Context& context, int root, const schema::JoinHints* hints = nullptr);

  // The source of `table`, joined in when it is not there yet; -1 when no path leads to it.
  int SourceOf(int table);
  ExprPtr Column(int table, int column);
  bool failed() const { return failed_; }
  double cost() const { return cost_; }        // of the joins made
  bool fans_out() const { return fans_out_; }  // some join multiplies the root's rows
  bool Has(int table) const;
  int root() const { return query_->sources[0].table; }
  Query& query() { return *query_; }
  QueryPtr Take() { return query_; }

 private:
  const Context& context_;
  const schema::JoinHints* hints_;
  QueryPtr query_;
  bool failed_ = false, fans_out_ = false;
  double cost_ = 0;
};

}  // namespace toomai::templates
