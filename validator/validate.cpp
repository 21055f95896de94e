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
  static ValidatedSql& In(Verdict* verdict) { return verdict->sql.emplace(ValidatedSql::Key()); }
  static void Fill(Canonical canonical, Fingerprint fingerprint, ValidatedSql* sql) {
    sql->text_ = std::move(canonical.text);
    sql->limit_ = canonical.limit;
    sql->offsets_ = std::move(canonical.offsets);
    sql->fingerprint_ = std::move(fingerprint.hash);
    sql->normalized_ = std::move(fingerprint.normalized);
  }
  static StatementFacts& FactsOf(ValidatedSql* sql) { return sql->facts_; }
};

std::size_t ValidatedSql::OriginalOffset(std::size_t offset) const {
  // The first stands at 0.
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), offset,
                                      [](std::size_t o, const CanonicalOffset& place) { return o < place.sent; });
  const auto& [sent, original] = *std::prev(after);
  // Inside a token the distance to its start is kept, as far as the token that follows allows.
  if (after == offsets_.end()) return original;  // the end of both texts
  return std::min<std::size_t>(original + (offset - sent), std::max(original, after->original));
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

// All rules that look at the tree.
bool IsHarmless(const Tree& tree, bool allow_parameters, const Checker& checker, std::optional<Resolver>* resolver,
                ResolverState* state, Finding* finding) {
  if (!CheckStructure(tree, allow_parameters, checker.disabled(), finding)) return false;
  if (checker.catalog() == nullptr) return true;
  return resolver->emplace(tree, checker, checker.disabled(), state, finding).Run();
}

bool IsListed(const std::string& fingerprint, const Checker& checker) {
  const auto& listed = checker.policy().allowed_fingerprints;
  return listed.empty() || checker.disabled().Has(Rule::kPatternNotListed) ||
         std::find(listed.begin(), listed.end(), fingerprint) != listed.end();
}

void Refuse(Rule rule, std::size_t end, std::string message, std::string hint, Finding* finding) {
  *finding = {std::string(RuleId(rule)), 0, end, std::move(message), std::move(hint), {}, {}};
}

// True: verdict->sql is what may be sent. False: *error says why nothing may.
bool Judge(std::string_view sql, const Checker& checker, const ValidateOptions& options, Verdict* verdict,
           ParseError* error) {
  const Policy& policy = checker.policy();
  auto& [tree, state] = ThreadScratch();
  ParseOptions parse_options;
  parse_options.limits = policy.limits;
  parse_options.disabled = checker.disabled();
  if (checker.catalog() != nullptr)
    parse_options.postgres_version = std::clamp(checker.catalog()->ServerVersion(), 15, 18);
  if (!Parse(sql, parse_options, &tree, error)) return false;
  error->statement_kind = "SELECT";
  Finding* const finding = &error->finding;
  std::optional<Resolver> resolver;
  if (!IsHarmless(tree, options.allow_parameters.value_or(policy.allow_parameters), checker, &resolver, &state,
                  finding)) {
    return false;
  }
  Fingerprint fingerprint;
  if (options.facts || !policy.allowed_fingerprints.empty()) fingerprint = MakeFingerprint(tree);
  if (!IsListed(fingerprint.hash, checker)) {
    Refuse(Rule::kPatternNotListed, sql.size(), "this statement is not one of those the policy lists",
           "Its fingerprint is " + fingerprint.hash + ".", finding);
    return false;
  }
  Canonical canonical;
  if (!MakeCanonical(tree, options.max_rows.value_or(policy.max_rows), parse_options, &canonical)) {
    Refuse(Rule::kNotReproducible, sql.size(), "the text to be sent would not read as the same statement",
           "This is a fault of ours; please report the statement.", finding);
    return false;
  }
  ValidatedSql& out = ValidatedSqlMaker::In(verdict);
  ValidatedSqlMaker::Fill(std::move(canonical), std::move(fingerprint), &out);
  if (options.facts) MakeFacts(tree, resolver ? &*resolver : nullptr, checker, &ValidatedSqlMaker::FactsOf(&out));
  return true;
}

}  // namespace

Verdict Validate(std::string_view sql, const Checker& checker, const ValidateOptions& options) {
  Verdict verdict;
  ParseError error;
  verdict.allowed = Judge(sql, checker, options, &verdict, &error);
  verdict.statement_kind = std::move(error.statement_kind);
  if (!verdict.allowed) verdict.findings.push_back(std::move(error.finding));
  return verdict;
}

Verdict Validate(std::string_view sql, const Catalog* catalog, const Policy& policy) {
  return Validate(sql, Checker(catalog, policy));
}

}  // namespace toomai::validator
