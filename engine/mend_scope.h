// What the names of a statement mean, and what types its expressions have, as far as that can be told: for mending,
// lints and paraphrase. Forgiving where the validator is strict: an unknown name is a fact here, not the end.
//
// Recursion follows the nesting of queries, which the parser bounds (Limits::nesting).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/schema.h"
#include "validator/ast.h"

namespace toomai::engine {

using Type = std::optional<schema::TypeClass>;  // nullopt: not known (parameters, string literals, unknown functions)

// A column that a FROM item or a query gives.
struct OutputInfo {
  std::string name;
  Type type;
  int table = -1, column = -1;  // the base column it copies, if it does
};

// One FROM item that names can refer to.
struct SourceInfo {
  std::string name;  // alias, or the table's name
  bool has_alias = false;
  int table = -1;     // in the schema; -1 for queries, functions, unknown tables
  bool known = true;  // all columns are listed
  validator::NodeId node = validator::kNoNode;
  std::vector<OutputInfo> columns;
  bool outer = false;  // may be NULL-extended
  int Find(std::string_view column) const;
};

struct ScopeInfo {
  validator::NodeId select = validator::kNoNode;  // kSelect
  validator::NodeId query = validator::kNoNode;   // the kQuery it is the whole body of, else kNoNode
  int parent = -1;
  std::vector<SourceInfo> sources;
  std::vector<OutputInfo> outputs;
  std::vector<validator::NodeId> conditions;  // ON expressions of its joins
  std::vector<std::string> merged;            // columns of USING and NATURAL
};

struct RefInfo {
  enum class Status { kFound, kOutput, kUnknownQualifier, kUnknownColumn, kAmbiguous, kUnsure };
  Status status = Status::kUnsure;
  int home = -1;                             // the scope it is written in
  int scope = -1, source = -1, column = -1;  // kFound: where it points; kAmbiguous: the first one
  int output = -1;                           // kOutput: index into the home scope's outputs
};

class StatementScopes {
 public:
  StatementScopes(const validator::Tree& tree, const schema::Schema& schema);

  const std::vector<ScopeInfo>& scopes() const { return scopes_; }
  // Of a kColumnRef that is not a star; nullptr for others.
  const RefInfo* Ref(validator::NodeId ref) const;
  const SourceInfo* SourceOf(const RefInfo& ref) const;
  const OutputInfo* ColumnOf(const RefInfo& ref) const;
  // The base column that an expression is a plain copy of.
  const OutputInfo* BaseOf(validator::NodeId expression) const;
  Type TypeOf(validator::NodeId expression) const;
  // The outputs of a kQuery.
  const std::vector<OutputInfo>* OutputsOf(validator::NodeId query) const;
  // FROM tables that the schema does not have.
  const std::vector<validator::NodeId>& unknown_tables() const { return unknown_tables_; }
  // The scope whose clauses hold this node; -1 when it is not inside a select.
  int HomeOf(validator::NodeId node) const { return home_.empty() ? -1 : home_[node]; }

 private:
  struct Cte {
    std::string name;
    std::vector<OutputInfo> columns;
    bool known = true;
  };
  std::vector<OutputInfo> Query(validator::NodeId query, int parent, std::vector<Cte> ctes);
  std::vector<OutputInfo> Body(validator::NodeId body, validator::NodeId query, int parent,
                               const std::vector<Cte>& ctes);
  std::vector<OutputInfo> Select(validator::NodeId select, validator::NodeId query, int parent,
                                 const std::vector<Cte>& ctes);
  void From(validator::NodeId item, int scope, int parent, const std::vector<Cte>& ctes, bool outer);
  void Table(validator::NodeId item, int scope, const std::vector<Cte>& ctes, bool outer);
  void Expression(validator::NodeId node, int scope, const std::vector<Cte>& ctes, bool outputs_first,
                  bool outputs_last);
  RefInfo Resolve(validator::NodeId ref, int scope, bool outputs_first, bool outputs_last) const;
  void Rename(validator::NodeId alias, SourceInfo* source) const;
  Type CallType(validator::NodeId call) const;

  const validator::Tree& tree_;
  const schema::Schema& schema_;
  std::vector<ScopeInfo> scopes_;
  std::unordered_map<validator::NodeId, RefInfo> refs_;
  std::unordered_map<validator::NodeId, std::vector<OutputInfo>> query_outputs_;
  std::vector<validator::NodeId> unknown_tables_;
  std::vector<int> home_;
};

// The text of a node, as written.
std::string_view TextOf(const validator::Tree& tree, validator::NodeId node);
bool IsAggregateName(std::string_view name);
bool IsAggregate(const validator::Tree& tree, validator::NodeId node);  // a call of one, without OVER
// True when the expression holds an aggregate of its own query (subqueries are not looked into).
bool HasAggregate(const validator::Tree& tree, validator::NodeId node);

}  // namespace toomai::engine
