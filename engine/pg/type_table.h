// The types of a database by oid, and what each is good for. Filled during introspection; plain data, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/schema.h"

namespace toomai::engine::pg {

struct TypeRow {
  std::uint32_t oid = 0;
  std::string schema, name;
  char type = 'b';            // typtype
  char category = 'U';        // typcategory
  std::uint32_t base = 0;     // domains: the type below
  std::uint32_t element = 0;  // arrays
  bool has_btree = false;     // a default operator class to sort by
  bool not_null = false;      // domains
  std::string base_text;      // domains: format_type of the type below
  std::string comment;
  std::vector<std::string> labels;                          // enums
  std::vector<std::string> checks;                          // domains: pg_get_constraintdef
  std::vector<std::pair<std::string, std::string>> fields;  // composites
};

class TypeTable {
 public:
  TypeRow& Add(TypeRow row);
  TypeRow* Find(std::uint32_t oid);
  const TypeRow* Find(std::uint32_t oid) const;

  // Fills what a column has from its type, domains followed: base_type, type_class, can_order, labels, check values.
  void Describe(std::uint32_t oid, schema::Column* column) const;
  // User and extension types, for Schema::types. Array types are left out.
  std::vector<schema::TypeInfo> UserTypes() const;

 private:
  const TypeRow* Undomain(std::uint32_t oid) const;
  schema::TypeClass Classify(const TypeRow& type) const;
  bool CanOrder(const TypeRow& type, int depth = 0) const;

  std::unordered_map<std::uint32_t, TypeRow> rows_;
};

bool IsSystemSchema(std::string_view name);

}  // namespace toomai::engine::pg
