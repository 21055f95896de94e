// Any bytes as a schema file: refused with a message, or read; and what was read is written and read back the same, and
// every other form of it can be printed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/ddl.h"
#include "schema/json_io.h"
#include "schema/mermaid.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::schema;
  auto schema = FromJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!schema) {
    if (schema.error().message.empty()) std::abort();
    return 0;
  }
  std::string text = ToJson(*schema);
  auto again = FromJson(text);
  if (!again || ToJson(*again) != text || again->fingerprint != schema->fingerprint) std::abort();
  ToDdl(*schema);
  ToMermaid(*schema);
  return 0;
}
