#include "engine/result_json.h"

namespace toomai::engine {
namespace {

// From pg_type.dat; these numbers never change.
constexpr std::uint32_t kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kFloat4 = 700, kFloat8 = 701,
                        kNumeric = 1700;
constexpr std::size_t kExactDigits = 15;

// Every character of JSON's number grammar, with no more digits than a double keeps.
bool IsExactJsonNumber(std::string_view text) {
  std::string_view rest = text;
  if (!rest.empty() && rest.front() == '-') rest.remove_prefix(1);
  const auto digits = [&rest] {
    std::size_t n = 0;
    while (n < rest.size() && rest[n] >= '0' && rest[n] <= '9') ++n;
    rest.remove_prefix(n);
    return n;
  };
  if (rest.size() > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9') return false;
  std::size_t count = digits();
  if (count == 0) return false;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    const std::size_t fraction = digits();
    if (fraction == 0) return false;
    count += fraction;
  }
  if (!rest.empty() && (rest.front() == 'e' || rest.front() == 'E')) {
    rest.remove_prefix(1);
    if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) rest.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return rest.empty() && count <= kExactDigits;
}

bool IsShortFloat(std::string_view text) {
  // float4 and float8 print the shortest text that reads back as the same number: up to 17 digits are exact by design.
  return !text.empty() && (text.back() != 'N') && text.find('I') == std::string_view::npos && text.size() <= 26;
}

}  // namespace

bool IsIntegerOid(std::uint32_t type_oid) {
  return type_oid == kInt2 || type_oid == kInt4 || type_oid == kInt8 || type_oid == kOid;
}

bool IsFloatOid(std::uint32_t type_oid) {
  return type_oid == kFloat4 || type_oid == kFloat8;
}

bool IsBoolOid(std::uint32_t type_oid) {
  return type_oid == kBool;
}

bool IsNumericOid(std::uint32_t type_oid) {
  return IsIntegerOid(type_oid) || IsFloatOid(type_oid) || type_oid == kNumeric;
}

void AppendJsonCell(const Cell& cell, std::uint32_t type_oid, std::string* out) {
  if (!cell) {
    *out += "null";
  } else if (IsBoolOid(type_oid) && (*cell == "t" || *cell == "f")) {
    *out += *cell == "t" ? "true" : "false";
  } else if (IsFloatOid(type_oid) && IsShortFloat(*cell)) {
    *out += *cell;
  } else if (IsNumericOid(type_oid) && IsExactJsonNumber(*cell)) {
    *out += *cell;
  } else {
    AppendJsonString(*cell, out);
  }
}

void AppendJsonRow(const std::vector<Cell>& row, const std::vector<ResultColumn>& columns, std::string* out) {
  *out += '[';
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonCell(row[i], i < columns.size() ? columns[i].type_oid : 0, out);
  }
  *out += ']';
}

}  // namespace toomai::engine
