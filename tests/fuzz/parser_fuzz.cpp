// Any bytes give a tree whose parts lie inside it and inside the text, or one finding inside the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "validator/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::validator;
  static Tree tree;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  ParseOptions options;
  options.postgres_version = size % 2 == 0 ? 15 : 18;
  ParseError error;
  if (!Parse(sql, options, &tree, &error)) {
    if (error.finding.rule.empty() || error.finding.begin > size || error.finding.end > size) std::abort();
    return 0;
  }
  for (NodeId id = 0; id < tree.size(); ++id) {
    for (const NodeId child : tree.Children(id)) {
      if (child != kNoNode && child >= id) std::abort();
    }
    const ByteRange range = tree.Range(id);
    if (range.begin > range.end || range.end > size) std::abort();
    for (std::size_t part = 0; part < tree.NameCount(id); ++part) tree.Name(id, part);
  }
  return 0;
}
