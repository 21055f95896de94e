// Resolves every name of a query by PostgreSQL's scoping rules and asks every rule of what may run, in one walk.
//
// Where PostgreSQL 15 looks for a name is written in its parse_clause.c, parse_relation.c, parse_cte.c and
// parse_target.c; functions here follow them. The walk stops at the first finding. Recursion follows the tree, whose
// height the parser has limited. One resolver serves one statement; it is not kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validator/ast.h"
#include "validator/checker.h"
#include "validator/functions.h"
#include "validator/rules.h"
#include "validator/scope.h"
#include "validator/types.h"

namespace toomai::validator {

inline std::string Quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

class Resolver {
 public:
  // REQUIRES: checker.catalog() is not null. `state` is only memory.
  Resolver(const Tree& tree, const Checker& checker, RuleSet disabled, ResolverState* state, Finding* finding,
           bool in_definition = false);

  // True: every name is known and no rule objects. False: *finding says why not.
  bool Run();
  // What the query returns. After Run().
  RelationId result() const { return result_; }
  const ResolverState& state() const { return state_; }

  // The columns of a relation, in order, as SELECT * would list them. False when they are not all known.
  bool Expand(RelationId relation, std::vector<Column>* out);

 private:
  // How a WITH RECURSIVE part learns its columns when its first arm is done.
  struct Publish {
    std::uint32_t cte;
  };

  // --- queries (resolver_query.cpp, resolver_order.cpp, resolver_labels.cpp) ---
  bool Query(NodeId query, Scope* parent, RelationId* out, const Publish* publish = nullptr);
  bool QueryInScope(NodeId query, Scope& scope, RelationId* out, const Publish* publish);
  bool Body(NodeId body, NodeId query, Scope& scope, RelationId* out, const Publish* publish);
  bool Select(NodeId select, NodeId query, Scope& scope, RelationId* out);
  bool TargetList(NodeId targets, Scope& scope);
  bool ReportTooManyColumns(NodeId targets);
  bool ExpandStar(NodeId target, NodeId star, Scope& scope);
  bool AddRelationColumns(RelationId relation, NodeId at);
  bool Values(NodeId values, NodeId query, Scope& scope, RelationId* out);
  bool TableCommand(NodeId command, NodeId query, Scope& scope, RelationId* out);
  bool SetOperation(NodeId operation, Scope& scope, RelationId* out, const Publish* publish);
  bool Arm(NodeId arm, Scope& scope, RelationId* out);
  bool SortAndLimit(NodeId query, Scope& scope, std::size_t targets);
  bool SortByOutputOnly(NodeId query, Scope& scope, RelationId output);
  bool SortOrGroupItem(NodeId expression, Scope& scope, std::size_t targets, bool is_group);
  bool GroupItem(NodeId item, Scope& scope, std::size_t targets);
  bool Limit(NodeId query, Scope& scope);
  bool WindowClause(NodeId windows, Scope& scope);
  RelationId FinishTargets(std::size_t targets);
  std::string_view OutputName(NodeId expression, int* strength) const;
  std::string_view TargetName(NodeId target) const;

  // --- WITH (resolver_with.cpp) ---
  bool With(NodeId with, Scope& scope);
  bool RunCte(std::uint32_t cte, Scope& scope);
  bool NameCteColumns(std::uint32_t cte, RelationId relation, RelationId* out);
  bool FindCte(std::string_view name, NodeId at, Scope& scope, RelationId* out, bool* found);
  bool CheckRecursion(std::uint32_t cte, const Scope& scope);

