// Text -> tree -> rules -> the text that will be sent -> the same tree again. Only here is a ValidatedSql made.
#include <algorithm>
#include <utility>

#include "validator/canonical.h"
#include "validator/checker.h"
#include "validator/facts.h"
#include "validator/fingerprint.h"
#include "validator/parser.h"
#include "validator/resolver.h"
#include "validator/structure.h"
#include "validator/validator.h"

namespace toomai::validator {

class ValidatedSqlMaker {
 public:
  static ValidatedSql Make(Canonical canonical, Fingerprint fingerprint, StatementFacts facts) {
    ValidatedSql sql;
    sql.text_ = std::move(canonical.text);
    sql.limit_ = canonical.limit;
    sql.offsets_ = std::move(canonical.offsets);
    sql.fingerprint_ = std::move(fingerprint.hash);
    sql.normalized_ = std::move(fingerprint.normalized);
    sql.facts_ = std::move(facts);
    return sql;
  }
};

std::size_t ValidatedSql::OriginalOffset(std::size_t offset) const {
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), offset,
                                      [](std::size_t o, const CanonicalOffset& place) { return o < place.sent; });
  if (after == offsets_.begin()) return 0;
  const auto& [sent, original] = *std::prev(after);
  // Inside a token the distance to its start is kept, as far as the token that follows allows.
  const std::size_t here = original + (offset - sent);
  return after == offsets_.end() ? here : std::min<std::size_t>(here, std::max(original, after->original));
}

namespace {

// Memory that is used again by the next statement on this thread; holds no state between them.
struct Scratch {
  Tree tree;
  ResolverState state;
};
Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

Verdict Refused(Finding finding, std::string kind) {
  Verdict verdict;
  verdict.statement_kind = std::move(kind);
  verdict.findings.push_back(std::move(finding));
  return verdict;
}

Finding Make(Rule rule, std::size_t end, std::string message, std::string hint) {
  return Finding{std::string(RuleId(rule)), 0, end, std::move(message), std::move(hint), {}, {}};
}

}  // namespace

Verdict Validate(std::string_view sql, const Checker& checker, const ValidateOptions& options) {
  const Policy& policy = checker.policy();
  const std::int64_t max_rows = options.max_rows.value_or(policy.max_rows);
  auto& [tree, state] = ThreadScratch();
  ParseOptions parse_options;
  parse_options.limits = policy.limits;
  if (checker.catalog() != nullptr)
    parse_options.postgres_version = std::clamp(checker.catalog()->ServerVersion(), 15, 18);
  ParseError error;
  if (!Parse(sql, parse_options, &tree, &error))
    return Refused(std::move(error.finding), std::move(error.statement_kind));

  Finding finding;
  if (!CheckStructure(tree, options.allow_parameters.value_or(policy.allow_parameters), checker.disabled(), &finding))
    return Refused(std::move(finding), "SELECT");
  std::optional<Resolver> resolver;
  if (checker.catalog() != nullptr) {
    resolver.emplace(tree, checker, checker.disabled(), &state);
    if (!resolver->Run()) return Refused(resolver->TakeFinding(), "SELECT");
  }
  Fingerprint fingerprint;
  if (options.facts || !policy.allowed_fingerprints.empty()) fingerprint = MakeFingerprint(tree);
  if (!policy.allowed_fingerprints.empty() && !checker.disabled().Has(Rule::kPatternNotListed) &&
      std::find(policy.allowed_fingerprints.begin(), policy.allowed_fingerprints.end(), fingerprint.hash) ==
          policy.allowed_fingerprints.end()) {
    return Refused(Make(Rule::kPatternNotListed, sql.size(), "this statement is not one of those the policy lists",
                        "Its fingerprint is " + fingerprint.hash + "."),
                   "SELECT");
  }
  Canonical canonical;
  if (!MakeCanonical(tree, max_rows, parse_options, &canonical)) {
    return Refused(Make(Rule::kNotReproducible, sql.size(), "the text to be sent would not read as the same statement",
                        "This is a fault of ours; please report the statement."),
                   "SELECT");
  }
  StatementFacts facts;
  if (options.facts) facts = MakeFacts(tree, resolver ? &*resolver : nullptr, checker);
  Verdict verdict;
  verdict.allowed = true;
  verdict.statement_kind = "SELECT";
  verdict.sql = ValidatedSqlMaker::Make(std::move(canonical), std::move(fingerprint), std::move(facts));
  return verdict;
}

Verdict Validate(std::string_view sql, const Catalog* catalog, const Policy& policy) {
  return Validate(sql, Checker(catalog, policy));
}

}  // namespace toomai::validator
