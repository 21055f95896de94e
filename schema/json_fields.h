// The fields of a Schema as JSON names them, each named once: the writer and the reader walk the same lists. A field is
// called as its member unless a list says otherwise. Internal to schema/json_*.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "schema/schema.h"

namespace toomai::schema {

using Json = nlohmann::ordered_json;

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

#define TOOMAI_ONE(member) w(#member, s.member);
#define TOOMAI_EACH(...) NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(TOOMAI_ONE, __VA_ARGS__))

template <typename Walker>
void Walk(Walker& w, ColumnStats& s) {
  TOOMAI_EACH(null_fraction, distinct, common_values, common_frequencies, low, high)
}

template <typename Walker>
void Walk(Walker& w, Column& s) {
  TOOMAI_EACH(name, type, base_type)
  w("class", s.type_class);
  TOOMAI_EACH(number, not_null, generated, identity, readable, can_order)
  w("default", s.default_expr);
  TOOMAI_EACH(comment, enum_values, check_values, stats)
}

template <typename Walker>
void Walk(Walker& w, ForeignKey& s) {
  TOOMAI_EACH(name, columns, target_table, target_columns)
}

template <typename Walker>
void Walk(Walker& w, Index& s) {
  TOOMAI_EACH(name, columns, unique, partial, definition)
}

template <typename Walker>
void Walk(Walker& w, CheckConstraint& s) {
  TOOMAI_EACH(name, definition)
}

template <typename Walker>
void Walk(Walker& w, Table& s) {
  TOOMAI_EACH(schema, name, oid, kind, comment, view_definition, columns, primary_key, unique_keys, foreign_keys,
              indexes, checks, row_estimate, partition_count, partitions, partition_key, row_security, readable,
              on_search_path)
}

template <typename Walker>
void Walk(Walker& w, Function& s) {
  TOOMAI_EACH(schema, name, arguments, argument_types, return_type, kind, volatility, security_definer, returns_set,
              language, owner, comment, source_hash)
}

template <typename Walker>
void Walk(Walker& w, Operator& s) {
  TOOMAI_EACH(schema, name, left_type, right_type, result_type, function)
}

template <typename Walker>
void Walk(Walker& w, TypeInfo& s) {
  TOOMAI_EACH(schema, name, kind, base, labels, check_functions, fields, comment)
}

template <typename Walker>
void Walk(Walker& w, std::pair<std::string, std::string>& s) {
  w("name", s.first);
  w("type", s.second);
}

template <typename Walker>
void Walk(Walker& w, Cast& s) {
  TOOMAI_EACH(source_type, target_type, function, context)
}

template <typename Walker>
void Walk(Walker& w, Inheritance& s) {
  TOOMAI_EACH(parent_schema, parent, child_schema, child, partition)
}

template <typename Walker>
void Walk(Walker& w, Schema& s) {
  TOOMAI_EACH(database, server_version, comment, search_path, tables, functions, operators, types, casts, inheritance,
              fingerprint, taken_at_ms)
}

#undef TOOMAI_EACH
#undef TOOMAI_ONE

}  // namespace toomai::schema
