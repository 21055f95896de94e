#include <gtest/gtest.h>

#include "mcp/arguments.h"
#include "mcp/json_rpc.h"
#include "mcp/registry.h"
#include "mcp/request_state.h"
#include "mcp/schema_view.h"

namespace toomai::mcp {
namespace {

int CodeOf(const std::string& bytes, const MessageLimits& limits = {}) {
  const auto message = ParseMessage(bytes, limits);
  return message ? 0 : message.error().error.code;
}

std::string Nested(int depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}
std::string WithParams(const std::string& value) {
  return R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":)" + value + "}}";
}

TEST(Message, WhatIsNoMessageIsRefused) {
  const std::vector<std::pair<std::string, int>> cases{
      {"", kParseError},
      {"nonsense", kParseError},
      {"{\"jsonrpc\":\"2.0\"", kParseError},
      {"\"\xff\"", kParseError},
      {WithParams("\"a\nb\""), kParseError},
      {WithParams("\"\\ud800\""), kParseError},
      {"[]", kInvalidRequest},
      {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", kInvalidRequest},
      {"7", kInvalidRequest},
      {"{}", kInvalidRequest},
      {R"({"jsonrpc":"1.0","id":1,"method":"m"})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":null,"method":"m"})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":{},"method":"m"})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"m"})", kInvalidRequest},
      {WithParams(R"({"x":1,"x":2})"), kInvalidRequest},
      {WithParams("\"a\\u0000b\""), kInvalidRequest},
      {R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]})", kInvalidParams},
  };
  for (const auto& [bytes, code] : cases) EXPECT_EQ(CodeOf(bytes), code) << bytes;
}

TEST(Message, EachLimitAtNAndNPlusOne) {
  MessageLimits limits;
  limits.bytes = WithParams("1").size();
  EXPECT_EQ(CodeOf(WithParams("1"), limits), 0);
  EXPECT_EQ(CodeOf(WithParams("12"), limits), kInvalidRequest);
  limits = {};
  limits.depth = 10;  // two levels are the envelope's
  EXPECT_EQ(CodeOf(WithParams(Nested(8)), limits), 0);
  EXPECT_EQ(CodeOf(WithParams(Nested(9)), limits), kInvalidRequest);
  limits = {};
  limits.values = 9;  // message, version, id, method, params, the array and three numbers
  EXPECT_EQ(CodeOf(WithParams("[1,2,3]"), limits), 0);
  EXPECT_EQ(CodeOf(WithParams("[1,2,3,4]"), limits), kInvalidRequest);
}

TEST(Message, IdsKeepTheirTypeAndKinds) {
  EXPECT_EQ(Dump(ParseMessage(R"({"jsonrpc":"2.0","id":"1","method":"m"})", {})->id), "\"1\"");
  EXPECT_EQ(Dump(ParseMessage(R"({"jsonrpc":"2.0","id":1,"method":"m"})", {})->id), "1");
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","method":"m"})", {})->kind, Message::Kind::kNotification);
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","id":1,"result":{}})", {})->kind, Message::Kind::kResponse);
  // The id is given back where it could be read.
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","id":5,"method":7})", {}).error().id, Json(5));
  EXPECT_FALSE(MakeError(nullptr, {kParseError, "x", nullptr}).contains("id"));
}

TEST(Message, WhatIsRefusedUnreadStillHasItsId) {
  MessageLimits limits;
  limits.depth = 10;
  const auto id = [&](const std::string& bytes) {
    const auto message = ParseMessage(bytes, limits);
    return message ? std::string("taken") : Dump(message.error().id);
  };
  EXPECT_EQ(id(R"({"jsonrpc":"2.0","method":"m","params":{"a":"\u0000"},"id":7})"), "7");
  EXPECT_EQ(id(R"({"id":"x","method":"m","params":{"id":9,"b":1,"b":2}})"), "\"x\"");
  EXPECT_EQ(id(R"({"id":3,"method":"m","params":)" + Nested(40) + "}"), "3");
  EXPECT_EQ(id(R"({"id":3,"method":"m","params":"\u0000"}})"), "null") << "not JSON";
  EXPECT_EQ(id(R"({"id":3,"id":4,"method":"m"})"), "null") << "which of the two?";
  EXPECT_EQ(id(R"({"id":"a\u0000","method":"m"})"), "null") << "cannot be sent back";
  EXPECT_EQ(id(R"({"id":3,"result":"\u0000"})"), "null") << "nobody waits for an answer to an answer";
}

