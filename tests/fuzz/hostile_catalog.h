// A database in memory for fuzzing: ordinary tables beside everything that makes a verdict hard: views, domains, casts,
// operators and functions of users that share names with PostgreSQL's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validator/catalog.h"

namespace toomai::validator {

class HostileCatalog : public Catalog {
 public:
  HostileCatalog() {
    for (const char* name : {"t", "orders", "customers", "a", "b"}) {
      CatalogTable table;
      table.schema = "public";
      table.name = name;
      table.columns = {{"id", "integer"},   {"a", "text"},     {"b", "mood"}, {"name", "character varying(40)"},
                       {"home", "address"}, {"x", "integer[]"}};
      tables_.push_back(table);
    }
    AddView("v", "SELECT id, a FROM orders");
    AddView("v_sleep", "SELECT pg_sleep(1) AS a");
    AddView("v_loop", "SELECT * FROM v_loop");
    functions_ = {{"public", "act", {"text"}, "", "text"},
                  {"public", "lower", {"character varying"}, "", "text"},
                  {"public", "rows_of", {"integer"}, "", "TABLE(a integer, \"b c\" mood)", false, true}};
    operators_ = {
        {"public", "=", "mood", "mood"}, {"public", "<+>", "integer", "integer"}, {"public", "||", "address", "text"}};
    types_ = {{"public", "mood", 'e'},
              {"public", "quantity", 'd', "integer", {"CHECK ((VALUE > 0))"}},
              {"public", "trap", 'd', "text", {"CHECK (act(VALUE) IS NOT NULL)"}},
              {"public", "address", 'c', "", {}, {{"city", "text"}, {"code", "trap"}, {"next", "address"}}}};
    casts_ = {{"address", "text", "public.act", 'i'},
              {"mood", "json", "public.act", 'e'},
              {"integer", "box_t", "public.act", 'e'}};
  }

  const std::vector<std::string>& SearchPath() const override { return path_; }
  const CatalogTable* FindTable(std::string_view schema, std::string_view name) const override {
    return Find(tables_, schema, name);
  }
  std::vector<const CatalogTable*> Tables() const override {
    std::vector<const CatalogTable*> all;
    for (const CatalogTable& table : tables_) all.push_back(&table);
    return all;
  }
  std::vector<const CatalogFunction*> FindFunctions(std::string_view name) const override {
    return FindAll(functions_, name);
  }
  std::vector<const CatalogOperator*> FindOperators(std::string_view name) const override {
    return FindAll(operators_, name);
  }
  const CatalogType* FindType(std::string_view schema, std::string_view name) const override {
    return Find(types_, schema, name);
  }
  const std::vector<CatalogCast>& UserCasts() const override { return casts_; }
  bool HasUserFunctions() const override { return true; }
  bool HasUserOperators() const override { return true; }
  bool HasSchema(std::string_view name) const override { return name == "public"; }

 private:
  template <typename Thing>
  static const Thing* Find(const std::vector<Thing>& things, std::string_view schema, std::string_view name) {
    for (const Thing& thing : things) {
      if (thing.name == name && (schema.empty() || schema == thing.schema)) return &thing;
    }
    return nullptr;
  }
  template <typename Thing>
  static std::vector<const Thing*> FindAll(const std::vector<Thing>& things, std::string_view name) {
    std::vector<const Thing*> found;
    for (const Thing& thing : things) {
      if (thing.name == name) found.push_back(&thing);
    }
    return found;
  }
  void AddView(const char* name, const char* definition) {
    CatalogTable view;
    view.schema = "public";
    view.name = name;
    view.columns = {{"id", "integer"}, {"a", "text"}};
    view.is_view = true;
    view.view_definition = definition;
    tables_.push_back(view);
  }

  std::vector<std::string> path_ = {"public"};
  std::vector<CatalogTable> tables_;
  std::vector<CatalogFunction> functions_;
  std::vector<CatalogOperator> operators_;
  std::vector<CatalogType> types_;
  std::vector<CatalogCast> casts_;
};

}  // namespace toomai::validator
