// The queries of introspect.cpp. Each ends in a fixed order, so that equal databases give equal snapshots. They run
// with search_path = pg_catalog: names outside it come out qualified, for every role alike. $1 is a list of schemas or
// NULL.
#pragma once

namespace toomai::engine::pg::sql {

#define TOOMAI_USER_SCHEMA(n)                                                 \
  n ".nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND " n \
    ".nspname !~ '^pg_(toast_)?temp_'"                                        \
    " AND ($1::text[] IS NULL OR " n ".nspname = ANY ($1))"
#define TOOMAI_NOT_EXTENSION(catalog, oid)                                                                \
  " AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '" catalog "'::regclass AND x.objid = " oid \
  " AND x.deptype = 'e')"
#define TOOMAI_COMMENT(catalog, oid) \
  " LEFT JOIN pg_description d ON d.objoid = " oid " AND d.classoid = '" catalog "'::regclass AND d.objsubid = 0"

// Before the search path is narrowed: what the role's own is.
inline constexpr char kDatabase[] =
    "SELECT d.datname, current_setting('server_version_num'), current_schemas(false)::text,"
    " shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE d.datname = current_database()";

// Behind a pooler the session may still have the path of a stranger.
inline constexpr char kOwnPath[] = "SET LOCAL search_path TO DEFAULT";
inline constexpr char kNarrow[] = "SELECT set_config('search_path', 'pg_catalog', true)";

inline constexpr char kTypes[] =
    "SELECT t.oid, n.nspname, t.typname, t.typtype, t.typcategory, t.typbasetype,"
    " CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END,"
    " EXISTS (SELECT FROM pg_opclass o WHERE o.opcmethod = 403 AND o.opcdefault AND o.opcintype = t.oid),"
    " t.typnotnull, CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, d.description"
    " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
    " LEFT JOIN pg_class r ON r.oid = t.typrelid"
    " LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' LEFT JOIN pg_class er ON er.oid = "
    "e.typrelid" TOOMAI_COMMENT("pg_type", "t.oid")
    // Every table has a row type and an array of it: they are told by the table.
    " WHERE (r.oid IS NULL OR r.relkind = 'c') AND (er.oid IS NULL OR er.relkind = 'c')"
    " AND ($1::text[] IS NULL OR true)";

inline constexpr char kEnums[] = "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder";

inline constexpr char kDomainChecks[] =
    "SELECT contypid, pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid <> 0 AND contype = 'c'"
    " ORDER BY contypid, conname";

inline constexpr char kFields[] =
    "SELECT c.reltype, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE c.relkind = 'c' ORDER BY c.reltype, a.attnum";

inline constexpr char kTables[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, c.relrowsecurity,"
    " has_table_privilege(c.oid, 'SELECT'), d.description,"
    " CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,"
    " CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace" TOOMAI_COMMENT("pg_class", "c.oid")
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'"
    " AND " TOOMAI_USER_SCHEMA("n") " AND has_schema_privilege(n.oid, 'USAGE')"
    " AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))"
    TOOMAI_NOT_EXTENSION("pg_class", "c.oid") " ORDER BY c.oid";

// Where the table may be read, so may its columns; else only those with a grant of their own.
inline constexpr char kColumns[] =
    "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, a.attnotnull,"
    " a.attgenerated <> '', a.attidentity <> '',"
    " a.attacl IS NOT NULL AND has_column_privilege(a.attrelid, a.attnum, 'SELECT'),"
    " CASE WHEN a.atthasdef THEN pg_get_expr(f.adbin, f.adrelid) END, d.description"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum"
    " LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = "
    "a.attnum"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND " TOOMAI_USER_SCHEMA(
        "n") " ORDER BY a.attrelid, a.attnum";

// conparentid: the copies that partitions inherit are the parent's business.
inline constexpr char kConstraints[] =
    "SELECT o.conrelid, o.conname, o.contype, o.conkey::text, o.confrelid, o.confkey::text,"
    " CASE WHEN o.contype = 'c' THEN pg_get_constraintdef(o.oid) END"
    " FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace"
    " WHERE o.conrelid <> 0 AND o.contype IN ('p', 'u', 'f', 'c') AND o.conparentid = 0 AND " TOOMAI_USER_SCHEMA(
        "n") " ORDER BY o.conrelid, o.conname, o.oid";

inline constexpr char kIndexes[] =
    "SELECT i.indrelid, x.relname, i.indkey::text, i.indnkeyatts, i.indisunique, i.indpred IS NOT NULL,"
    " pg_get_indexdef(i.indexrelid)"
    " FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE i.indisvalid AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'm') AND " TOOMAI_USER_SCHEMA(
        "n") " ORDER BY i.indrelid, x.relname";

// The columns in order, which decides what SELECT * and a list of column aliases mean.
#define TOOMAI_COLUMN_NAMES(oid)                                       \
  "ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = " oid \
  " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)"

inline constexpr char kPartitions[] =
    "WITH RECURSIVE tree(root, relid) AS ("
    "SELECT c.oid, c.oid FROM pg_class c WHERE c.relkind = 'p' AND NOT c.relispartition"
    " UNION ALL SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid)"
    " SELECT t.root, count(*) FILTER (WHERE c.relkind <> 'p'),"
    " sum(greatest(c.reltuples, 0)) FILTER (WHERE c.relkind <> 'p'),"
    " coalesce(bool_or(c.reltuples > 0 OR c.relpages > 0) FILTER (WHERE c.relkind <> 'p'), false),"
    // A partition is a table too: statements may name it, if its columns stand in the order of the whole.
    " array_agg(format('%I.%I', n.nspname, c.relname) ORDER BY n.nspname, c.relname)"
    " FILTER (WHERE t.relid <> t.root AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, "
    "'USAGE') AND " TOOMAI_COLUMN_NAMES("c.oid") " = " TOOMAI_COLUMN_NAMES("t.root") ")::text"
    " FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace GROUP BY t.root";

inline constexpr char kInheritance[] =
    "SELECT pn.nspname, p.relname, cn.nspname, c.relname, c.relispartition FROM pg_inherits i"
    " JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace"
    " JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace"
    " WHERE p.relkind IN ('r', 'p', 'f') ORDER BY 1, 2, 3, 4";

// Functions of every user schema, whoever may call them: the validator must know what a name could reach.
inline constexpr char kFunctions[] =
    "SELECT n.nspname, p.proname, oidvectortypes(p.proargtypes),"
    " ARRAY(SELECT format_type(a.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, place) ORDER BY a.place)::text,"
    " pg_get_function_result(p.oid), p.prokind, p.provolatile, p.prosecdef, p.proretset, l.lanname,"
    " pg_get_userbyid(p.proowner), d.description,"
    " encode(sha256(convert_to(p.prosrc || coalesce(p.probin, '') || coalesce(p.proconfig::text, ''), 'UTF8')), 'hex')"
    " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang"
    TOOMAI_COMMENT("pg_proc", "p.oid")
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast_)?temp_'"
    " ORDER BY n.nspname, p.proname, 3, p.oid";

