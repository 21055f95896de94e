#include "templates/builder.h"

namespace toomai::templates {
namespace {

Hop Step(const schema::JoinEdge& edge, int id, int from) {
  Hop hop;
  hop.edge = id;
  hop.from = from;
  bool forward = edge.table1 == from;
  hop.to = forward ? edge.table2 : edge.table1;
  hop.to_many = forward ? !edge.to_one : true;
  for (auto [a, b] : edge.columns) hop.columns.emplace_back(forward ? a : b, forward ? b : a);
  return hop;
}

}  // namespace

std::vector<Hop> Walk(const Context& context, int from, int to, const schema::JoinHints* hints) {
  std::vector<Hop> hops;
  if (from < 0 || to < 0) return hops;
  int at = from;
  for (int e : context.joins.Path({from}, to, hints)) {
    Hop hop = Step(context.joins.edges()[static_cast<std::size_t>(e)], e, at);
    // A unique many-side is one to one.
    if (hop.to_many && hop.columns.size() == 1 && context.joins.IsUnique(hop.to, hop.columns[0].second))
      hop.to_many = false;
    at = hop.to;
    hops.push_back(std::move(hop));
  }
  return hops;
}

bool HasToMany(const std::vector<Hop>& hops) {
  for (const Hop& hop : hops) {
    if (hop.to_many) return true;
  }
  return false;
}

QueryBuilder::QueryBuilder(const Context& context, int root, const schema::JoinHints* hints)
    : context_(context), hints_(hints), query_(std::make_shared<Query>()) {
  Source source;
  source.table = root;
  query_->sources.push_back(source);
}

bool QueryBuilder::Has(int table) const {
  for (const Source& s : query_->sources) {
    if (s.table == table) return true;
  }
  return false;
}

int QueryBuilder::SourceOf(int table) {
  for (std::size_t i = 0; i < query_->sources.size(); ++i) {
    if (query_->sources[i].table == table) return static_cast<int>(i);
  }
  std::vector<int> present;
  for (const Source& s : query_->sources) present.push_back(s.table);
  std::vector<int> path = context_.joins.Path(present, table, hints_);
  if (path.empty()) {
    failed_ = true;
    return 0;
  }
  // The path starts at whichever present table its first edge touches.
  const schema::JoinEdge& first = context_.joins.edges()[static_cast<std::size_t>(path[0])];
  int at = -1;
  for (std::size_t i = 0; i < query_->sources.size(); ++i) {
    int t = query_->sources[i].table;
    bool touches = t == first.table1 || t == first.table2;
    int other = t == first.table1 ? first.table2 : first.table1;
    if (touches && !Has(other)) {
      at = static_cast<int>(i);
      break;
    }
  }
  if (at < 0) {
    failed_ = true;
    return 0;
  }
  for (int e : path) {
    const schema::JoinEdge& edge = context_.joins.edges()[static_cast<std::size_t>(e)];
    Hop hop = Step(edge, e, query_->sources[static_cast<std::size_t>(at)].table);
    Source source;
    source.table = hop.to;
    source.parent = at;
    source.on = hop.columns;
    bool one = hop.columns.size() == 1 && context_.joins.IsUnique(hop.to, hop.columns[0].second);
    if (hop.to_many && !one) fans_out_ = true;
    cost_ += edge.cost;
    query_->sources.push_back(source);
    at = static_cast<int>(query_->sources.size()) - 1;
  }
  return at;
}

// What a row refers to by is written in the row itself: no join for it.
ExprPtr QueryBuilder::Column(int table, int column) {
  if (!Has(table)) {
    const std::vector<Hop> hops = Walk(context_, root(), table, hints_);
    const bool referred =
        hops.size() == 1 && !hops[0].to_many && hops[0].columns.size() == 1 && hops[0].columns[0].second == column;
    if (referred) return MakeColumn(0, hops[0].columns[0].first);
  }
  return MakeColumn(SourceOf(table), column);
}

}  // namespace toomai::templates