TEST(Arguments, TheFirstProblemIsNamedWithItsPlace) {
  const Json schema = Json::parse(R"({"type":"object","properties":{
    "name":{"type":"string","maxLength":3,"description":"A name"},"count":{"type":"integer","minimum":1,"maximum":5,"default":2},
    "kind":{"type":"string","enum":["table","view"]},"tags":{"type":"array","items":{"type":"string"},"maxItems":2}},
    "required":["name"],"additionalProperties":false})");
  const auto problem = [&](const std::string& text) {
    Json arguments = Json::parse(text);
    const auto found = CheckArguments(schema, &arguments);
    return found ? found->field + ": " + found->reason + (found->suggestion.empty() ? "" : " | " + found->suggestion)
                 : std::string("none");
  };
  EXPECT_EQ(problem(R"({"name":"abc"})"), "none");
  EXPECT_EQ(problem(R"({})"), "name: is required | A name");
  EXPECT_EQ(problem(R"({"name":"abcd"})"), "name: is longer than 3 characters | send a shorter text");
  EXPECT_EQ(problem(R"({"name":7})"), "name: must be a string, not an integer | A name");
  EXPECT_EQ(problem(R"({"name":"a","count":6})"), "count: must be at least 1 and at most 5");
  EXPECT_EQ(problem(R"({"name":"a","count":1.5})"), "count: must be an integer, not a number");
  EXPECT_EQ(problem(R"({"name":"a","kind":"tabel"})"), "kind: must be one of table, view | use \"table\"");
  EXPECT_EQ(problem(R"({"name":"a","tags":["x",1]})"), "tags[1]: must be a string, not an integer");
  EXPECT_EQ(problem(R"({"name":"a","tags":["x","y","z"]})"), "tags: has more than 2 items");
  EXPECT_EQ(problem(R"({"nmae":"a"})"), "nmae: is not an argument of this tool | did you mean \"name\"?");
  Json filled = Json::parse(R"({"name":"a"})");
  EXPECT_FALSE(CheckArguments(schema, &filled));
  EXPECT_EQ(filled["count"], 2);
}

TEST(RequestState, OpensOnlyUnalteredForTheSameCallAndInTime) {
  StateSealer sealer("", std::chrono::milliseconds(60'000));
  const std::string sealed = sealer.Seal({{"sql", "SELECT 1"}}, "ann tools/call ask");
  EXPECT_EQ(sealer.Open(sealed, "ann tools/call ask")->dump(), R"({"sql":"SELECT 1"})");
  EXPECT_FALSE(sealer.Open(sealed, "bob tools/call ask"));
  EXPECT_FALSE(sealer.Open(sealed + "x", "ann tools/call ask"));
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.Open(altered, "ann tools/call ask")) << i;
  }
  StateSealer expired("", std::chrono::milliseconds(-1));
  EXPECT_FALSE(expired.Open(expired.Seal(1, "b"), "b"));
}

TEST(Templates, MatchOnePathPartEach) {
  Json variables;
  EXPECT_TRUE(MatchTemplate("toomai://{database}/{schema}/{table}", "toomai://shop/public/order%20lines", &variables));
  EXPECT_EQ(variables["table"], "order lines");
  EXPECT_FALSE(MatchTemplate("toomai://{database}/schema", "toomai://a/b/schema", &variables));
  EXPECT_FALSE(MatchTemplate("toomai://{database}/schema", "toomai:///schema", &variables));
  EXPECT_FALSE(MatchTemplate("toomai://{database}/schema", "toomai://a%00/schema", &variables));
  EXPECT_EQ(PercentDecode(PercentEncode("a/b é%")), "a/b é%");
}

}  // namespace
}  // namespace toomai::mcp