  // --- FROM (resolver_from.cpp, resolver_table_function.cpp, resolver_join.cpp) ---
  bool FromList(NodeId list, Scope& scope);
  bool FromItem(NodeId item, Scope& scope, RelationId* out);
  bool RangeVar(NodeId item, Scope& scope, RelationId* out);
  bool SystemRelation(NodeId item, std::string_view schema, std::string_view name, RelationId* out);
  bool UnknownTable(NodeId item, std::string_view schema, std::string_view name, RelationId* out);
  bool TableRelation(NodeId item, const CatalogTable& table, RelationId* out);
  bool TableSample(NodeId sample, Scope& scope);
  bool RangeSubquery(NodeId item, Scope& scope, RelationId* out);
  bool RangeFunction(NodeId item, Scope& scope, RelationId* out);
  bool FunctionColumns(NodeId function_item, NodeId coldefs, std::string_view scalar_name, Scope& scope, bool* open);
  std::string_view OutColumns(NodeId call) const;
  bool IsUnnest(NodeId call) const;
  bool IsBuiltinCall(NodeId call) const;
  void UnnestColumns(NodeId call, std::string_view scalar_name, bool* open);
  void RowOrScalar(const Type& type, std::string_view scalar_name, NodeId call, bool* open);
  void TypeColumns(const Type& type, bool* open);
  void AddColumn(std::string_view name, NodeId expression, std::string_view type_name = {});
  bool ColumnDefinitions(NodeId list);
  bool XmlTable(NodeId item, Scope& scope, RelationId* out);
  bool JsonTable(NodeId item, Scope& scope, RelationId* out);
  bool JsonColumns(NodeId list, Scope& scope);
  bool Join(NodeId item, Scope& scope, RelationId* out);
  bool JoinColumns(NodeId item, RelationId left, RelationId right, RelationId* out);
  bool MergeColumn(NodeId at, std::string_view name, RelationId left, RelationId right, NodeId join);
  bool AddAlias(NodeId alias, std::string_view default_name, RelationId relation, bool has_alias, RelationId* out);
  bool RenameColumns(NodeId columns, std::string_view name, RelationId relation, RelationId* out);
  bool CheckConflicts(std::size_t begin, std::size_t middle, std::size_t end, NodeId at);
  void SetLateral(std::size_t begin, std::size_t end, bool only, bool ok);

  // --- names (resolver_names.cpp) ---
  bool ColumnReference(NodeId ref, Scope& scope);
  // Looks for a bare column; *found says whether there is one. `local`: this level only.
  bool FindBareColumn(NodeId ref, std::string_view name, Scope& scope, bool local, ColumnSource* out, bool* found);
  bool FindItem(NodeId ref, std::string_view schema, std::string_view name, Scope& scope, RelationId* out, bool* found);
  // How many columns of the relation have the name; *out is the first.
  int FindColumn(RelationId relation, std::string_view name, ColumnSource* out);
  bool UseColumn(NodeId at, const ColumnSource& source);
  bool UseWholeRow(NodeId at, RelationId relation);
  bool CheckDenied(NodeId at, const ColumnSource& source);
  bool CheckDeniedWhole(NodeId at, RelationId relation);
  bool ReportInLimit(NodeId ref);
  bool ReportUnknownColumn(NodeId ref, std::string_view name, Scope& scope);
  bool ReportNoSuchField(NodeId at, ByteRange range, std::string_view qualifier, std::string_view name,
                         RelationId relation);
  bool ReportMissingFrom(NodeId ref, std::string_view schema, std::string_view name, Scope& scope);
  bool IsCallable(std::string_view name) const;
  bool CheckDatabase(std::string_view database, ByteRange range);

  // --- expressions (resolver_expression.cpp) ---
  bool Expression(NodeId id, Scope& scope);
  bool ReadExpression(NodeId id, Scope& scope);
  bool Condition(NodeId id, Scope& scope);
  bool Expressions(NodeId parent, Scope& scope);
  bool SubqueryExpression(NodeId id, Scope& scope);
  bool ReportDefault(NodeId id);
  bool BetweenRule(NodeId id);
  bool LikeRule(NodeId id);
  bool CaseRule(NodeId id);
  bool SpecialCallRule(NodeId call);
  bool TreatRule(NodeId call);
  bool RowAndQuery(NodeId id, Scope& scope);
  bool Indirection(NodeId id, Scope& scope);
  NodeId FieldOfRow(NodeId row, std::string_view name) const;
  bool Window(NodeId window, Scope& scope);
  bool WindowExists(NodeId at, std::string_view name, Scope& scope);

  // --- functions (resolver_functions.cpp) ---
  bool FunctionCall(NodeId call, Scope& scope);
  bool FunctionRule(NodeId call);
  bool BuiltinFunctionRule(NodeId call, std::string_view name, FunctionCategory category);
  bool UserFunctionRule(NodeId call, const std::vector<const CatalogFunction*>& overloads);
  bool ShadowRule(NodeId call, const std::vector<const CatalogFunction*>& overloads);
  bool IsExactBuiltin(std::string_view name, NodeId arguments);
  bool CastLikeCall(NodeId call, std::string_view schema, std::string_view name);
  bool ReportUnknownFunction(NodeId call, std::string_view name);
  std::vector<const CatalogFunction*> Overloads(std::string_view schema, std::string_view name) const;
  bool PopulateRule(NodeId call);

  // --- operators (resolver_operators.cpp) ---
  bool OperatorRule(NodeId at, std::string_view name, NodeId left, NodeId right);
  bool OperatorRule(NodeId at, ByteRange range, std::string_view name, const Type& left, const Type& right);
  bool NamedOperatorRule(NodeId at, NodeId left, NodeId right);
  std::string_view QuantifiedOperator(NodeId at) const;

