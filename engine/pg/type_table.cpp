#include "engine/pg/type_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/pg/check_values.h"

namespace toomai::engine::pg {
namespace {

using schema::TypeClass;

constexpr int kMaxDomains = 32;  // domains over domains over …; PostgreSQL sets no limit

struct NamedClass {
  std::string_view name;
  TypeClass type_class;
};
constexpr std::array kByName = {
    NamedClass{"int2", TypeClass::kInteger},
    NamedClass{"int4", TypeClass::kInteger},
    NamedClass{"int8", TypeClass::kInteger},
    NamedClass{"numeric", TypeClass::kNumeric},
    NamedClass{"float4", TypeClass::kFloat},
    NamedClass{"float8", TypeClass::kFloat},
    NamedClass{"money", TypeClass::kMoney},
    NamedClass{"bool", TypeClass::kBoolean},
    NamedClass{"date", TypeClass::kDate},
    NamedClass{"time", TypeClass::kTime},
    NamedClass{"timetz", TypeClass::kTime},
    NamedClass{"timestamp", TypeClass::kTimestamp},
    NamedClass{"timestamptz", TypeClass::kTimestamp},
    NamedClass{"interval", TypeClass::kInterval},
    NamedClass{"json", TypeClass::kJson},
    NamedClass{"jsonb", TypeClass::kJson},
    NamedClass{"bytea", TypeClass::kBytes},
    NamedClass{"uuid", TypeClass::kUuid},
};

}  // namespace

bool IsSystemSchema(std::string_view name) {
  return name == "pg_catalog" || name == "information_schema" || name == "pg_toast" ||
         name.substr(0, 8) == "pg_temp_" || name.substr(0, 14) == "pg_toast_temp_";
}

TypeRow& TypeTable::Add(TypeRow row) {
  const std::uint32_t oid = row.oid;
  return rows_[oid] = std::move(row);
}

TypeRow* TypeTable::Find(std::uint32_t oid) {
  const auto found = rows_.find(oid);
  return found == rows_.end() ? nullptr : &found->second;
}

const TypeRow* TypeTable::Find(std::uint32_t oid) const {
  return const_cast<TypeTable*>(this)->Find(oid);
}

const TypeRow* TypeTable::Undomain(std::uint32_t oid) const {
  const TypeRow* type = Find(oid);
  for (int i = 0; type != nullptr && type->type == 'd' && i < kMaxDomains; ++i) type = Find(type->base);
  return type;
}

TypeClass TypeTable::Classify(const TypeRow& type) const {
  switch (type.type) {
    case 'e':
      return TypeClass::kEnum;
    case 'r':
    case 'm':
      return TypeClass::kRange;
    case 'c':
      return TypeClass::kComposite;
    default:
      break;
  }
  if (type.element != 0) return TypeClass::kArray;
  if (type.schema == "pg_catalog") {
    for (const NamedClass& entry : kByName) {
      if (entry.name == type.name) return entry.type_class;
    }
  }
  return type.category == 'S' ? TypeClass::kText : TypeClass::kOther;  // text, varchar, name, citext
}

// ORDER BY needs a default btree class of the type or of what it is coerced to without change.
bool TypeTable::CanOrder(const TypeRow& type, int depth) const {
  if (type.has_btree || type.type == 'e' || type.type == 'r' || type.type == 'm' || type.type == 'c') return true;
  if (type.schema == "pg_catalog" && (type.name == "varchar" || type.name == "cidr")) return true;
  if (type.element == 0 || depth > kMaxDomains) return false;
  const TypeRow* element = Undomain(type.element);
  return element != nullptr && CanOrder(*element, depth + 1);
}

void TypeTable::Describe(std::uint32_t oid, schema::Column* column) const {
  const TypeRow* type = Find(oid);
  for (int i = 0; type != nullptr && type->type == 'd' && i < kMaxDomains; ++i) {
    column->not_null = column->not_null || type->not_null;
    for (const std::string& check : type->checks) {
      if (column->check_values.empty()) column->check_values = ValuesOfCheck(check);
    }
    type = Find(type->base);
  }
  if (type == nullptr) {  // the row type of a table, which the type query leaves out
    column->base_type = column->type;
    column->type_class = TypeClass::kComposite;
    return;
  }
  const TypeRow* element = type->element != 0 ? Undomain(type->element) : nullptr;
  column->base_type = element != nullptr ? element->name + "[]" : type->name;
  column->type_class = Classify(*type);
  column->can_order = CanOrder(*type);
  column->enum_values = type->labels;
}

std::vector<schema::TypeInfo> TypeTable::UserTypes() const {
  std::vector<schema::TypeInfo> types;
  for (const auto& [oid, row] : rows_) {
    if (IsSystemSchema(row.schema) || row.element != 0) continue;
    schema::TypeInfo info;
    info.schema = row.schema;
    info.name = row.name;
    info.kind = row.type;
    info.base = row.base_text;
    info.labels = row.labels;
    info.check_functions = row.checks;
    info.fields = row.fields;
    info.comment = row.comment;
    types.push_back(std::move(info));
  }
  std::sort(types.begin(), types.end(),
            [](const auto& a, const auto& b) { return std::tie(a.schema, a.name) < std::tie(b.schema, b.name); });
  return types;
}

}  // namespace toomai::engine::pg
