// Types of expressions, as far as rules need them: a cheap guess that is never wrong, only sometimes vague. It is asked
// for only where user-defined objects could be meant: field selection, and operators, functions and casts that users
// also made.
#pragma once

#include <cstdint>
#include <string_view>

#include "validator/builtins.h"
#include "validator/catalog.h"
#include "validator/scope.h"

namespace toomai::validator {

struct Type {
  enum class Kind : std::uint8_t {
    kAnything,      // nothing is known
    kLiteral,       // a text constant or NULL whose type is still open
    kSomeBuiltin,   // one of pg_catalog's, not known which
    kBuiltin,       // `builtin`
    kUser,          // `user`
    kTableRow,      // a row of `table`
    kRelationRow,   // a row of `relation`
    kNamedRow,      // what a function returns: a row with `columns`, "key text,value jsonb"; "" when they are not known
    kAnonymousRow,  // ROW(1, 2)
  };
  Kind kind = Kind::kAnything;
  bool is_array = false;
  BuiltinTypeId builtin = kNoBuiltinType;
  const CatalogType* user = nullptr;
  const CatalogTable* table = nullptr;
  RelationId relation = kNoRelation;
  std::string_view columns;

  static Type Of(Kind kind) {
    Type type;
    type.kind = kind;
    return type;
  }
  static Type Builtin(std::string_view name);
  static Type Row(std::string_view columns) {
    Type type = Of(Kind::kNamedRow);
    type.columns = columns;
    return type;
  }
  // What two values of these types become together, in an array or a column.
  static Type Common(const Type& left, const Type& right);
  Type AsArray() const;
  Type AsElement() const;
  // May a value of this type be of a user-defined type?
  bool MayBeUser() const { return kind != Kind::kLiteral && kind != Kind::kSomeBuiltin && kind != Kind::kBuiltin; }
};

inline bool IsTextVector(const Type& type) {
  return type.kind == Type::Kind::kBuiltin && !type.is_array && BuiltinTypeNameOf(type.builtin) == "tsvector";
}

// Takes the first column off such `columns`.
struct NamedColumn {
  std::string_view name, type;
};
NamedColumn TakeColumn(std::string_view* columns);

// May an argument of type `given` be taken for a parameter declared as `declared` (as the catalog spells it) without an
// explicit cast? True when in doubt.
bool MayAccept(std::string_view declared, const Type& given);
// Whether the two are certainly the same type.
bool IsSameType(std::string_view declared, const Type& given);

}  // namespace toomai::validator
