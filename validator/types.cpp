#include "validator/types.h"

#include <algorithm>

#include "validator/name_pattern.h"

namespace toomai::validator {
namespace {

bool IsPolymorphic(std::string_view name) {
  return name.starts_with("any") || name == "record";
}

}  // namespace

Type Type::Builtin(std::string_view name) {
  std::string_view schema;
  Type type;
  type.builtin = FindBuiltinType(CanonicalTypeName(name, &schema, &type.is_array));
  type.kind = type.builtin == kNoBuiltinType ? Kind::kSomeBuiltin : Kind::kBuiltin;
  return type;
}

Type Type::Common(const Type& left, const Type& right) {
  if (left.kind == Kind::kLiteral) return right;
  if (right.kind == Kind::kLiteral) return left;
  const bool same = left.kind == right.kind && left.is_array == right.is_array && left.builtin == right.builtin &&
                    left.user == right.user && left.table == right.table && left.relation == right.relation &&
                    left.columns == right.columns;
  if (same) return left;
  return Of(left.MayBeUser() || right.MayBeUser() ? Kind::kAnything : Kind::kSomeBuiltin);
}

Type Type::AsArray() const {
  Type type = *this;
  if (kind == Kind::kLiteral) type.kind = Kind::kSomeBuiltin;
  type.is_array = true;
  return type;
}

Type Type::AsElement() const {
  if (!is_array || kind == Kind::kAnything) return Of(MayBeUser() ? Kind::kAnything : Kind::kSomeBuiltin);
  Type type = *this;
  type.is_array = false;
  return type;
}

NamedColumn TakeColumn(std::string_view* columns) {
  const std::string_view column = TakeItem(columns);
  const bool quoted = column.starts_with('"');
  const std::size_t end = std::min(column.size(), column.find(quoted ? '"' : ' ', 1));
  return {column.substr(quoted, end - quoted), column.substr(std::min(column.size(), end + (quoted ? 2 : 1)))};
}

bool IsSameType(std::string_view declared, const Type& given) {
  std::string_view schema;
  bool is_array = false;
  const std::string_view name = CanonicalTypeName(declared, &schema, &is_array);
  if (is_array != given.is_array) return false;
  if (given.kind == Type::Kind::kBuiltin)
    return (schema.empty() || schema == "pg_catalog") && FindBuiltinType(name) == given.builtin;
  if (given.kind == Type::Kind::kUser)
    return name == given.user->name && (schema.empty() || schema == given.user->schema);
  if (given.kind == Type::Kind::kTableRow)
    return name == given.table->name && (schema.empty() || schema == given.table->schema);
  return false;
}

bool MayAccept(std::string_view declared, const Type& given) {
  if (given.kind == Type::Kind::kAnything || given.kind == Type::Kind::kLiteral) return true;
  std::string_view schema;
  bool is_array = false;
  const std::string_view name = CanonicalTypeName(declared, &schema, &is_array);
  if (IsPolymorphic(name)) return true;
  const BuiltinTypeId builtin = schema.empty() || schema == "pg_catalog" ? FindBuiltinType(name) : kNoBuiltinType;
  if (builtin == kNoBuiltinType) {
    // A user-defined parameter type: pg_catalog's types become it only by a user's implicit cast (asked elsewhere).
    return given.MayBeUser() &&
           (given.kind != Type::Kind::kUser || name == given.user->name || given.user->kind == 'd');
  }
  if (given.kind == Type::Kind::kSomeBuiltin) return true;
  if (given.kind == Type::Kind::kUser) {
    // Enums, composites and ranges turn into nothing else; domains into their base; extension types where casts say so.
    return given.user->kind == 'd' || given.user->kind == 'b';
  }
  if (given.kind != Type::Kind::kBuiltin) return false;  // rows
  if (is_array != given.is_array) return false;
  return BuiltinTypeCategory(builtin) == BuiltinTypeCategory(given.builtin);
}

}  // namespace toomai::validator
