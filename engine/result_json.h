// Rows as JSON text without losing anything: columns once, rows as arrays.
//
// int8 and numeric become JSON numbers only while every JSON reader keeps all their digits (15 significant), else
// strings; NaN and infinity are strings; NULL is null and '' is "". Everything else is PostgreSQL's own text in a
// string.
#pragma once

#include <string>
#include <string_view>

#include "base/json_text.h"
#include "engine/types.h"

namespace toomai::engine {

using toomai::AppendJsonString;
void AppendJsonCell(const Cell& cell, std::uint32_t type_oid, std::string* out);
// [1,"a",null]
void AppendJsonRow(const std::vector<Cell>& row, const std::vector<ResultColumn>& columns, std::string* out);

// int2, int4, int8 and oid; float4 and float8.
bool IsIntegerOid(std::uint32_t type_oid);
bool IsFloatOid(std::uint32_t type_oid);
bool IsBoolOid(std::uint32_t type_oid);
// True for types that are shown right-aligned and as JSON numbers where they fit.
bool IsNumericOid(std::uint32_t type_oid);

}  // namespace toomai::engine
