// What parses can be sent: the canonical text is the same tree again, LIMIT apart, and its own canonical text; it has
// the same fingerprint when nothing was added.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "validator/canonical.h"
#include "validator/fingerprint.h"
#include "validator/parser.h"

namespace {

using namespace toomai::validator;

Limits Roomier(Limits limits) {
  limits.statement_bytes = 1u << 20;
  limits.nesting += 8;
  limits.tokens += 64;
  limits.tree_height += 8;
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Tree tree, again;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  ParseOptions options;
  options.postgres_version = size % 2 == 0 ? 15 : 18;
  ParseError error;
  if (!Parse(sql, options, &tree, &error)) return 0;
  const std::int64_t cap = size % 4 < 2 ? 100 : -1;
  Canonical first, second;
  if (!MakeCanonical(tree, cap, options, &first)) std::abort();
  if (cap >= 0 && first.limit > cap) std::abort();
  options.limits = Roomier(options.limits);
  if (!Parse(first.text, options, &again, &error) || !SameTree(tree, again, cap >= 0)) std::abort();
  if (!MakeCanonical(again, cap, options, &second) || second.text.size() > first.text.size() + 16) std::abort();
  if (cap < 0 && (first.text != second.text || MakeFingerprint(tree).hash != MakeFingerprint(again).hash)) std::abort();
  return 0;
}