inline constexpr char kOperators[] =
    "SELECT n.nspname, o.oprname, CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,"
    " CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END, format_type(o.oprresult, NULL),"
    " fn.nspname || '.' || f.proname"
    " FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace"
    " LEFT JOIN pg_proc f ON f.oid = o.oprcode LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace"
    " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3, 4";

// 16384: FirstNormalObjectId, where objects made by users begin.
inline constexpr char kCasts[] =
    "SELECT format_type(c.castsource, NULL), format_type(c.casttarget, NULL), fn.nspname || '.' || f.proname, "
    "c.castcontext"
    " FROM pg_cast c LEFT JOIN pg_proc f ON f.oid = c.castfunc LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace"
    " WHERE c.oid >= 16384 ORDER BY 1, 2";

// pg_stats shows what the role may read and hides tables under row-level security.
inline constexpr char kStatistics[] =
    "SELECT n.schemaname, n.tablename, n.attname, n.inherited, n.null_frac, n.n_distinct,"
    " n.most_common_vals::text, n.most_common_freqs::text,"
    " (n.histogram_bounds::text::text[])[1], (n.histogram_bounds::text::text[])[array_upper(n.histogram_bounds, 1)]"
    " FROM pg_stats n WHERE n.schemaname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    " AND ($1::text[] IS NULL OR n.schemaname = ANY ($1))";

#undef TOOMAI_COLUMN_NAMES
#undef TOOMAI_USER_SCHEMA
#undef TOOMAI_NOT_EXTENSION
#undef TOOMAI_COMMENT

}  // namespace toomai::engine::pg::sql
