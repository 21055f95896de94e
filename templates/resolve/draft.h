// A query on its way: what the steps of Compose hand on to each other.
#pragma once

#include <vector>

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {

struct Draft {
  Draft(const Context& x, int root_in, const schema::JoinHints* hints)
      : root(root_in), b(x, root_in, hints), q(b.query()) {}

  const int root;
  QueryBuilder b;
  Query& q;
  bool has_aggregate = false, has_plain = false;
  bool best_of_each = false;    // "the most expensive product in each category"
  bool row_of_maximum = false;  // "the highest price and the name of …": the row that has it
  bool grouped = false;
  std::vector<Sup> sups;
  std::vector<Group> groups;
  std::vector<ExprPtr> shown;  // columns, not numbers
  std::vector<OrderItem> order;
  long limit = 0, offset = 0;

  bool Shows(const ExprPtr& column) const;
  // Ranked by this, as the superlative says.
  void Rank(const Sup& sup, ExprPtr by);
};

// Rules, as `ask --explain` calls them.
inline constexpr const char *kShownRule = "what is asked for", *kCountRule = "a count",
                            *kAggregateRule = "an aggregate", *kGroupRule = "one row for each",
                            *kRankRule = "a ranking", *kOrderRule = "an order";

}  // namespace toomai::templates