  // --- casts (resolver_casts.cpp) ---
  bool CastRule(NodeId cast);
  bool CastToRule(NodeId operand, ByteRange range, std::string_view schema, std::string_view name);
  bool FieldCastRule(NodeId operand, ByteRange range, const Type& target, int depth);
  bool ImplicitCastRule(NodeId id);
  bool OperandRule(NodeId operand);
  bool CommonTypeRule(ByteRange range, const Type& left, const Type& right);
  bool CommonTypeRule(NodeId list, NodeId last = kNoNode);
  bool JsonCastRule(NodeId call);
  bool MayHold(const Type& type, std::string_view source, int depth);
  const CatalogCast* ImplicitCastOf(const Type& given) const;
  bool ReportCast(ByteRange range, const CatalogCast& cast);

  // --- types (resolver_types.cpp, resolver_typing.cpp) ---
  bool TypeRule(NodeId type);
  bool NamedTypeRule(ByteRange range, std::string_view schema, std::string_view name);
  bool UserTypeRule(ByteRange range, const CatalogType& type, int depth);
  bool TypeTextRule(ByteRange range, std::string_view spelled, int depth);
  bool DomainChecksAllowed(const CatalogType& type);
  Type TypeOf(NodeId id);
  Type ComputeType(NodeId id);
  Type TypeOfColumn(const ColumnSource& source);
  Type TypeInValues(NodeId values, std::uint32_t column);
  Type TypeOfNode(NodeId type);
  Type TypeOfCall(NodeId call);
  Type PolymorphicResult(NodeId call, const FunctionInfo& info);
  Type PolymorphicResult(NodeId call, const CatalogFunction& function);
  Type ResultOfUserFunction(NodeId call);
  Type TypeOfText(std::string_view spelled) const;
  Type FieldType(const Type& row, std::string_view name, bool* found);
  Type Unify(NodeId list);

  // --- limits (resolver_amplifiers.cpp) ---
  bool AmplifierRule(NodeId call, std::string_view name);
  bool WorkRule(NodeId id);
  bool GeneratedSeries(NodeId call, double* rows) const;
  bool GeneratedRows(NodeId from_list);
  bool ConstantOf(NodeId id, double* value) const;
  struct Length {
    double least = 0, most = 0;  // bytes
    static Length Of(double bytes) { return {bytes, bytes}; }
  };
  Length LengthOf(NodeId id);
  Length LengthOf(ColumnSource source);
  Length LengthOfCall(NodeId call);
  Length LengthOfParts(NodeId id);
  Length AnyLength() const;
  bool FilledElements(NodeId arguments, double* elements) const;
  bool FormatWidth(NodeId arguments, double* width) const;
  double CrossProduct(NodeId item) const;
  bool IsAggregating(NodeId query) const;

  // --- reporting ---
  bool IsOff(Rule rule) const { return disabled_.Has(rule); }
  // Sets the finding and returns false; true when the rule is switched off, and then the caller carries on.
  bool Report(Rule rule, ByteRange range, std::string message, std::string hint = {},
              std::vector<std::string> candidates = {}, std::string_view sqlstate = {});

  Relation& At(RelationId id) { return state_.relations[id]; }
  RelationId AddRelation(const Relation& relation) {
    state_.relations.push_back(relation);
    return static_cast<RelationId>(state_.relations.size() - 1);
  }
  RelationId AddOpenRelation();
  // A relation of the columns in state_.building from `begin` on, which are taken out of it.
  RelationId AddColumns(std::size_t begin);
  void SealLineage(std::size_t pending_begin, Column* column);
  void ShareLineage(std::size_t pending_begin, std::size_t building_begin);
  void FeedBack(RelationId term, RelationId whole);
  std::string_view Name(NodeId id, std::size_t part) const { return tree_.Name(id, part); }

  const Tree& tree_;
  const Checker& checker_;
  const Catalog& catalog_;
  const RuleSet disabled_;
  // Reading what PostgreSQL stored: a view, which reads its tables with its owner's rights, or a domain's CHECK.
  const bool in_definition_;
  ResolverState& state_;
  std::vector<Type> types_;  // memo of TypeOf, by node; empty until it is asked
  std::vector<bool> has_type_;
  bool makes_long_values_ = false;  // repeat, string_agg and the like were seen
  bool makes_rows_ = false;         // rows that no table holds
  bool collected_counts_ = false;   // while lengths are looked for: lists of rows are long
  int length_looks_ = 0;
  RelationId result_ = kNoRelation;
  const bool has_user_functions_, has_user_operators_;
  Finding& finding_;
};

}  // namespace toomai::validator
