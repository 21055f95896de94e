// What a database looks like, as an immutable value.
//
// A Schema is read once (engine/pg/introspect), shared as shared_ptr<const Schema> and never changed. Tables, columns
// and functions are referred to by index into these vectors; indexes are valid for this snapshot only. It holds facts
// from the catalog; guesses (inferred keys, words, values) live in their own types beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace toomai::schema {

enum class TableKind { kTable, kPartitioned, kView, kMaterializedView, kForeignTable };
std::string_view ToString(TableKind kind);  // "table", "partitioned table", "view", ...

// What a type is good for; decided from the base type (domains are followed).
enum class TypeClass {
  kInteger,
  kNumeric,
  kFloat,
  kMoney,
  kText,
  kBoolean,
  kDate,
  kTime,
  kTimestamp,
  kInterval,
  kEnum,
  kJson,
  kArray,
  kRange,
  kBytes,
  kUuid,
  kComposite,
  kOther
};
std::string_view ToString(TypeClass type);
inline bool IsNumber(TypeClass t) {
  return t == TypeClass::kInteger || t == TypeClass::kNumeric || t == TypeClass::kFloat || t == TypeClass::kMoney;
}
inline bool IsMoment(TypeClass t) {
  return t == TypeClass::kDate || t == TypeClass::kTimestamp;
}

// From pg_stats, where the role may read it.
struct ColumnStats {
  double null_fraction = 0;
  double distinct = 0;                     // > 0: count of values; < 0: minus the share of rows (pg_stats.n_distinct)
  std::vector<std::string> common_values;  // most common first
  std::vector<double> common_frequencies;
  std::string low, high;  // ends of the histogram, as text; empty when unknown
};

struct Column {
  std::string name;
  std::string type;       // format_type: "character varying(40)", "numeric(12,2)", "public.mood"
  std::string base_type;  // without modifier, domains followed: "varchar", "numeric", "mood"
  TypeClass type_class = TypeClass::kOther;
  int number = 0;  // attnum
  bool not_null = false;
  bool generated = false;
  bool identity = false;
  bool readable = true;  // the role may SELECT it
  bool can_order = true;
  std::string default_expr;
  std::string comment;
  std::vector<std::string> enum_values;   // labels of an enum type, in order
  std::vector<std::string> check_values;  // col IN ('a','b') check constraints
  std::optional<ColumnStats> stats;
};

struct ForeignKey {
  std::string name;
  std::vector<int> columns;         // indexes into this table's columns
  int target_table = -1;            // index into Schema::tables
  std::vector<int> target_columns;  // indexes into the target's columns
};

struct Index {
  std::string name;
  std::vector<int> columns;  // plain columns, in order; expression parts are left out
  bool unique = false;
  bool partial = false;
  std::string definition;
};

struct CheckConstraint {
  std::string name;
  std::string definition;
};

struct Table {
  std::string schema;
  std::string name;
  std::uint32_t oid = 0;
  TableKind kind = TableKind::kTable;
  std::string comment;
  std::string view_definition;  // views and materialized views, where readable
  std::vector<Column> columns;
  std::vector<int> primary_key;  // column indexes
  std::vector<std::vector<int>> unique_keys;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Index> indexes;
  std::vector<CheckConstraint> checks;
  double row_estimate = -1;             // reltuples (children added up); -1 unknown
  int partition_count = 0;              // children folded into this entry
  std::vector<std::string> partitions;  // those that may be read by name (columns in this order), as schema.name
  std::string partition_key;
  bool row_security = false;
  bool readable = true;  // the role may SELECT something here
  bool on_search_path = true;

  int FindColumn(std::string_view name) const;  // -1 if absent
};

struct Function {
  std::string schema;
  std::string name;
  std::string arguments;  // pg_get_function_identity_arguments: "numeric, numeric"
  std::vector<std::string> argument_types;
  std::string return_type;
  char kind = 'f';        // prokind: f a w p
  char volatility = 'v';  // i s v
  bool security_definer = false;
  bool returns_set = false;
  std::string language;
  std::string owner;
  std::string comment;
  std::string source_hash;
};

struct Operator {
  std::string schema;
  std::string name;
  std::string left_type, right_type, result_type;
  std::string function;  // schema.name of oprcode
};

struct TypeInfo {
  std::string schema;
  std::string name;
  char kind = 'b';                                          // typtype: b c d e r m p
  std::string base;                                         // domains: the type below
  std::vector<std::string> labels;                          // enums
  std::vector<std::string> check_functions;                 // domains: definition text of CHECKs
  std::vector<std::pair<std::string, std::string>> fields;  // composite types: attribute name and format_type
  std::string comment;
};

// Casts made by users; pg_catalog's own are not listed.
struct Cast {
  std::string source_type, target_type, function;
  char context = 'e';
};

// The rows of the child are read with its parent's: INHERITS, and each step from a partitioned table to a partition.
struct Inheritance {
  std::string parent_schema, parent, child_schema, child;
  bool partition = false;
};

struct Schema {
  std::string database;    // name of the PostgreSQL database
  int server_version = 0;  // 150018
  std::string comment;
  std::vector<std::string> search_path;
  std::vector<Table> tables;        // every readable relation outside the system schemas, sorted by schema and name
  std::vector<Function> functions;  // user and extension functions only
  std::vector<Operator> operators;  // user and extension operators only
  std::vector<TypeInfo> types;      // user and extension types only
  std::vector<Cast> casts;
  std::vector<Inheritance> inheritance;
  std::string fingerprint;       // hex; equal when the structure is equal (statistics and estimates left out)
  std::int64_t taken_at_ms = 0;  // Unix time of the snapshot

  // By "schema.name" or, for a bare name, by search_path then uniqueness. -1 if absent.
  int FindTable(std::string_view schema, std::string_view name) const;
  const Column& column(int table, int column) const { return tables[table].columns[column]; }

  // Call once after filling: sorts, builds look-ups, computes the fingerprint.
  void Finish();

 private:
  std::unordered_map<std::string, int> table_by_name_;
};

using SchemaPtr = std::shared_ptr<const Schema>;

// An identifier as it must be typed: quoted only where PostgreSQL needs it.
std::string QuoteIdentifier(std::string_view name);
// "schema.table", the schema left out when it is on the search path and nothing earlier hides the name.
std::string QualifiedName(const Schema& schema, int table);
// Whether `name` is that, or the name with its schema; with quotes as in SQL, where they are needed or more.
bool Means(const Schema& schema, int table, std::string_view name);

}  // namespace toomai::schema
