// Seeded inputs that no honest client sends: random bytes, and honest messages that were cut, repeated, nested,
// retyped, filled with bad UTF-8 or NUL.
#pragma once

#include <fstream>
#include <random>
#include <string>

namespace toomai::mcp {

// 0 under a sanitizer, which keeps on purpose what was freed.
inline std::size_t ResidentKb() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#endif
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4;
}

class HostileInputs {
 public:
  explicit HostileInputs(std::uint32_t seed) : random_(seed) {}

  std::string Next() {
    std::string text = Honest();
    switch (Pick(11)) {
      case 0:
        return RandomBytes(Pick(300));
      case 1:
        return text.substr(0, Pick(text.size()));
      case 2:
        text[Pick(text.size())] = static_cast<char>(Pick(256));
        return text;
      case 3:
        return text.insert(Pick(text.size()), RandomBytes(1 + Pick(8)));
      case 4:
        return std::string(1 + Pick(500), "[{\""[Pick(3)]);
      case 5:
        return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":)" + Nested(Pick(200)) + "}}";
      case 6:
        return R"({"jsonrpc":"2.0","id":1,"id":)" + Value() + R"(,"method":"ping"})";
      case 7:
        return R"({"jsonrpc":)" + Value() + R"(,"id":)" + Value() + R"(,"method":)" + Value() + R"(,"params":)" +
               Value() + "}";
      case 8:
        return R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"execute","arguments":{"sql":)" +
               Value() + R"(,"limit":)" + Value() + "}}}";
      case 9:
        return R"({"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"toomai://)" +
               std::string(Pick(2000), 'a') + "\"}}";
      default:
        return text + text;
    }
  }
  std::size_t Pick(std::size_t below) { return below == 0 ? 0 : random_() % below; }

 private:
  std::string Honest() {
    static const char* const kMessages[] = {
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})",
        R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"execute","arguments":{"sql":"SELECT 1"}}})",
        R"({"jsonrpc":"2.0","id":"x","method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})",
        R"({"jsonrpc":"2.0","id":3,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"ask_database"},"argument":{"name":"database","value":""}}})"};
    return kMessages[Pick(5)];
  }
  std::string Value() {
    static const char* const kValues[] = {
        "null",         "true",     "-1",          "1e999",       "\"x\"",
        "[]",           "{}",       "\"\\u0000\"", "\"\\ud800\"", "9223372036854775808",
        "\"\xff\xfe\"", "[[[[1]]]]"};
    return kValues[Pick(12)];
  }
  std::string RandomBytes(std::size_t count) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = static_cast<char>(Pick(256));
      bytes += c == '\n' ? ' ' : c;
    }
    return bytes;
  }
  static std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

  std::mt19937 random_;
};

}  // namespace toomai::mcp
