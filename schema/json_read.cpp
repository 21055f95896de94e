#include <algorithm>
#include <optional>
#include <utility>

#include "schema/json_fields.h"
#include "schema/json_io.h"

namespace toomai::schema {
namespace {

// Remembers the first problem and where it was; later calls do nothing. Texts are moved out of the tree.
class Reader {
 public:
  explicit Reader(Json& json) : here_(&json) {}

  template <typename T>
  void operator()(const char* name, T& value) {
    if (failed()) return;
    auto field = here_->find(name);
    if (field == here_->end()) return;
    In(*field, std::string(path_.empty() ? "" : ".") + name, value);
  }

  template <typename T>
  void Read(T& value) {
    if constexpr (IsVector<T>::value) {
      if (!here_->is_array()) return Complain("not a list");
      Json& list = *here_;
      value.clear();
      value.resize(list.size());
      for (std::size_t i = 0; i < list.size() && !failed(); ++i) In(list[i], "[" + std::to_string(i) + "]", value[i]);
    } else if constexpr (std::is_same_v<T, std::optional<ColumnStats>>) {
      if (here_->is_null()) return value.reset();
      Read(value.emplace());
    } else if constexpr (std::is_same_v<T, TableKind>) {
      ReadName(value, TableKind::kForeignTable);
    } else if constexpr (std::is_same_v<T, TypeClass>) {
      ReadName(value, TypeClass::kOther);
    } else if constexpr (std::is_same_v<T, char>) {
      if (!here_->is_string() || here_->get_ref<const std::string&>().size() != 1) return Complain("not one character");
      value = here_->get_ref<const std::string&>()[0];
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!here_->is_boolean()) return Complain("not true or false");
      value = here_->get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      if (!here_->is_number_integer() || !InRange<T>()) return Complain("not a whole number that fits");
      value = here_->get<T>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (!here_->is_number()) return Complain("not a number");
      value = here_->get<double>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!here_->is_string()) return Complain("not a text");
      value = std::move(here_->get_ref<std::string&>());
    } else {
      if (!here_->is_object()) return Complain("not an object");
      Walk(*this, value);
    }
  }

  bool failed() const { return !problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  template <typename T>
  void In(Json& json, const std::string& step, T& value) {
    Json* outer = std::exchange(here_, &json);
    std::size_t length = path_.size();
    path_ += step;
    Read(value);
    path_.resize(length);
    here_ = outer;
  }

  template <typename T>
  bool InRange() const {
    if (here_->is_number_unsigned()) return std::in_range<T>(here_->get<std::uint64_t>());
    return std::in_range<T>(here_->get<std::int64_t>());
  }

  template <typename T>
  void ReadName(T& value, T last) {
    for (int i = 0; here_->is_string() && i <= static_cast<int>(last); ++i) {
      if (ToString(static_cast<T>(i)) != here_->get_ref<const std::string&>()) continue;
      value = static_cast<T>(i);
      return;
    }
    Complain("not a known kind");
  }

  void Complain(std::string_view what) {
    if (!failed()) problem_ = (path_.empty() ? "the whole" : path_) + ": " + std::string(what);
  }

  Json* here_;
  std::string path_, problem_;
};

// --- checks that types alone cannot make

bool Within(const std::vector<int>& indexes, std::size_t size) {
  for (int index : indexes) {
    if (index < 0 || static_cast<std::size_t>(index) >= size) return false;
  }
  return true;
}

std::string FindBadReference(const Schema& schema) {
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    const Table& table = schema.tables[i];
    std::string place = "tables[" + std::to_string(i) + "]";
    std::size_t size = table.columns.size();
    if (table.name.empty()) return place + ".name: missing";
    if (!Within(table.primary_key, size)) return place + ".primary_key: no such column";
    for (const std::vector<int>& key : table.unique_keys) {
      if (!Within(key, size)) return place + ".unique_keys: no such column";
    }
    for (const Index& index : table.indexes) {
      if (!Within(index.columns, size)) return place + ".indexes: no such column";
    }
    for (const ForeignKey& key : table.foreign_keys) {
      if (!Within({key.target_table}, schema.tables.size())) return place + ".foreign_keys: no such table";
      if (!Within(key.columns, size) || !Within(key.target_columns, schema.tables[key.target_table].columns.size()) ||
          key.columns.size() != key.target_columns.size()) {
        return place + ".foreign_keys: no such column";
      }
    }
  }
  return "";
}

// Looked at before parsing, so that no deep tree is ever built.
int NestingDepth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

tl::unexpected<Error> Bad(const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "schema JSON: " + why, "write such a file with: toomai schema --json");
}

}  // namespace

Expected<Schema> FromJson(std::string_view text) {
  if (text.size() > kMaxSchemaJsonBytes) return Bad("larger than " + std::to_string(kMaxSchemaJsonBytes >> 20) + " MB");
  if (NestingDepth(text) > kMaxSchemaJsonDepth) {
    return Bad("nested more than " + std::to_string(kMaxSchemaJsonDepth) + " deep");
  }
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& error) {
    return Bad(error.what());
  }
  Schema schema;
  Reader reader(json);
  reader.Read(schema);
  if (reader.failed()) return Bad(reader.problem());
  if (std::string wrong = FindBadReference(schema); !wrong.empty()) return Bad(wrong);
  schema.Finish();
  return schema;
}

}  // namespace toomai::schema
