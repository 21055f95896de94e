// A database in memory for fuzzing: ordinary tables beside everything that makes a verdict hard: views, domains, casts,
// operators and functions of users that share names with PostgreSQL's own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
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
    AddTable("rowed", {{"id", "integer"}, {"m", "mood"}});
    AddTable("pg_stat_statements", {{"query", "text"}});
    AddTable("looped", {{"l", "looped"}});
    AddTable("spelled", {{"n", "pg_catalog.int4"}, {"r", "record"}});
    AddView("v", "SELECT id, a FROM orders");
    AddView("v_sleep", "SELECT pg_sleep(1) AS a");
    AddView("v_loop", "SELECT * FROM v_loop");
    AddView("v_unknown", "");
    AddView("v_broken", "SELEC 1");
    AddView("v_locks", "SELECT id, a FROM orders FOR UPDATE");
    AddView("v_open", "SELECT (ROW(id, a)).* FROM orders");
    AddView("v_narrow", "SELECT id FROM orders");  // the catalog says it has two columns
    AddView("v_stored", "SELECT id, a FROM orders WHERE a ~ similar_to_escape('x') AND a ~~ like_escape('x', 'y')");
    AddView("v_attribute", "SELECT o.act AS id, o.nosuch AS a FROM orders o");
    functions_ = {{"public", "act", {"text"}, "", "text"},
                  {"public", "lower", {"character varying"}, "", "text"},
                  {"public", "concat_ws", {"text", "any"}, "", "text"},
                  {"public", "left", {"text", "integer", "mood"}, "", "text"},
                  {"public", "first_of", {"anyelement"}, "", "anyelement"},
                  {"public", "first_in", {"anyarray"}, "", "anyelement"},
                  {"public", "all_of", {"anycompatible"}, "", "anycompatiblearray"},
                  {"public", "either", {"anycompatible", "anycompatible"}, "", "anycompatible"},
                  {"public", "bound_of", {"anyrange"}, "", "anyelement"},
                  {"public", "span_of", {"anyelement"}, "", "anyrange"},
                  {"public", "nth", {"integer", "anyelement"}, "", "anyelement"},
                  {"public", "pick", {"anyelement"}, "", "anyelement"},
                  {"public", "pick", {"anyelement", "integer"}, "", "anyelement"},
                  {"public", "reverse", {"text[]"}, "", "text"},
                  {"public", "strpos", {"mood"}, "", "integer"},
                  {"public", "right", {"mood", "integer"}, "", "text"},
                  {"public", "now", {}, "", "text"},
                  {"public", "two", {"integer"}, "", "integer"},
                  {"public", "two", {"text"}, "", "text"},
                  {"public", "rows_of", {"integer"}, "", "TABLE(a integer, \"b c\" mood)", false, true}};
    operators_ = {{"public", "=", "mood", "mood"},       {"public", "<+>", "integer", "integer"},
                  {"public", "||", "address", "text"},   {"public", "<=", "mood", "mood"},
                  {"public", ">", "address", "address"}, {"public", "<", "box_t", "box_t"},
                  {"public", "<>", "text", "address"},   {"public", "!~~*", "mood", "mood"},
                  {"public", "@@", "mood", "mood"},      {"public", "&&", "mood[]", "mood[]"},
                  {"public", "<->", "mood", "text"},     {"public", "~~", "text", "mood"}};
    types_ = {{"public", "mood", 'e'},
              {"public", "quantity", 'd', "integer", {"CHECK ((VALUE > 0))"}},
              {"public", "trap", 'd', "text", {"CHECK (act(VALUE) IS NOT NULL)"}},
              {"public", "address", 'c', "", {}, {{"city", "text"}, {"code", "trap"}, {"next", "address"}}},
              {"public", "untold", 'd'},
              {"public", "fresh", 'd', "text", {"CHECK ((VALUE <> '')) NOT VALID"}},
              {"public", "bare", 'd', "text", {"VALUE IS NOT NULL"}},
              {"public", "torn", 'd', "text", {"CHECK ((("}},
              {"public", "spans", 'm'},
              {"public", "blob_t", 'b'},
              {"public", "shell", 'p'},
              {"public", "box_t", 'c', "", {}, {{"v", "integer"}}},
              {"public", "pair", 'c', "", {}, {{"a", "integer"}, {"b", "text"}}},
              {"public", "nest", 'c', "", {}, {{"p", "pair"}, {"q", "integer"}}},
              {"public", "faceless", 'c'},
              {"public", "holder", 'c', "", {}, {{"r", "rowed"}, {"t", "t"}}},
              {"public", "vague", 'd', "", {"CHECK (act(VALUE) IS NULL)"}},
              {"public", "moved", 'd', "address"},
              {"public", "boxed", 'c', "", {}, {{"v", "integer"}}},
              {"other", "boxed", 'c', "", {}, {{"v", "integer"}}}};
    casts_ = {{"address", "text", "public.act", 'i'},  {"mood", "json", "public.act", 'e'},
              {"integer", "box_t", "public.act", 'e'}, {"mood", "text", "", 'i'},
              {"rowed", "text", "public.act", 'i'},    {"pg_catalog.int4", "public.boxed", "public.act", 'e'}};
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
  void AddTable(const char* name, std::vector<CatalogColumn> columns) {
    CatalogTable table;
    table.schema = "public";
    table.name = name;
    table.columns = std::move(columns);
    tables_.push_back(table);
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
