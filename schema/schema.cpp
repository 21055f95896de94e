#include "schema/schema.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "base/sha256.h"

namespace toomai::schema {
namespace {

// Words that quote_ident() puts in quotes: every keyword that is not free to be a name anywhere.
constexpr std::string_view kKeywords[] = {
#define KEYWORD(word, name, category, label, version) word,
#include "validator/keywords.def"
#undef KEYWORD
};
enum class Category { Unreserved, ColumnName, TypeOrFunction, Reserved };
constexpr Category kCategories[] = {
#define KEYWORD(word, name, category, label, version) Category::category,
#include "validator/keywords.def"
#undef KEYWORD
};

bool IsKeywordToQuote(std::string_view word) {
  const auto* end = std::end(kKeywords);
  const auto* found = std::lower_bound(std::begin(kKeywords), end, word);
  return found != end && *found == word && kCategories[found - std::begin(kKeywords)] != Category::Unreserved;
}

std::string TableKey(std::string_view schema, std::string_view name) {
  std::string key(schema);
  key += '\0';
  key += name;
  return key;
}

constexpr int kAmbiguous = -2;

// Feeds a hash with fields so that no two different structures give the same bytes: each text carries its length.
class Digest {
 public:
  Digest& operator<<(std::string_view text) {
    hash_.Update(std::to_string(text.size()) + ":");
    hash_.Update(text);
    return *this;
  }
  Digest& operator<<(const char* text) { return *this << std::string_view(text); }
  Digest& operator<<(long long number) { return *this << std::string_view(std::to_string(number)); }
  Digest& operator<<(int number) { return *this << static_cast<long long>(number); }
  Digest& operator<<(bool yes) { return *this << std::string_view(yes ? "t" : "f"); }
  Digest& operator<<(char c) { return *this << std::string_view(&c, 1); }
  template <typename T>
  Digest& operator<<(const std::vector<T>& list) {
    *this << static_cast<long long>(list.size());
    for (const T& item : list) *this << item;
    return *this;
  }
  std::string Hex() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned char byte : hash_.Finish()) {
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
    return hex.substr(0, 32);
  }

 private:
  Sha256 hash_;
};

void Add(Digest& digest, const Column& c) {
  digest << c.name << c.type << c.base_type << static_cast<int>(c.type_class) << c.not_null << c.generated << c.identity
         << c.default_expr << c.comment << c.enum_values << c.check_values;
}

void Add(Digest& digest, const Schema& schema, const Table& t) {
  digest << t.schema << t.name << static_cast<int>(t.kind) << t.comment << t.view_definition << t.primary_key
         << t.unique_keys << t.partition_key << t.row_security << t.on_search_path;
  digest << static_cast<long long>(t.columns.size());
  for (const Column& column : t.columns) Add(digest, column);
  digest << static_cast<long long>(t.foreign_keys.size());
  for (const ForeignKey& key : t.foreign_keys) {
    bool known = key.target_table >= 0 && key.target_table < static_cast<int>(schema.tables.size());
    digest << key.name << key.columns << key.target_columns;
    digest << (known ? schema.tables[key.target_table].schema : std::string());
    digest << (known ? schema.tables[key.target_table].name : std::string());
  }
  digest << static_cast<long long>(t.indexes.size());
  for (const Index& index : t.indexes) digest << index.name << index.definition;
  digest << static_cast<long long>(t.checks.size());
  for (const CheckConstraint& check : t.checks) digest << check.name << check.definition;
}

std::string ComputeFingerprint(const Schema& schema) {
  Digest digest;
  digest << "toomai schema 1" << schema.comment;
  for (const Table& table : schema.tables) Add(digest << "table", schema, table);
  for (const Function& f : schema.functions) {
    digest << "function" << f.schema << f.name << f.arguments << f.argument_types << f.return_type << f.kind
           << f.volatility << f.security_definer << f.returns_set << f.language << f.owner << f.comment
           << f.source_hash;
  }
  for (const Operator& o : schema.operators) {
    digest << "operator" << o.schema << o.name << o.left_type << o.right_type << o.result_type << o.function;
  }
  for (const TypeInfo& t : schema.types) {
    digest << "type" << t.schema << t.name << t.kind << t.base << t.labels << t.check_functions << t.comment;
    for (const auto& [field, type] : t.fields) digest << field << type;
  }
  for (const Cast& c : schema.casts) digest << "cast" << c.source_type << c.target_type << c.function << c.context;
  for (const Inheritance& i : schema.inheritance) {
    if (i.partition) continue;  // partitions come and go
    digest << "inherits" << i.parent_schema << i.parent << i.child_schema << i.child;
  }
  return digest.Hex();
}

// Tables in order of schema and name; foreign keys follow their targets to the new places.
void SortTables(std::vector<Table>* tables) {
  std::vector<int> order(tables->size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const Table &x = (*tables)[a], &y = (*tables)[b];
    return std::tie(x.schema, x.name) < std::tie(y.schema, y.name);
  });
  std::vector<int> new_place(order.size());
  std::vector<Table> sorted;
  sorted.reserve(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    new_place[order[i]] = static_cast<int>(i);
    sorted.push_back(std::move((*tables)[order[i]]));
  }
  for (Table& table : sorted) {
    for (ForeignKey& key : table.foreign_keys) {
      bool known = key.target_table >= 0 && key.target_table < static_cast<int>(new_place.size());
      key.target_table = known ? new_place[key.target_table] : -1;
    }
  }
  *tables = std::move(sorted);
}

