// Small schemas written by hand, for tests of the grammar engine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schema/schema.h"

namespace toomai::templates {

inline schema::Column Column(const char* name, schema::TypeClass type, const char* comment = "") {
  schema::Column c;
  c.name = name;
  c.type_class = type;
  c.base_type = c.type = "x";
  c.comment = comment;
  return c;
}

// One that is never empty.
inline schema::Column Filled(const char* name, schema::TypeClass type, const char* comment = "") {
  schema::Column c = Column(name, type, comment);
  c.not_null = true;
  return c;
}

// In the schema public; the first column is the key.
inline schema::Table Table(const char* name, std::vector<schema::Column> columns, const char* comment = "") {
  schema::Table t;
  t.schema = "public";
  t.name = name;
  t.comment = comment;
  t.columns = std::move(columns);
  t.primary_key = {0};
  return t;
}

}  // namespace toomai::templates
