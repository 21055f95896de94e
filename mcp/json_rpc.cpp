#include "mcp/json_rpc.h"

#include <set>
#include <utility>
#include <vector>

#include "base/text.h"

namespace toomai::mcp {
namespace {

// What the parser asks its readers for.
struct SaxTypes {
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;
};

// Builds the value while it is read, and stops at the first thing that no honest message has.
class LimitedReader : public SaxTypes {
 public:
  LimitedReader(Json* root, const MessageLimits& limits) : root_(root), limits_(limits) {}

  bool null() { return Put(nullptr) != nullptr; }
  bool boolean(bool value) { return Put(value) != nullptr; }
  bool number_integer(number_integer_t value) { return Put(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) { return Put(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) { return Put(value) != nullptr; }
  bool binary(binary_t&) { return false; }
  bool string(string_t& value) {
    if (!CheckText(value)) return false;
    return Put(std::move(value)) != nullptr;
  }
  bool start_object(std::size_t) { return Open(Json::object()); }
  bool start_array(std::size_t) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(string_t& name) {
    if (!CheckText(name)) return false;
    if (!open_.back().keys.insert(name).second) return Refuse("the key \"" + Ellipsis(name, 60) + "\" is repeated");
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    problem_ = {kParseError, "not valid JSON near byte " + std::to_string(position), nullptr};
    return false;
  }

  RpcError TakeProblem() { return std::move(problem_); }

 private:
  struct Level {
    Json* value;
    std::set<std::string> keys;
  };

  bool Refuse(std::string why) {
    problem_ = {kInvalidRequest, std::move(why), nullptr};
    return false;
  }

  bool CheckText(const std::string& text) {
    if (text.find('\0') == std::string::npos) return true;
    return Refuse("text must not contain the character U+0000");
  }

  template <typename Value>
  Json* Put(Value&& value) {
    if (++values_ > limits_.values) {
      Refuse("more than " + std::to_string(limits_.values) + " values in one message");
      return nullptr;
    }
    if (open_.empty()) {
      *root_ = std::forward<Value>(value);
      return root_;
    }
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      parent.push_back(std::forward<Value>(value));
      return &parent.back();
    }
    // Keys are known to be new, so the ordered map need not look for them again.
    auto& members = parent.get_ref<Json::object_t&>();
    members.Container::emplace_back(std::move(key_), Json(std::forward<Value>(value)));
    return &members.back().second;
  }

  bool Open(Json container) {
    if (open_.size() >= static_cast<std::size_t>(limits_.depth)) {
      return Refuse("nested deeper than " + std::to_string(limits_.depth) + " levels");
    }
    Json* place = Put(std::move(container));
    if (place == nullptr) return false;
    open_.push_back({place, {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  Json* root_;
  const MessageLimits& limits_;
  std::vector<Level> open_;
  std::string key_;
  std::size_t values_ = 0;
  RpcError problem_{kParseError, "not valid JSON", nullptr};
};

// Looks at nothing but the outermost members: whose message it is that LimitedReader gave up on.
class IdReader : public SaxTypes {
 public:
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(number_integer_t value) { return Note(value); }
  bool number_unsigned(number_unsigned_t value) { return Note(value); }
  bool number_float(number_float_t, const string_t&) { return true; }
  bool binary(binary_t&) { return false; }
  bool string(string_t& value) { return Note(value); }
  bool start_object(std::size_t) { return ++depth_ > 0; }
  bool start_array(std::size_t) { return ++depth_ > 0; }
  bool end_object() { return depth_-- > 0; }
  bool end_array() { return depth_-- > 0; }
  bool key(string_t& name) {
    if (depth_ != 1) return true;
    at_id_ = name == "id";
    ids_ += at_id_ ? 1 : 0;
    asks_ = asks_ || name == "method";
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

  // Null when there are several, when one cannot be sent back, and when nobody waits for an answer.
  Json Take() { return ids_ == 1 && asks_ ? std::move(id_) : Json(); }

 private:
  template <typename Value>
  bool Note(const Value& value) {
    if (depth_ == 1 && at_id_) id_ = value;
    return true;
  }

  int depth_ = 0, ids_ = 0;
  bool at_id_ = false, asks_ = false;
  Json id_;
};

bool HasNul(const Json& id) {
  return id.is_string() && id.get_ref<const std::string&>().find('\0') != std::string::npos;
}

// Of bytes that are valid JSON, though not a message that is taken.
Json IdOf(std::string_view bytes) {
  IdReader reader;
  if (!Json::sax_parse(bytes.begin(), bytes.end(), &reader)) return nullptr;
  Json id = reader.Take();
  return HasNul(id) ? Json() : id;
}

bool IsId(const Json& id) {
  return id.is_string() || id.is_number_integer();
}

BadMessage Invalid(Json id, std::string why) {
  return {std::move(id), {kInvalidRequest, std::move(why), nullptr}, false};
}

}  // namespace

const Json& Member(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  for (const auto& [name, value] : object.get_ref<const Json::object_t&>()) {
    if (name == key) return value;
  }
  return kNull;
}

std::string_view StringMember(const Json& object, std::string_view key) {
  const Json& value = Member(object, key);
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
}

tl::expected<Json, RpcError> ParseJson(std::string_view bytes, const MessageLimits& limits) {
  if (bytes.size() > limits.bytes) {
    return tl::unexpected(RpcError{kInvalidRequest, "longer than " + std::to_string(limits.bytes) + " bytes", nullptr});
  }
  if (const std::size_t bad = FindInvalidUtf8(bytes); bad != std::string_view::npos) {
    return tl::unexpected(RpcError{kParseError, "not valid UTF-8 at byte " + std::to_string(bad + 1), nullptr});
  }
  Json value;
  LimitedReader reader(&value, limits);
  if (!Json::sax_parse(bytes.begin(), bytes.end(), &reader)) return tl::unexpected(reader.TakeProblem());
  return value;
}

tl::expected<Message, BadMessage> ParseMessage(std::string_view bytes, const MessageLimits& limits) {
  auto parsed = ParseJson(bytes, limits);
  if (!parsed) {
    const bool is_json = parsed.error().code == kInvalidRequest && bytes.size() <= limits.bytes;
    return tl::unexpected(BadMessage{is_json ? IdOf(bytes) : Json(), std::move(parsed.error()), false});
  }
  return ReadMessage(std::move(*parsed));
}

tl::expected<Message, BadMessage> ReadMessage(Json body) {
  if (body.is_array()) {
    return tl::unexpected(Invalid(nullptr, "batches are not supported: send one message at a time"));
  }
  if (!body.is_object()) return tl::unexpected(Invalid(nullptr, "a message must be a JSON object"));

  const Json& given_id = Member(body, "id");
  Json id = IsId(given_id) ? given_id : Json();
  if (StringMember(body, "jsonrpc") != "2.0") {
    return tl::unexpected(Invalid(std::move(id), "\"jsonrpc\" must be \"2.0\""));
  }
  if (body.contains("id") && !IsId(given_id)) {
    return tl::unexpected(Invalid(nullptr, "\"id\" must be a string or an integer"));
  }

  Message message;
  message.id = std::move(id);
  if (body.contains("method")) {
    const Json& method = Member(body, "method");
    if (!method.is_string()) return tl::unexpected(Invalid(std::move(message.id), "\"method\" must be a string"));
    if (body.contains("result") || body.contains("error")) {
      return tl::unexpected(Invalid(std::move(message.id), "a request has no \"result\" and no \"error\""));
    }
    message.kind = body.contains("id") ? Message::Kind::kRequest : Message::Kind::kNotification;
    message.method = method.get<std::string>();
    // Some clients write null for what they leave out.
    if (const Json& params = Member(body, "params"); !params.is_null()) {
      if (!params.is_object()) {
        const bool notification = message.kind == Message::Kind::kNotification;
        return tl::unexpected(
            BadMessage{std::move(message.id), {kInvalidParams, "\"params\" must be an object", nullptr}, notification});
      }
      message.params = std::move(body["params"]);
    }
    return message;
  }
  message.kind = Message::Kind::kResponse;
  if (message.id.is_null() || body.contains("result") == body.contains("error")) {
    return tl::unexpected(
        Invalid(std::move(message.id), "a message needs a \"method\", or an \"id\" with a \"result\""));
  }
  if (body.contains("result")) message.result = std::move(body["result"]);
  if (body.contains("error")) message.error = std::move(body["error"]);
  return message;
}

Json MakeResult(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json MakeError(const Json& id, const RpcError& error) {
  Json body = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  Json message = {{"jsonrpc", "2.0"}};
  if (!id.is_null()) message["id"] = id;
  message["error"] = std::move(body);
  return message;
}

Json MakeNotification(std::string_view method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = std::move(params);
  return message;
}

Json MakeRequest(const Json& id, std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

}  // namespace toomai::mcp
