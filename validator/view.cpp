// Views are what they select: each definition goes through the same rules, once per Checker.
#include <string>

#include "validator/checker.h"
#include "validator/facts.h"
#include "validator/parser.h"
#include "validator/resolver.h"
#include "validator/structure.h"

namespace toomai::validator {
namespace {

constexpr int kMostViewNesting = 32;

// The server has checked the names of a stored definition already, and some of them we may not be shown.
RuleSet OffInViews(const CatalogTable& view, RuleSet off) {
  for (const Rule rule :
       {Rule::kUnknownTable, Rule::kUnknownColumn, Rule::kAmbiguousColumn, Rule::kMissingFrom, Rule::kAmbiguousTable,
        Rule::kDuplicateAlias, Rule::kInvalidReference, Rule::kColumnCount, Rule::kUnknownPosition, Rule::kUnknownType,
        Rule::kUnknownWindow, Rule::kRecursiveReference, Rule::kAttributeCall}) {
    off.Add(rule);
  }
  if (!view.is_materialized) return off;
  // A materialized view is data: its definition does not run when it is read.
  for (const Rule rule : {Rule::kFunctionNotAllowed, Rule::kUserFunction, Rule::kShadowedFunction,
                          Rule::kUnknownFunction, Rule::kUserOperator, Rule::kShadowedOperator, Rule::kUnknownOperator,
                          Rule::kUserCast, Rule::kUserType, Rule::kRegCast, Rule::kInternalType, Rule::kGeneratedRows,
                          Rule::kGeneratedBytes, Rule::kUnboundedRecursion, Rule::kRowLocking}) {
    off.Add(rule);
  }
  return off;
}

thread_local int view_nesting = 0;

struct NestingGuard {
  NestingGuard() { ++view_nesting; }
  ~NestingGuard() { --view_nesting; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;
};

}  // namespace

const ViewInfo& Checker::View(const CatalogTable& view) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = views_.find(&view); known != views_.end()) return *known->second;
  }
  // Two threads may both examine it; they find the same.
  auto info = std::make_unique<const ViewInfo>(Examine(view));
  const std::lock_guard lock(mutex_);
  return *views_.try_emplace(&view, std::move(info)).first->second;
}

ViewInfo Checker::Examine(const CatalogTable& view) const {
  ViewInfo info;
  const NestingGuard guard;
  if (view.view_definition.empty()) {
    info.allowed = view.is_materialized;
    info.finding.message = "its definition is not known";
    return info;
  }
  if (view_nesting > kMostViewNesting) {
    info.finding.message = "it is made of too many views";
    return info;
  }
  ParseOptions options;
  options.limits = policy_.limits;
  options.limits.statement_bytes = 1u << 20;
  options.limits.tokens = 1u << 18;
  options.postgres_version = 18;
  Tree tree;
  ParseError error;
  if (!Parse(view.view_definition, options, &tree, &error)) {
    info.finding = std::move(error.finding);
    return info;
  }
  const RuleSet off = OffInViews(view, disabled_);
  if (!CheckStructure(tree, policy_.allow_parameters, off, &info.finding)) return info;
  ResolverState state;
  Resolver resolver(tree, *this, off, &state, &info.finding, true);
  if (!resolver.Run()) return info;
  info.allowed = info.known = true;
  info.columns = BaseColumns(resolver, *this);
  return info;
}

}  // namespace toomai::validator
