#include "schema/json_io.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace toomai::schema {
namespace {

using Json = nlohmann::ordered_json;

// Each struct's fields, named once; a Writer and a Reader walk the same list.
template <typename Walker>
void Walk(Walker& w, ColumnStats& s) {
  w("null_fraction", s.null_fraction);
  w("distinct", s.distinct);
  w("common_values", s.common_values);
  w("common_frequencies", s.common_frequencies);
  w("low", s.low);
  w("high", s.high);
}

template <typename Walker>
void Walk(Walker& w, Column& c) {
  w("name", c.name);
  w("type", c.type);
  w("base_type", c.base_type);
  w("class", c.type_class);
  w("number", c.number);
  w("not_null", c.not_null);
  w("generated", c.generated);
  w("identity", c.identity);
  w("readable", c.readable);
  w("can_order", c.can_order);
  w("default", c.default_expr);
  w("comment", c.comment);
  w("enum_values", c.enum_values);
  w("check_values", c.check_values);
  w("stats", c.stats);
}

template <typename Walker>
void Walk(Walker& w, ForeignKey& k) {
  w("name", k.name);
  w("columns", k.columns);
  w("target_table", k.target_table);
  w("target_columns", k.target_columns);
}

template <typename Walker>
void Walk(Walker& w, Index& i) {
  w("name", i.name);
  w("columns", i.columns);
  w("unique", i.unique);
  w("partial", i.partial);
  w("definition", i.definition);
}

template <typename Walker>
void Walk(Walker& w, CheckConstraint& c) {
  w("name", c.name);
  w("definition", c.definition);
}

template <typename Walker>
void Walk(Walker& w, Table& t) {
  w("schema", t.schema);
  w("name", t.name);
  w("oid", t.oid);
  w("kind", t.kind);
  w("comment", t.comment);
  w("view_definition", t.view_definition);
  w("columns", t.columns);
  w("primary_key", t.primary_key);
  w("unique_keys", t.unique_keys);
  w("foreign_keys", t.foreign_keys);
  w("indexes", t.indexes);
  w("checks", t.checks);
  w("row_estimate", t.row_estimate);
  w("partition_count", t.partition_count);
  w("partitions", t.partitions);
  w("partition_key", t.partition_key);
  w("row_security", t.row_security);
  w("readable", t.readable);
  w("on_search_path", t.on_search_path);
}

template <typename Walker>
void Walk(Walker& w, Function& f) {
  w("schema", f.schema);
  w("name", f.name);
  w("arguments", f.arguments);
  w("argument_types", f.argument_types);
  w("return_type", f.return_type);
  w("kind", f.kind);
  w("volatility", f.volatility);
  w("security_definer", f.security_definer);
  w("returns_set", f.returns_set);
  w("language", f.language);
  w("owner", f.owner);
  w("comment", f.comment);
  w("source_hash", f.source_hash);
}

template <typename Walker>
void Walk(Walker& w, Operator& o) {
  w("schema", o.schema);
  w("name", o.name);
  w("left_type", o.left_type);
  w("right_type", o.right_type);
  w("result_type", o.result_type);
  w("function", o.function);
}

template <typename Walker>
void Walk(Walker& w, TypeInfo& t) {
  w("schema", t.schema);
  w("name", t.name);
  w("kind", t.kind);
  w("base", t.base);
  w("labels", t.labels);
  w("check_functions", t.check_functions);
  w("fields", t.fields);
  w("comment", t.comment);
}

template <typename Walker>
void Walk(Walker& w, std::pair<std::string, std::string>& field) {
  w("name", field.first);
  w("type", field.second);
}

template <typename Walker>
void Walk(Walker& w, Cast& c) {
  w("source_type", c.source_type);
  w("target_type", c.target_type);
  w("function", c.function);
  w("context", c.context);
}

template <typename Walker>
void Walk(Walker& w, Schema& s) {
  w("database", s.database);
  w("server_version", s.server_version);
  w("comment", s.comment);
  w("search_path", s.search_path);
  w("tables", s.tables);
  w("functions", s.functions);
  w("operators", s.operators);
  w("types", s.types);
  w("casts", s.casts);
  w("fingerprint", s.fingerprint);
  w("taken_at_ms", s.taken_at_ms);
}

// --- writing

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

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

// --- reading

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

std::string ToJson(const Schema& schema, int indent) {
  std::string text;
  Append(schema, &text);
  return indent > 0 ? Json::parse(text).dump(indent) : text;
}

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
