// What the validator needs to know of a database. Implemented by schema/catalog_view.h, and by small fakes in tests.
// Names are the catalog's own spelling (already folded, unquoted).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::validator {

struct CatalogColumn {
  std::string name;
  std::string type;  // as format_type spells it: "integer", "public.mood", "text[]"; "" when unknown
};

struct CatalogTable {
  std::string schema, name;
  std::vector<CatalogColumn> columns;
  bool is_view = false;          // also materialized views
  bool is_materialized = false;  // its definition does not run when it is read
  std::string view_definition;   // "" when unknown
  std::vector<int> primary_key;  // indexes into columns

  // Index of the column, -1 if absent. Quick after IndexColumns(), else a search.
  int FindColumn(std::string_view column) const;
  void IndexColumns();

 private:
  std::vector<std::uint16_t> slots_;  // hash of names -> index + 1
};

struct CatalogFunction {
  std::string schema, name;
  std::vector<std::string> argument_types;
  std::string identity_arguments;  // as pg_get_function_identity_arguments prints it
  std::string return_type;
  bool is_aggregate = false, returns_set = false, security_definer = false;
  char volatility = 'v';
  bool makes_range = false;  // PostgreSQL's own constructor of a user-defined range type
};

struct CatalogOperator {
  std::string schema, name, left_type, right_type;
};

struct CatalogType {
  std::string schema, name;
  char kind = 'b';                    // typtype: b c d e r m
  std::string base;                   // domains: the type below
  std::vector<std::string> checks;    // domains: CHECK definitions
  std::vector<CatalogColumn> fields;  // composite types: their attributes
};

struct CatalogCast {
  std::string source_type, target_type;
  std::string function;  // "" when no function runs (binary coercible, or through text)
  char context = 'e';    // e explicit, a assignment, i implicit
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual const std::vector<std::string>& SearchPath() const = 0;
  // nullptr if absent. An empty schema means: the first on the search path that has the name.
  virtual const CatalogTable* FindTable(std::string_view schema, std::string_view name) const = 0;
  virtual std::vector<const CatalogTable*> Tables() const = 0;  // for suggestions
  // User and extension objects by bare name; pg_catalog's are known to the validator itself.
  virtual std::vector<const CatalogFunction*> FindFunctions(std::string_view name) const = 0;
  virtual std::vector<const CatalogOperator*> FindOperators(std::string_view name) const = 0;
  virtual const CatalogType* FindType(std::string_view schema, std::string_view name) const = 0;
  virtual const std::vector<CatalogCast>& UserCasts() const = 0;
  // True when any user function or operator exists at all, so that the common case costs nothing.
  virtual bool HasUserFunctions() const = 0;
  virtual bool HasUserOperators() const = 0;
  virtual bool HasSchema(std::string_view name) const = 0;
  virtual std::string_view DatabaseName() const { return {}; }
  // Major version of the server, e.g. 15; statements may use its grammar and no later one.
  virtual int ServerVersion() const { return 15; }
};

}  // namespace toomai::validator
