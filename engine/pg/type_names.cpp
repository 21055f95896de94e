#include "engine/pg/type_names.h"

#include <cstdlib>
#include <utility>

namespace toomai::engine::pg {
namespace {

// From pg_type.dat; these numbers never change.
constexpr std::uint32_t kBpchar = 1042, kVarchar = 1043, kTime = 1083, kTimestamp = 1114, kTimestamptz = 1184,
                        kTimetz = 1266, kBit = 1560, kVarbit = 1562, kNumeric = 1700;
constexpr int kHeader = 4;  // VARHDRSZ, added to the lengths of varlena types

std::string AfterFirstWord(const std::string& name, const std::string& insert) {
  const auto space = name.find(' ');
  return space == std::string::npos ? name + insert : name.substr(0, space) + insert + name.substr(space);
}

}  // namespace

std::string WithModifier(const std::string& name, std::uint32_t type_oid, int modifier) {
  if (modifier < 0) return name;
  switch (type_oid) {
    case kBpchar:
    case kVarchar:
      return name + "(" + std::to_string(modifier - kHeader) + ")";
    case kBit:
    case kVarbit:
      return name + "(" + std::to_string(modifier) + ")";
    case kTime:
    case kTimetz:
    case kTimestamp:
    case kTimestamptz:
      return AfterFirstWord(name, "(" + std::to_string(modifier) + ")");
    case kNumeric: {
      const int packed = modifier - kHeader;
      const int scale = ((packed & 0x7ff) ^ 1024) - 1024;  // signed since PostgreSQL 15
      return name + "(" + std::to_string((packed >> 16) & 0xffff) + "," + std::to_string(scale) + ")";
    }
    default:
      return name;
  }
}

bool TypeNames::stale() const {
  const std::lock_guard lock(mutex_);
  return stale_;
}

// Row types of tables, and arrays of them, are left out: there are two for every table, and results rarely hold them.
Statement TypeNames::Query(Names* collected) {
  Statement statement;
  statement.sql =
      "SELECT t.oid, pg_catalog.format_type(t.oid, NULL) FROM pg_catalog.pg_type t"
      " LEFT JOIN pg_catalog.pg_class r ON r.oid = t.typrelid"
      " LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'"
      " LEFT JOIN pg_catalog.pg_class er ON er.oid = e.typrelid"
      " WHERE (r.oid IS NULL OR r.relkind = 'c') AND (er.oid IS NULL OR er.relkind = 'c')";
  statement.ends_group = true;  // BEGIN … ISOLATION LEVEL must be the first of its transaction
  statement.on_row = [collected](const RowView& row) {
    (*collected)[static_cast<std::uint32_t>(std::strtoul(row[0].data(), nullptr, 10))] = row[1];
    return RowAction::kContinue;
  };
  return statement;
}

void TypeNames::Adopt(Names names) {
  if (names.empty()) return;
  const std::lock_guard lock(mutex_);
  names_ = std::make_shared<const Names>(std::move(names));
  stale_ = false;
}

std::vector<ResultColumn> TypeNames::Columns(const std::vector<Field>& fields, const Names* fresh) const {
  std::shared_ptr<const Names> names;
  {
    const std::lock_guard lock(mutex_);
    names = names_;
  }
  if (fresh == nullptr || fresh->empty()) fresh = names.get();
  std::vector<ResultColumn> columns;
  columns.reserve(fields.size());
  for (const Field& field : fields) {
    ResultColumn& column = columns.emplace_back();
    column.name = field.name;
    column.type_oid = field.type_oid;
    const auto found = fresh->find(field.type_oid);
    column.type = found == fresh->end() ? "unknown" : WithModifier(found->second, field.type_oid, field.type_modifier);
    if (found == fresh->end()) {
      const std::lock_guard lock(mutex_);
      stale_ = true;
    }
  }
  return columns;
}

}  // namespace toomai::engine::pg
