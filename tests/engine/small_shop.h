// A small schema with values, for tests of mending, reading and prompting that need no server.
#pragma once

#include <string>
#include <vector>

#include "engine/mend.h"
#include "schema/join_graph.h"
#include "schema/schema.h"
#include "schema/value_index.h"

namespace toomai::engine {

struct SmallShop {
  std::shared_ptr<schema::Schema> schema = std::make_shared<schema::Schema>();
  schema::ValueIndex values;
  schema::JoinGraph joins;

  SmallShop() {
    using schema::TypeClass;
    const auto column = [](const char* name, const char* type, TypeClass kind) {
      schema::Column c;
      c.name = name;
      c.type = c.base_type = type;
      c.type_class = kind;
      return c;
    };
    schema::Table customer;
    customer.schema = "public";
    customer.name = "customer";
    customer.columns = {column("id", "int4", TypeClass::kInteger), column("name", "text", TypeClass::kText),
                        column("country", "text", TypeClass::kText), column("born", "date", TypeClass::kDate),
                        column("active", "int4", TypeClass::kInteger)};
    customer.primary_key = {0};
    schema::Table order;
    order.schema = "public";
    order.name = "purchase";
    order.columns = {column("id", "int4", TypeClass::kInteger), column("customer_id", "int4", TypeClass::kInteger),
                     column("total", "numeric", TypeClass::kNumeric), column("code", "text", TypeClass::kText),
                     column("placed", "date", TypeClass::kDate)};
    order.primary_key = {0};
    order.foreign_keys.push_back({"fk", {1}, 0, {0}});
    schema->database = "shop";
    schema->server_version = 150000;
    schema->search_path = {"public"};
    schema->tables = {customer, order};
    schema->Finish();
    std::vector<schema::ColumnValues> read;
    read.push_back({0, 1, {"Ann Lee", "Bob Ray"}, true});
    read.push_back({0, 2, {"france", "usa"}, true});
    read.push_back({0, 4, {"0", "1"}, true});
    read.push_back({1, 3, {"10", "20", "x"}, true});
    values = schema::ValueIndex(*schema, read);
    joins = schema::JoinGraph(*schema, values);
  }
  MendContext mending() const { return {schema.get(), &joins, &values}; }
};

}  // namespace toomai::engine
