// What else pg_catalog holds and the validator must know by name: operators, types and relations (PostgreSQL 15).
#pragma once

#include <cstdint>
#include <string_view>

namespace toomai::validator {

// Index into the table of built-in types; stable within one build.
using BuiltinTypeId = std::int16_t;
inline constexpr BuiltinTypeId kNoBuiltinType = -1;

bool IsBuiltinOperator(std::string_view name);
// "pg_class", "pg_stat_activity", …: what a bare name finds before any user table.
bool IsSystemRelation(std::string_view name);
// pg_catalog, information_schema, pg_toast, pg_temp_3, …
bool IsSystemSchema(std::string_view name);
// Views that extensions put into ordinary schemas and that show other sessions or the server.
bool IsExtensionRelation(std::string_view name);

// Whether pg_catalog has the allowed function "lower(text)" with exactly these types: "round(numeric,int4)".
bool HasBuiltinSignature(std::string_view signature);

BuiltinTypeId FindBuiltinType(std::string_view name);
std::string_view BuiltinTypeNameOf(BuiltinTypeId type);
// pg_type.typcategory ('N' numbers, 'S' strings, 'D' moments, …), or '!' for types no statement may name.
char BuiltinTypeCategory(BuiltinTypeId type);
// regclass, regproc, regrole, …: casts to them look names up in the catalogs.
bool IsRegType(std::string_view name);

// The catalog's name of a type as format_type or SQL spells it: "character varying(40)" -> "varchar",
// "timestamp with time zone" -> "timestamptz", "integer[]" -> "int4" with *is_array. Schema qualification is kept out:
// *schema gets it ("public.mood" -> "mood").
std::string_view CanonicalTypeName(std::string_view spelled, std::string_view* schema, bool* is_array);

}  // namespace toomai::validator