template <typename T, typename Key>
void SortBy(std::vector<T>* list, Key key) {
  std::sort(list->begin(), list->end(), [&](const T& a, const T& b) { return key(a) < key(b); });
}

}  // namespace

std::string_view ToString(TableKind kind) {
  switch (kind) {
    case TableKind::kTable:
      return "table";
    case TableKind::kPartitioned:
      return "partitioned table";
    case TableKind::kView:
      return "view";
    case TableKind::kMaterializedView:
      return "materialized view";
    case TableKind::kForeignTable:
      return "foreign table";
  }
  return "table";
}

std::string_view ToString(TypeClass type) {
  static constexpr std::string_view kNames[] = {"integer", "numeric", "float",     "money",    "text",      "boolean",
                                                "date",    "time",    "timestamp", "interval", "enum",      "json",
                                                "array",   "range",   "bytes",     "uuid",     "composite", "other"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(TypeClass::kOther) + 1);
  return kNames[static_cast<int>(type)];
}

int Table::FindColumn(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return -1;
}

int Schema::FindTable(std::string_view schema_name, std::string_view table_name) const {
  auto find = [&](std::string_view in, std::string_view name) {
    auto found = table_by_name_.find(TableKey(in, name));
    return found == table_by_name_.end() ? -1 : found->second;
  };
  if (!schema_name.empty()) return find(schema_name, table_name);
  for (const std::string& on_path : search_path) {
    if (int table = find(on_path, table_name); table >= 0) return table;
  }
  if (int table = find("", table_name); table >= 0) return table;
  std::size_t dot = table_name.find('.');
  if (dot == std::string_view::npos) return -1;
  return find(table_name.substr(0, dot), table_name.substr(dot + 1));
}

void Schema::Finish() {
  SortTables(&tables);
  for (Table& table : tables) {
    SortBy(&table.unique_keys, [](const std::vector<int>& key) { return key; });
    SortBy(&table.foreign_keys, [](const ForeignKey& key) { return std::tie(key.name, key.columns); });
    SortBy(&table.indexes, [](const Index& index) { return std::tie(index.name); });
    SortBy(&table.checks, [](const CheckConstraint& check) { return std::tie(check.name); });
  }
  SortBy(&functions, [](const Function& f) { return std::tie(f.schema, f.name, f.arguments); });
  SortBy(&operators, [](const Operator& o) { return std::tie(o.schema, o.name, o.left_type, o.right_type); });
  SortBy(&types, [](const TypeInfo& t) { return std::tie(t.schema, t.name); });
  SortBy(&casts, [](const Cast& c) { return std::tie(c.source_type, c.target_type); });

  table_by_name_.clear();
  table_by_name_.reserve(tables.size() * 2);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    int place = static_cast<int>(i);
    table_by_name_.emplace(TableKey(tables[i].schema, tables[i].name), place);
    auto [bare, first] = table_by_name_.emplace(TableKey("", tables[i].name), place);
    if (!first) bare->second = kAmbiguous;
  }
  fingerprint = ComputeFingerprint(*this);
}

namespace {

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  bool bare = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), plain) &&
              !IsKeywordToQuote(name);
  return bare ? std::string(name) : Quoted(name);
}

std::string QualifiedName(const Schema& schema, int table) {
  const Table& t = schema.tables[table];
  std::string name = QuoteIdentifier(t.name);
  bool seen_bare = t.on_search_path && schema.FindTable("", t.name) == table;
  return seen_bare ? name : QuoteIdentifier(t.schema) + "." + name;
}

bool Means(const Schema& schema, int table, std::string_view name) {
  const Table& t = schema.tables[table];
  const bool needs_schema = QualifiedName(schema, table) != QuoteIdentifier(t.name);
  std::vector<std::string> places = {QuoteIdentifier(t.schema) + ".", Quoted(t.schema) + "."};
  if (!needs_schema) places.emplace_back();
  return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
    return name == place + QuoteIdentifier(t.name) || name == place + Quoted(t.name);
  });
}

}  // namespace toomai::schema
