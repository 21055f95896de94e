// What parses can be sent: the canonical text reads back as the same tokens and tree, and once more as itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "validator/canonical.h"
#include "validator/fingerprint.h"
#include "validator/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::validator;
  static Tree tree;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (const int version : {15, 18}) {
    ParseOptions options;
    options.postgres_version = version;
    options.limits.statement_bytes = 1u << 16;
    ParseError error;
    if (!Parse(sql, options, &tree, &error)) {
      if (error.finding.rule.empty() || error.finding.begin > size || error.finding.end > size) std::abort();
      continue;
    }
    for (NodeId id = 0; id < tree.size(); ++id) {
      for (const NodeId child : tree.Children(id)) {
        if (child != kNoNode && child >= id) std::abort();
      }
      const ByteRange range = tree.Range(id);
      if (range.begin > range.end || range.end > size) std::abort();
      for (std::size_t part = 0; part < tree.NameCount(id); ++part) tree.Name(id, part);
    }
    const Fingerprint fingerprint = MakeFingerprint(tree);
    Canonical first, second;
    if (!MakeCanonical(tree, 100, options, &first)) std::abort();
    options.limits.statement_bytes = 1u << 20;
    options.limits.nesting += 8;
    options.limits.tokens += 64;
    options.limits.tree_height += 8;
    if (!Parse(first.text, options, &tree, &error) || !MakeCanonical(tree, 100, options, &second)) std::abort();
    if (first.limit > 100) std::abort();
  }
  return 0;
}
