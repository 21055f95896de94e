// The benchmark's databases as the engine sees them: snapshot, values, joins; read once per database. For benches only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/mend.h"
#include "engine/pg/connection.h"
#include "engine/pg/introspect.h"
#include "schema/join_graph.h"
#include "schema/schema.h"
#include "schema/value_index.h"

namespace toomai::bench {

struct BenchDatabase {
  schema::SchemaPtr schema;
  std::vector<schema::ColumnValues> raw_values;
  schema::ValueIndex values;
  schema::JoinGraph joins;
  std::unique_ptr<engine::pg::Connection> connection;
  engine::MendContext mending() const { return {schema.get(), &joins, &values}; }
};

class BenchDatabases {
 public:
  explicit BenchDatabases(std::string dsn) : dsn_(std::move(dsn)) {}  // without dbname

  Expected<BenchDatabase*> Get(const std::string& name) {
    auto& slot = open_[name];
    if (slot) return slot.get();
    auto opened = Open(name);
    if (!opened) return Fail(opened.error());
    slot = std::move(*opened);
    return slot.get();
  }

 private:
  static constexpr std::size_t kMaxValues = 2000;

  Expected<std::unique_ptr<BenchDatabase>> Open(const std::string& name) {
    engine::DatabaseOptions options;
    options.name = name;
    options.url = dsn_ + " dbname=" + name;
    engine::pg::ConnectSettings settings(options);
    auto database = std::make_unique<BenchDatabase>();
    const Deadline deadline = Deadline::After(std::chrono::seconds(60));
    auto connection = engine::pg::Connection::Open(deadline, settings);
    if (!connection) return Fail(connection.error());
    database->connection = std::move(*connection);
    auto snapshot = engine::pg::Introspect(*database->connection, deadline);
    if (!snapshot) return Fail(snapshot.error());
    database->schema = std::make_shared<const schema::Schema>(std::move(*snapshot));
    if (auto read = ReadValues(deadline, database.get()); !read) return Fail(read.error());
    database->values = schema::ValueIndex(*database->schema, database->raw_values);
    database->joins = schema::JoinGraph(*database->schema, database->values);
    return database;
  }

  // SELECT DISTINCT of every column that may hold names or flags, as scan_values does for text.
  Expected<void> ReadValues(const Deadline& deadline, BenchDatabase* database) {
    for (std::size_t t = 0; t < database->schema->tables.size(); ++t) {
      const schema::Table& table = database->schema->tables[t];
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const auto type = table.columns[c].type_class;
        if (type != schema::TypeClass::kText && type != schema::TypeClass::kInteger) continue;
        const std::string column = schema::QuoteIdentifier(table.columns[c].name);
        auto rows = database->connection->Query(deadline, "SELECT DISTINCT " + column + "::text FROM " +
                                                              schema::QuoteIdentifier(table.schema) + "." +
                                                              schema::QuoteIdentifier(table.name) + " WHERE " + column +
                                                              " IS NOT NULL LIMIT " + std::to_string(kMaxValues + 1));
        if (!rows) return Fail(rows.error());
        if (type == schema::TypeClass::kInteger && rows->rows.size() > 20) continue;
        schema::ColumnValues values;
        values.table = static_cast<int>(t);
        values.column = static_cast<int>(c);
        values.complete = rows->rows.size() <= kMaxValues;
        for (const auto& row : rows->rows) values.values.push_back(*row[0]);
        if (!values.complete) values.values.resize(kMaxValues);
        database->raw_values.push_back(std::move(values));
      }
    }
    return {};
  }

  std::string dsn_;
  std::map<std::string, std::unique_ptr<BenchDatabase>> open_;
};

}  // namespace toomai::bench
