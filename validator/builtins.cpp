#include "validator/builtins.h"

#include "validator/name_table.h"

namespace toomai::validator {
namespace {

constexpr std::string_view kOperators[] = {
#define OPERATOR(name) std::string_view(name),
#include "validator/builtins.def"
};
constexpr std::string_view kTypes[] = {
#define TYPE(name, category) std::string_view(name),
#include "validator/builtins.def"
};
constexpr char kTypeCategories[] = {
#define TYPE(name, category) category,
#include "validator/builtins.def"
};
constexpr std::string_view kSignatures[] = {
#define SIGNATURE(text) std::string_view(text),
#include "validator/builtins.def"
};
constexpr std::string_view kRelations[] = {
#define RELATION(name) std::string_view(name),
#include "validator/builtins.def"
};

const NameTable& OperatorTable() {
  static const NameTable table(kOperators);
  return table;
}
const NameTable& TypeTable() {
  static const NameTable table(kTypes);
  return table;
}
const NameTable& RelationTable() {
  static const NameTable table(kRelations);
  return table;
}

constexpr std::string_view kTypeSpellings[][2] = {
    {"integer", "int4"},
    {"int", "int4"},
    {"bigint", "int8"},
    {"smallint", "int2"},
    {"real", "float4"},
    {"double precision", "float8"},
    {"decimal", "numeric"},
    {"boolean", "bool"},
    {"character varying", "varchar"},
    {"character", "bpchar"},
    {"\"char\"", "char"},
    {"bit varying", "varbit"},
    {"timestamp without time zone", "timestamp"},
    {"timestamp with time zone", "timestamptz"},
    {"time without time zone", "time"},
    {"time with time zone", "timetz"},
};

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool IsBuiltinOperator(std::string_view name) {
  return OperatorTable().Find(name) >= 0;
}

bool HasBuiltinSignature(std::string_view signature) {
  static const NameTable table(kSignatures);
  return table.Find(signature) >= 0;
}

bool IsSystemRelation(std::string_view name) {
  return name.starts_with("pg_") && RelationTable().Find(name) >= 0;
}

bool IsSystemSchema(std::string_view name) {
  return name.starts_with("pg_") || name == "information_schema";  // PostgreSQL reserves pg_ for itself
}

bool IsExtensionRelation(std::string_view name) {
  if (!name.starts_with("pg_")) return false;
  for (const std::string_view known :
       {"pg_stat_statements", "pg_stat_statements_info", "pg_buffercache", "pg_stat_kcache", "pg_stat_kcache_detail",
        "pg_qualstats", "pg_wait_sampling_current", "pg_wait_sampling_history", "pg_wait_sampling_profile",
        "pg_stat_monitor"}) {
    if (name == known) return true;
  }
  return false;
}

BuiltinTypeId FindBuiltinType(std::string_view name) {
  return static_cast<BuiltinTypeId>(TypeTable().Find(name));
}
std::string_view BuiltinTypeNameOf(BuiltinTypeId type) {
  return TypeTable().Name(static_cast<std::size_t>(type));
}
char BuiltinTypeCategory(BuiltinTypeId type) {
  return kTypeCategories[type];
}

bool IsRegType(std::string_view name) {
  return name.starts_with("reg") && TypeTable().Find(name) >= 0;
}

std::string_view CanonicalTypeName(std::string_view spelled, std::string_view* schema, bool* is_array) {
  *schema = {};
  *is_array = false;
  std::string_view name = TrimSpaces(spelled);
  while (name.ends_with("[]")) {
    *is_array = true;
    name = TrimSpaces(name.substr(0, name.size() - 2));
  }
  // "numeric(12,2)", "timestamp(3) with time zone": the modifier says nothing about which type it is.
  std::string_view head = name, tail;
  if (const std::size_t open = name.find('('); open != std::string_view::npos && !name.starts_with('"')) {
    const std::size_t close = name.find(')', open);
    head = TrimSpaces(name.substr(0, open));
    if (close != std::string_view::npos) tail = TrimSpaces(name.substr(close + 1));
  }
  if (!tail.empty()) {
    const bool with_zone = tail.starts_with("with ");
    if (head == "timestamp") return with_zone ? "timestamptz" : "timestamp";
    if (head == "time") return with_zone ? "timetz" : "time";
  }
  for (const auto& [spelling, catalog_name] : kTypeSpellings) {
    if (head == spelling) return catalog_name;
  }
  if (head.starts_with("interval ")) return "interval";
  // schema.name, either part quoted or not.
  std::size_t dot = std::string_view::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '"') quoted = !quoted;
    if (head[i] == '.' && !quoted) dot = i;
  }
  const auto unquote = [](std::string_view part) {
    return part.size() >= 2 && part.front() == '"' && part.back() == '"' ? part.substr(1, part.size() - 2) : part;
  };
  if (dot != std::string_view::npos) {
    *schema = unquote(head.substr(0, dot));
    head = head.substr(dot + 1);
  }
  head = unquote(head);
  // An array's own name in pg_type: _int4.
  if (head.size() > 1 && head.front() == '_' && TypeTable().Find(head.substr(1)) >= 0) {
    *is_array = true;
    head.remove_prefix(1);
  }
  return head;
}

}  // namespace toomai::validator
