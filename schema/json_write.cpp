#include <algorithm>
#include <optional>
#include <string_view>

#include "schema/json_fields.h"
#include "schema/json_io.h"

namespace toomai::schema {
namespace {

void AppendText(std::string_view text, std::string* out) {
  auto plain = [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), plain)) {
    out->append("\"").append(text).append("\"");
  } else {
    *out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

// Text is written as it is met, without a tree in between: a schema may have 100,000 columns.
template <typename T>
void Append(const T& value, std::string* out);

// The fields of a default-made struct as they would be written, in Walk's order.
class Defaults {
 public:
  template <typename T>
  void operator()(const char*, T& value) {
    Append(value, &texts.emplace_back());
  }
  template <typename T>
  static const std::vector<std::string>& Of() {
    static const std::vector<std::string> known = [] {
      Defaults defaults;
      T plain;
      Walk(defaults, plain);
      return std::move(defaults.texts);
    }();
    return known;
  }
  std::vector<std::string> texts;
};

// Leaves out what holds its default.
class Writer {
 public:
  Writer(const std::vector<std::string>& defaults, std::string* out) : next_default_(defaults.data()), out_(out) {}
  template <typename T>
  void operator()(const char* name, T& value) {
    std::size_t before = out_->size();
    out_->append(first_ ? "\"" : ",\"").append(name).append("\":");
    std::size_t begin = out_->size();
    Append(value, out_);
    if (std::string_view(*out_).substr(begin) == *next_default_++) {
      out_->resize(before);
    } else {
      first_ = false;
    }
  }

 private:
  const std::string* next_default_;
  std::string* out_;
  bool first_ = true;
};

template <typename T>
void Append(const T& value, std::string* out) {
  if constexpr (IsVector<T>::value) {
    *out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) *out += ',';
      Append(value[i], out);
    }
    *out += ']';
  } else if constexpr (std::is_same_v<T, std::optional<ColumnStats>>) {
    if (!value) {
      *out += "null";
    } else {
      Append(*value, out);
    }
  } else if constexpr (std::is_same_v<T, TableKind> || std::is_same_v<T, TypeClass>) {
    AppendText(ToString(value), out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    AppendText(value, out);
  } else if constexpr (std::is_same_v<T, char>) {
    AppendText(std::string_view(&value, 1), out);
  } else if constexpr (std::is_same_v<T, bool>) {
    *out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    *out += std::to_string(value);
  } else if constexpr (std::is_same_v<T, double>) {
    *out += Json(value).dump();  // the shortest text that reads back as the same number
  } else {
    *out += '{';
    Writer writer(Defaults::Of<T>(), out);
    Walk(writer, const_cast<T&>(value));  // a Writer does not change what it walks
    *out += '}';
  }
}

}  // namespace

std::string ToJson(const Schema& schema, int indent) {
  std::string text;
  Append(schema, &text);
  return indent > 0 ? Json::parse(text).dump(indent) : text;
}

}  // namespace toomai::schema
