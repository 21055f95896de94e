"""Attacks on the database of fixtures/validator/market, generated: what may not run, times how it can be spelt, times where
it can stand. Every family yields (statement, rules): refused is not enough, it must be for one of these rules."""

# Where an expression may stand; @ is the expression, any type.
EXPRESSION_PLACES = [
    "SELECT @", "SELECT @ AS x, id FROM products", "SELECT 1 FROM orders WHERE @ IS NULL", "SELECT 1 FROM orders WHERE NOT (@ IS NOT NULL AND true)",
    "SELECT 1 FROM orders o JOIN products p ON @ IS NULL", "SELECT 1 FROM orders o LEFT JOIN products p ON p.id = o.id AND (@) IS NULL",
    "SELECT 1 FROM orders, LATERAL (SELECT @) x", "SELECT 1 FROM orders LEFT JOIN LATERAL (SELECT (@) IS NULL AS y) x ON true",
    "VALUES (1), (@)", "SELECT * FROM (VALUES (@)) v", "SELECT id FROM orders ORDER BY @", "SELECT id FROM orders ORDER BY id, (@) DESC NULLS LAST",
    "SELECT 1 FROM orders GROUP BY @", "SELECT 1 FROM orders GROUP BY GROUPING SETS ((@), ())", "SELECT 1 FROM orders GROUP BY ROLLUP (id, @)",
    "SELECT 1 FROM orders GROUP BY CUBE (@)", "SELECT count(*) FROM orders HAVING @ IS NULL", "SELECT DISTINCT ON (@) id FROM orders",
    "SELECT id FROM orders LIMIT (SELECT 1 WHERE @ IS NULL)", "SELECT id FROM orders OFFSET (SELECT 1 WHERE @ IS NULL)",
    "SELECT id FROM orders FETCH FIRST (SELECT 1 WHERE @ IS NULL) ROWS ONLY", "SELECT count(*) FILTER (WHERE @ IS NULL) FROM orders",
    "SELECT array_agg(id ORDER BY @) FROM orders", "SELECT string_agg('a', 'b' ORDER BY id, @) FROM orders",
    "SELECT mode() WITHIN GROUP (ORDER BY @) FROM orders", "SELECT count(DISTINCT @) FROM orders", "SELECT sum(id) OVER (PARTITION BY @) FROM orders",
    "SELECT sum(id) OVER (ORDER BY @) FROM orders", "SELECT sum(id) OVER (ORDER BY id ROWS (SELECT 1 WHERE @ IS NULL) PRECEDING) FROM orders",
    "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND (SELECT 1 WHERE @ IS NULL) FOLLOWING EXCLUDE TIES) FROM orders",
    "SELECT sum(id) OVER w FROM orders WINDOW w AS (ORDER BY @)", "SELECT 1 FROM orders WINDOW unused AS (PARTITION BY @)",
    "SELECT CASE WHEN @ IS NULL THEN 2 END", "SELECT CASE WHEN true THEN @ END", "SELECT CASE WHEN true THEN NULL ELSE @ END",
    "SELECT CASE 1 WHEN 2 THEN NULL WHEN 3 THEN @ END", "SELECT ARRAY[@]", "SELECT ROW(1, @)", "SELECT (1, @)", "SELECT (ARRAY[1])[(SELECT 1 WHERE @ IS NULL)]",
    "SELECT (ARRAY[1])[1:(SELECT 1 WHERE @ IS NULL)]", "SELECT 1 IN (2, (SELECT 1 WHERE @ IS NULL))", "SELECT (1, 2) = (1, (SELECT 1 WHERE @ IS NULL))",
    "SELECT 1 = ANY (ARRAY[(SELECT 1 WHERE @ IS NULL)])", "SELECT 1 > ALL (SELECT 1 WHERE @ IS NULL)", "SELECT EXISTS (SELECT @)", "SELECT EXISTS (SELECT 1 WHERE @ IS NULL)",
    "SELECT ARRAY(SELECT @)", "SELECT (SELECT @)", "SELECT (SELECT (SELECT (SELECT @)))", "SELECT NULL UNION ALL SELECT (@)::text", "SELECT '1' EXCEPT (SELECT 'a' INTERSECT SELECT (@)::text)",
    "WITH unused AS (SELECT @) SELECT 1", "WITH a AS MATERIALIZED (SELECT @ AS x) SELECT x FROM a", "WITH a AS NOT MATERIALIZED (SELECT 1 WHERE @ IS NULL) SELECT 1 FROM a",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3 AND @ IS NULL) SELECT n FROM t",
    "WITH RECURSIVE t(n) AS (SELECT 1 WHERE @ IS NULL UNION SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t",
    "SELECT 1 FROM orders TABLESAMPLE BERNOULLI ((SELECT 1 WHERE @ IS NULL))", "SELECT 1 FROM orders TABLESAMPLE SYSTEM (1) REPEATABLE ((SELECT 1 WHERE @ IS NULL))",
    "SELECT 1 FROM XMLTABLE(((@)::text) PASSING '<a/>' COLUMNS a int PATH '.') x", "SELECT 1 FROM XMLTABLE('/a' PASSING ((@)::text::xml) COLUMNS a int PATH '.') x",
    "SELECT 1 FROM XMLTABLE('/a' PASSING BY REF ((@)::text::xml) BY VALUE COLUMNS a int PATH '.') x",
    "SELECT 1 FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a text PATH (@)::text) x", "SELECT 1 FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS n FOR ORDINALITY, a text PATH '.' DEFAULT (@)::text NOT NULL) x",
    "SELECT 1 FROM XMLTABLE(XMLNAMESPACES((@)::text AS z), '/a' PASSING '<a/>' COLUMNS a int PATH '.') x", "SELECT 1 FROM LATERAL XMLTABLE('/a' PASSING '<a/>' COLUMNS a text DEFAULT (@)::text) x",
    "SELECT xmlelement(NAME a, @)", "SELECT xmlelement(NAME a, XMLATTRIBUTES(@ AS b), 'x')", "SELECT xmlforest(@ AS a)", "SELECT xmlparse(CONTENT (@)::text)", "SELECT xmlparse(DOCUMENT (@)::text PRESERVE WHITESPACE)",
    "SELECT xmlserialize(CONTENT (@)::text::xml AS text)", "SELECT xmlpi(NAME a, (@)::text)", "SELECT xmlroot((@)::text::xml, VERSION '1.0')", "SELECT xmlroot('<a/>'::xml, VERSION (@)::text, STANDALONE YES)",
    "SELECT xmlconcat('<a/>', (@)::text::xml)", "SELECT xmlexists(((@)::text) PASSING '<a/>')", "SELECT xmlexists('/a' PASSING BY REF ((@)::text::xml))", "SELECT (@)::text::xml IS DOCUMENT",
    "SELECT make_interval(days => (SELECT 1 WHERE @ IS NULL))", "SELECT concat(VARIADIC ARRAY[@])", "SELECT concat('a', @)", "SELECT jsonb_build_object('a', @)", "SELECT (@)::text", "SELECT CAST(@ AS text)",
    "SELECT now() AT TIME ZONE (@)::text", "SELECT timezone((@)::text, now())", "SELECT (now(), now()) OVERLAPS (now(), (SELECT now() WHERE @ IS NULL))", "SELECT 'a' SIMILAR TO (@)::text", "SELECT 'a' NOT SIMILAR TO 'b' ESCAPE (@)::text",
    "SELECT 'a' LIKE (@)::text", "SELECT 'a' NOT ILIKE 'b' ESCAPE (@)::text", "SELECT 'a' ~ (@)::text", "SELECT (@)::text COLLATE \"C\"", "SELECT extract(day FROM (SELECT now() WHERE @ IS NULL))", "SELECT substring((@)::text FROM 1 FOR 2)",
    "SELECT substring('a' FROM (@)::text)", "SELECT substring('a' SIMILAR (@)::text ESCAPE '#')", "SELECT trim(BOTH (@)::text FROM 'a')", "SELECT trim(LEADING FROM (@)::text)", "SELECT overlay('a' PLACING (@)::text FROM 1 FOR 2)", "SELECT position((@)::text IN 'a')",
    "SELECT normalize((@)::text, NFC)", "SELECT (@)::text IS NFC NORMALIZED", "SELECT coalesce(NULL, @)", "SELECT nullif((@)::text, 'x')", "SELECT greatest((@)::text, 'x')", "SELECT least('x', 'y', (@)::text)", "SELECT collation for ((@)::text)",
    "SELECT 1 BETWEEN 0 AND (SELECT 1 WHERE @ IS NULL)", "SELECT 1 NOT BETWEEN SYMMETRIC (SELECT 1 WHERE @ IS NULL) AND 0", "SELECT 'a' IS DISTINCT FROM (@)::text", "SELECT ROW(@) IS NULL", "SELECT (@) ISNULL", "SELECT ((@) IS NULL) IS NOT TRUE", "SELECT NOT ((@) NOTNULL)", "SELECT (((((@)))))",
    "SELECT 1 FROM generate_series(1, (SELECT 1 WHERE @ IS NULL)) g", "SELECT 1 FROM ROWS FROM (generate_series(1, 2), generate_series(1, (SELECT 1 WHERE @ IS NULL))) WITH ORDINALITY g", "SELECT 1 FROM unnest(ARRAY[@]) u",
    "SELECT length(upper((@)::text))", "SELECT grouping(id), @ FROM orders GROUP BY CUBE (id)", "SELECT id FROM orders UNION SELECT id FROM orders WHERE @ IS NULL ORDER BY 1", "(SELECT 1) UNION (SELECT 2 ORDER BY @) LIMIT 3",
    "TABLE categories ORDER BY @", "VALUES (1) ORDER BY @", "SELECT 1 FROM (orders o CROSS JOIN products p) WHERE @ IS NULL", "SELECT 1 FROM (SELECT 1) AS s(a) WHERE s.a = (SELECT 1 WHERE @ IS NULL)", "SELECT 'x'::varchar(10), @",
]

# Where a query may stand; @ is the query.
QUERY_PLACES = [
    "@", "(@)", "((@))", "SELECT * FROM (@) q", "SELECT 1 FROM products, LATERAL (@) q", "SELECT EXISTS (@)", "SELECT 1 WHERE EXISTS (@) OR true", "WITH q AS (@) SELECT 1", "WITH q AS MATERIALIZED (@) SELECT count(*) FROM q",
    "SELECT 1 FROM products p LEFT JOIN (@) q ON true", "SELECT * FROM (SELECT * FROM (SELECT * FROM (@) a) b) c", "SELECT 1 WHERE false AND EXISTS (@)", "SELECT CASE WHEN EXISTS (@) THEN 1 END", "WITH a AS (WITH b AS (@) SELECT 1 FROM b) SELECT 1 FROM a",
    "(@) LIMIT 3", "SELECT 1 FROM orders ORDER BY EXISTS (@)", "SELECT count(*) FROM orders GROUP BY id HAVING EXISTS (@)", "SELECT count(*) FILTER (WHERE EXISTS (@)) FROM orders",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3 AND EXISTS (@)) SELECT n FROM r",
]

# Functions that may not run, with arguments that the server takes. One argument: the attribute notation reaches them, too.
DENIED_CALLS = [
    ("pg_read_file", "'PG_VERSION'"), ("pg_ls_dir", "'.'"), ("pg_stat_file", "'PG_VERSION'"), ("pg_read_binary_file", "'PG_VERSION'"), ("lo_create", "0::oid"), ("lo_creat", "-1"), ("lo_unlink", "20000::oid"), ("lo_from_bytea", "0, '\\x00'"),
    ("lo_get", "1::oid"), ("lo_export", "1::oid, '/tmp/x'"), ("lo_import", "'/etc/passwd'"), ("set_config", "'work_mem', '1GB', false"), ("current_setting", "'data_directory'"), ("pg_sleep", "0"), ("pg_sleep_for", "'1 s'"),
    ("pg_advisory_lock", "42"), ("pg_try_advisory_lock", "42"), ("pg_advisory_xact_lock", "1, 2"), ("pg_advisory_unlock_all", ""), ("pg_notify", "'a', 'b'"), ("nextval", "'order_seq'"), ("setval", "'order_seq', 1"), ("currval", "'order_seq'"), ("lastval", ""),
    ("pg_terminate_backend", "1"), ("pg_cancel_backend", "1"), ("pg_reload_conf", ""), ("pg_rotate_logfile", ""), ("pg_switch_wal", ""), ("pg_logical_emit_message", "false, 'p', 'x'"), ("pg_create_restore_point", "'x'"), ("pg_export_snapshot", ""),
    ("txid_current", ""), ("pg_current_xact_id", ""), ("pg_stat_reset", ""), ("pg_backend_pid", ""), ("version", ""), ("inet_server_addr", ""), ("pg_postmaster_start_time", ""), ("has_table_privilege", "'orders', 'select'"), ("to_regclass", "'orders'"),
    ("query_to_xml", "'SELECT 1', true, false, ''"), ("table_to_xml", "'orders', true, false, ''"), ("schema_to_xml", "'public', true, false, ''"), ("database_to_xml", "true, false, ''"), ("cursor_to_xml", "'c', 1, true, false, ''"),
    ("ts_stat", "'SELECT search FROM products'"), ("pg_get_viewdef", "'v_evil'"), ("pg_get_functiondef", "1::oid"), ("obj_description", "1::oid"), ("pg_relation_size", "'orders'"), ("pg_database_size", "'postgres'"), ("pg_create_physical_replication_slot", "'s'"),
    ("pg_drop_replication_slot", "'s'"), ("pg_import_system_collations", "'pg_catalog'"), ("setseed", "0.5"), ("pg_show_all_settings", ""), ("pg_stat_get_activity", "1"), ("pg_hba_file_rules", ""), ("pg_ls_waldir", ""), ("pg_promote", ""), ("int4in", "'1'"), ("int4pl", "1, 2"), ("textcat", "'a', 'b'"),
]
ATTRIBUTE_CALLS = [("pg_read_file", "'PG_VERSION'::text"), ("pg_ls_dir", "'.'::text"), ("pg_sleep", "1::float8"), ("pg_advisory_lock", "7::bigint"), ("lo_unlink", "1::oid"), ("lo_creat", "1::int4"), ("txid_status", "1::int8"), ("ran", "'x'::text"), ("ran_immutable", "'x'::text"),
                   ("pg_terminate_backend", "1::int4"), ("lower", "'x'::text"), ("abs", "1::int4")]


def unicode_name(name, escape="\\"):
    return 'U&"' + "".join(f"{escape}{ord(c):04x}" if i % 2 else c for i, c in enumerate(name)) + '"' + ("" if escape == "\\" else f" UESCAPE '{escape}'")


def spellings(name, schema="pg_catalog", database="market"):
    """A function, table or type name in every way it can be written."""
    long_escapes = 'U&"' + "".join(f"\\+{ord(c):06x}" for c in name) + '"'
    bare = [name, name.upper(), name.title(), f'"{name}"', unicode_name(name), unicode_name(name, "!"), long_escapes, f"/* x */ {name}", f"{name} /* ( */", f"{name}\n\t", f"{name} -- x\n", f"{name} -- x\r"]
    yield from bare
    for s in (schema, schema.upper(), f'"{schema}"', unicode_name(schema)):
        yield f"{s}.{name}"
    yield f'{schema} . /* . */ "{name}"'
    yield f"{database}.{schema}.{name}"
    yield f'"{database}"."{schema}".{unicode_name(name)}'


def place(template, piece):
    return template.replace("@", piece)


def denied_functions():
    rule = {"function-not-allowed"}
    for name, arguments in DENIED_CALLS:
        for spelled in spellings(name):
            yield f"SELECT {spelled}({arguments})", rule
        for template in ("SELECT * FROM @", "SELECT 1 FROM products p, @ AS f", "SELECT 1 FROM LATERAL @ f", "SELECT 1 FROM ROWS FROM (@, generate_series(1, 2)) f", "SELECT 1 FROM @ WITH ORDINALITY", "SELECT (@).*", "SELECT @ OVER ()", "SELECT @ FILTER (WHERE true)"):
            yield place(template, f"{name}({arguments})"), rule
        for template in EXPRESSION_PLACES:
            yield place(template, f"{name}({arguments})"), rule


def user_functions():
    rule = {"user-function"}
    for spelled in spellings("ran", "public"):
        yield f"SELECT {spelled}('x')", rule
    calls = ["ran('x')", "public.ran('x')", "ran(what => 'x')", "ran(what := 'x')", "ran(VARIADIC ARRAY['x'])", "ran_immutable('x')", "trap.outside(1)", "evil_sum(1)", "evil_sum(DISTINCT 1)", "evil_sum(1) OVER ()", "evil_sum(1) FILTER (WHERE true)", "wipe(NULL::orders)", "op_ran(1, 2)", "cast_ran(1)", "to_text_ran(NULL)"]
    for call in calls:
        for template in EXPRESSION_PLACES:
            yield place(template, call), rule
    for template in ("SELECT * FROM @", "SELECT f.* FROM products p, @ f", "SELECT 1 FROM LATERAL @ f", "SELECT 1 FROM ROWS FROM (@, generate_series(1, 2)) f", "SELECT (@).*", "SELECT (@).a"):
        yield place(template, "ran_rows(1)"), rule
        yield place(template, "public.ran_rows(n => 1)"), rule
    for name in ("no_such_function", "trap.no_such", "dblink", "ext.dblink_exec", "pg_temp.f", "lo_manage"):
        yield f"SELECT {name}('x')", {"unknown-function", "user-function", "function-not-allowed"}


def attribute_notation():
    rule = {"attribute-call"}
    for name, argument in ATTRIBUTE_CALLS:
        for field in (name, name.upper(), f'"{name}"', unicode_name(name), f" /* . */ {name}", f"{name}\n"):
            yield f"SELECT ({argument}).{field}", rule
        for base in (f"(({argument}))", f"(SELECT {argument})", f"(ARRAY[{argument}])[1]", f"(CASE WHEN true THEN {argument} END)", f"(coalesce({argument}))", f"(x.a)"):
            yield f"SELECT {base}.{name} FROM (SELECT {argument} AS a) x", rule
        for template in EXPRESSION_PLACES:
            yield place(template, f"(({argument}).{name})"), rule
    for base in ("o", "orders", "public.orders", "market.public.orders"):
        table = "orders o" if base == "o" else "orders"
        yield f"SELECT {base}.wipe FROM {table}", rule
        yield f'SELECT {base}."wipe" FROM {table}', rule
        yield f"SELECT {base}.{unicode_name('wipe')} FROM {table}", rule
    for base in ("(o)", "((o))", "(o.*)", "(SELECT o)", "(ARRAY[o])[1]", "(x.r)", "(CASE WHEN true THEN o END)", "(coalesce(o, o))"):
        yield f"SELECT {base}.wipe FROM orders o, LATERAL (SELECT o AS r) x", rule
    for template in ("SELECT 1 FROM orders o WHERE o.wipe IS NULL", "SELECT 1 FROM orders o ORDER BY o.wipe", "SELECT 1 FROM orders o GROUP BY o.wipe", "SELECT count(*) FILTER (WHERE o.wipe = 'a') FROM orders o", "SELECT (SELECT o.wipe) FROM orders o",
                     "SELECT 1 FROM orders o JOIN products p ON o.wipe = 'x'", "SELECT 1 FROM orders o, LATERAL (SELECT o.wipe) x", "SELECT sum(id) OVER (PARTITION BY o.wipe) FROM orders o", "WITH c AS (SELECT o.wipe FROM orders o) SELECT 1 FROM c",
                     "SELECT xmlforest(o.wipe) FROM orders o", "SELECT ARRAY[o.wipe] FROM orders o", "SELECT DISTINCT ON (o.wipe) id FROM orders o", "SELECT id FROM orders o HAVING o.wipe IS NULL"):
        yield template, rule


# Types that act, reveal or are internal, and the rules that may say so.
TYPES = [("evil_dom", "public", {"user-type"}), ("evil_over", "public", {"user-type"}), ("evil_pair", "public", {"user-type"}), ("evil_rows", "public", {"user-type"}), ("regclass", "pg_catalog", {"reg-cast"}), ("regproc", "pg_catalog", {"reg-cast"}), ("regprocedure", "pg_catalog", {"reg-cast"}),
         ("regoper", "pg_catalog", {"reg-cast"}), ("regoperator", "pg_catalog", {"reg-cast"}), ("regtype", "pg_catalog", {"reg-cast"}), ("regrole", "pg_catalog", {"reg-cast"}), ("regnamespace", "pg_catalog", {"reg-cast"}), ("regconfig", "pg_catalog", {"reg-cast"}), ("regdictionary", "pg_catalog", {"reg-cast"}),
         ("regcollation", "pg_catalog", {"reg-cast"}), ("cstring", "pg_catalog", {"internal-type"}), ("internal", "pg_catalog", {"internal-type"}), ("anyelement", "pg_catalog", {"internal-type"}), ("pg_class", "pg_catalog", {"system-catalog"}), ("pg_authid", "pg_catalog", {"system-catalog"})]
TYPE_PLACES = ["SELECT 'x'::{t}", "SELECT NULL::{t}", "SELECT CAST('x' AS {t})", "SELECT '{{x}}'::{t}[]", "SELECT ARRAY['x']::{t}[]", "SELECT '{{x}}'::{t} ARRAY[3]", "SELECT a::{t} FROM (SELECT sku AS a FROM products) p", "SELECT name::text::{t}::text FROM products", "SELECT 1 FROM products WHERE sku::{t} IS NULL",
               "SELECT * FROM json_to_record('{{}}') AS t(a {t})", "SELECT * FROM json_to_record('{{}}') AS (a int, b {t})", "SELECT * FROM jsonb_to_recordset('[]') AS t(a {t}[])", "SELECT * FROM ROWS FROM (json_to_record('{{}}') AS (a {t}), generate_series(1, 2)) x",
               "SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a {t} PATH '.')", "SELECT * FROM products p, LATERAL jsonb_to_record(p.attrs) AS t(a {t})", "SELECT json_populate_record(NULL::{t}, '{{}}')", "SELECT * FROM jsonb_populate_recordset(NULL::{t}, '[]')", "SELECT coalesce(NULL, NULL::{t})",
               "SELECT CASE WHEN true THEN 'x'::{t} END", "SELECT 1 FROM orders ORDER BY NULL::{t}", "WITH a AS (SELECT NULL::{t}) SELECT 1", "SELECT xmlserialize(CONTENT '<a/>'::xml AS {t})", "SELECT (NULL::{t}) IS NULL", "SELECT 'x' = ANY (NULL::{t}[])", "VALUES ('x'::{t})", "SELECT 'x'::{t} UNION SELECT NULL"]


def types():
    for name, schema, rules in TYPES:
        for spelled in list(spellings(name, schema))[:10] + [f"{schema}.{name}", f'{schema}."{name}"', f"market.{schema}.{name}"]:
            for template in ("SELECT 'x'::{t}", "SELECT CAST('x' AS {t})", "SELECT * FROM json_to_record('{{}}') AS t(a {t})"):
                yield template.format(t=spelled), rules
        for template in TYPE_PLACES:
            yield template.format(t=name), rules
            yield template.format(t=f"{schema}.{name}"), rules
        yield f"SELECT {name} 'x'", rules
        yield f"SELECT {schema}.{name} 'x'", rules
        yield f"SELECT {name}('x')", rules | {"function-not-allowed", "unknown-function"}
        yield f"SELECT '{{x}}'::_{name}", rules
        yield f"SELECT '{{x}}'::{schema}._{name}", rules
        for template in EXPRESSION_PLACES:
            yield place(template, f"('x'::{name})"), rules
    cast = {"user-cast"}
    for spelled in ("1::evil_t", "CAST(1 AS public.evil_t)", "evil_t(1)", "public.evil_t(1)", "ARRAY[1]::evil_t[]", "'1'::int::evil_t", "(SELECT 1)::evil_t", "(1 + 1)::evil_t", "length('a')::evil_t", "(CASE WHEN true THEN 1 END)::evil_t", "(ARRAY[1])[1]::evil_t", "'{1}'::int[]::_evil_t"):
        for template in EXPRESSION_PLACES:
            yield place(template, f"({spelled})"), cast
    for column in ("qty::evil_t", "CAST(i.qty AS evil_t)", "evil_t(qty)", "(max(qty))::evil_t", "(sum(qty) OVER ())::int::evil_t", "(SELECT qty)::evil_t"):
        yield f"SELECT {column} FROM order_items i GROUP BY qty", cast
    # What turns quiet_t into text runs user code without any cast being written.
    for expression in ("length(q)", "q || 'x'", "'x' || q", "upper(q)", "concat_ws(q, 'a')", "q LIKE 'x'", "q ~ 'x'", "q = 'x'::text", "position('a' IN q)", "substring(q FROM 1)", "trim(q)", "coalesce(q, 'x'::text)", "CASE WHEN true THEN q ELSE 'x'::text END", "q::text", "CAST(q AS text)",
                       "string_agg(q, ',')", "greatest(q, 'x'::text)", "q IN ('x'::text)", "q SIMILAR TO 'x'", "md5(q)", "text(q)", "overlay(q PLACING 'a' FROM 1)", "q COLLATE \"C\"", "nullif(q, 'x'::text)", "strpos(q, 'x')", "ARRAY[q, 'x'::text]", "length((SELECT q))", "length(quiet.q)", "length((ARRAY[q])[1])"):
        yield f"SELECT {expression} FROM quiet", {"user-cast"}
    yield "SELECT q FROM quiet UNION SELECT 'x'::text", {"user-cast"}
    yield "SELECT 1 FROM quiet JOIN products p ON p.sku = q", {"user-cast"}
    yield "SELECT 1 FROM quiet a JOIN (SELECT sku AS q FROM products) b USING (q)", {"user-cast"}
    yield "SELECT 1 FROM quiet a NATURAL JOIN (SELECT sku AS q FROM products) b", {"user-cast"}
    yield "SELECT * FROM (VALUES ('x'::text), ((SELECT q FROM quiet))) v", {"user-cast"}
    yield "SELECT * FROM unnest(string_to_array((SELECT q FROM quiet), ','))", {"user-cast"}


def operators():
    rule = {"user-operator"}
    for spelled in ("1 <+> 2", "1<+>2", "1 /* x */ <+> /* y */ 2", "1 OPERATOR(public.<+>) 2", "1 OPERATOR(\"public\".<+>) 2", "1 operator ( public . <+> ) 2", "1 OPERATOR(<+>) 2", "1 OPERATOR(market.public.<+>) 2", "@@! 1", "OPERATOR(public.@@!) 1", "1 OPERATOR(trap.<) 2", "1 <+> ANY (ARRAY[1])", "1 <+> ALL (SELECT 1)", "1 OPERATOR(trap.<) ANY (ARRAY[1])",
                    "1 OPERATOR(trap.<) ALL (SELECT 1)", "ROW(1, 2) OPERATOR(trap.<) ROW(3, 4)", "(1, 2) OPERATOR(trap.<) (3, 4)", "1 + 2 <+> 3 * 4", "(SELECT 1 <+> 2)", "(1, 2) OPERATOR(trap.<) (SELECT 1, 2)"):
        for template in EXPRESSION_PLACES:
            yield place(template, f"({spelled})"), rule
    for template in ("SELECT id FROM orders ORDER BY id USING OPERATOR(trap.<)", "SELECT id FROM products ORDER BY id USING <+>", "SELECT array_agg(id ORDER BY id USING OPERATOR(trap.<)) FROM products", "SELECT sum(id) OVER (ORDER BY id USING OPERATOR(trap.<)) FROM products",
                     "SELECT mode() WITHIN GROUP (ORDER BY id USING OPERATOR(trap.<)) FROM products", "SELECT id FROM products WINDOW w AS (ORDER BY id USING OPERATOR(trap.<))"):
        yield template, rule
    for unknown in ("1 <-+-> 2", "1 OPERATOR(pg_catalog.<+>) 2", "1 OPERATOR(trap.<+>) 2", "1 OPERATOR(nowhere.+) 2"):
        yield f"SELECT {unknown}", {"unknown-operator"}


def views():
    for view, rule in (("v_evil", "view-not-allowed"), ("v_evil_builtin", "view-not-allowed"), ("v_evil_nested", "view-not-allowed"), ("v_evil_where", "view-not-allowed"), ("v_evil_cast", "view-not-allowed"), ("v_evil_operator", "view-not-allowed"), ("v_catalog", "view-not-allowed"),
                       ("v_tokens", "view-not-allowed"), ("v_ssn", "view-not-allowed")):
        for spelled in spellings(view, "public"):
            yield f"SELECT count(*) FROM {spelled}", {rule}
        for query in (f"SELECT 1 FROM {view}", f"SELECT * FROM {view}", f"TABLE {view}", f"SELECT 1 FROM ONLY {view}", f"SELECT {view} FROM {view}"):
            for template in QUERY_PLACES:
                yield place(template, query), {rule}


def relation_queries(name, spelled):
    for reference in (f"{spelled}", f"ONLY {spelled}", f"ONLY ({spelled})", f"{spelled} *", f"{spelled} AS t(a)", f"(products CROSS JOIN {spelled})", f"products p LEFT JOIN {spelled} x ON true"):
        yield f"SELECT 1 FROM {reference}"
    yield f"SELECT * FROM {spelled}"
    yield f"TABLE {spelled}"
    yield f"TABLE ONLY {spelled}"
    if name.isidentifier():
        yield f"SELECT {name} FROM {spelled}"


def denied_relations():
    for schema, name, rule in (("secret", "tokens", "denied-relation"), ("hr", "salaries", "denied-relation"), ("public", "side_effects", "denied-relation")):
        qualified = [s for s in spellings(name, schema) if "." in s.replace("/* . */", "")]
        for spelled in qualified + ([name, name.upper(), unicode_name(name)] if schema == "public" else []):
            for query in relation_queries(name, spelled):
                yield query, {rule}
        for query in relation_queries(name, f"{schema}.{name}"):
            for template in QUERY_PLACES:
                yield place(template, query), {rule}
        yield f"SELECT NULL::{schema}.{name}", {rule, "unknown-type"}
        yield f"SELECT * FROM jsonb_populate_recordset(NULL::{schema}.{name}, '[]')", {rule, "unknown-type"}
        yield f"SELECT 1 FROM {schema}.{name} TABLESAMPLE SYSTEM (1)", {rule}


def system_catalogs(names):
    rule = {"system-catalog"}
    for name in names:
        for spelled in (name, f"pg_catalog.{name}", f'"{name}"', name.upper(), unicode_name(name), f"market.pg_catalog.{name}"):
            yield f"SELECT 1 FROM {spelled}", rule
        yield f"TABLE {name}", rule
        yield f"SELECT EXISTS (SELECT * FROM {name} c)", rule
        yield f"WITH a AS (SELECT 1 FROM pg_catalog.{name}) SELECT 1", rule
        yield f"SELECT NULL::{name}", rule
    for name in ("information_schema.tables", "information_schema.columns", "INFORMATION_SCHEMA.routines", "pg_toast.pg_toast_1262", "pg_temp.x", "pg_temp_3.x", "pg_stat_statements"):
        yield f"SELECT 1 FROM {name}", rule | {"unknown-table"}
    for query in ("SELECT passwd FROM pg_shadow", "SELECT * FROM pg_catalog.pg_stat_activity", "TABLE pg_settings", "SELECT 1 FROM pg_authid a JOIN orders o ON true"):
        for template in QUERY_PLACES:
            yield place(template, query), rule


def denied_columns():
    rule = {"denied-column"}
    sources = ["SELECT ssn FROM customers", "SELECT c.ssn FROM customers c", "SELECT customers.ssn FROM customers", "SELECT public.customers.ssn FROM customers", "SELECT market.public.customers.ssn FROM customers", 'SELECT "ssn" FROM "customers"', f"SELECT {unicode_name('ssn')} FROM customers", "SELECT SSN FROM CUSTOMERS",
               "SELECT * FROM customers", "SELECT c.* FROM customers c", "SELECT customers.* FROM customers", "TABLE customers", "SELECT public.customers.* FROM public.customers", "SELECT c FROM customers c", "SELECT customers FROM customers", "SELECT (c).ssn FROM customers c", "SELECT (c.*).ssn FROM customers c", "SELECT ((c)).ssn FROM customers c",
               "SELECT (c).name FROM customers c", "SELECT (SELECT c).ssn FROM customers c", "SELECT c.* IS NULL FROM customers c", "SELECT c IS NOT NULL FROM customers c", "SELECT c::text FROM customers c", "SELECT CAST(c AS text) FROM customers c", "SELECT row_to_json(c) FROM customers c", "SELECT to_jsonb(c.*) FROM customers c", "SELECT count(c) FROM customers c", "SELECT count(DISTINCT c.*) FROM customers c",
               "SELECT ROW(c.*) FROM customers c", "SELECT ROW(c) FROM customers c", "SELECT ARRAY[c] FROM customers c", "SELECT array_agg(c) FROM customers c", "SELECT json_agg(c) FROM customers c", "SELECT xmlforest(c.ssn) FROM customers c", "SELECT max(ssn) FROM customers", "SELECT count(*) FILTER (WHERE ssn LIKE '0%') FROM customers", "SELECT id FROM customers WHERE ssn = 'x'", "SELECT id FROM customers ORDER BY ssn",
               "SELECT 1 FROM customers GROUP BY ssn", "SELECT 1 FROM customers HAVING max(ssn) = 'x'", "SELECT DISTINCT ON (ssn) id FROM customers", "SELECT sum(id) OVER (PARTITION BY ssn) FROM customers", "SELECT l FROM customers AS t(a, b, c, d, e, f, g, h, i, j, k, l, m)", "SELECT t.* FROM customers AS t(a)", "SELECT 1 FROM customers a JOIN customers b USING (ssn)", "SELECT 1 FROM customers a NATURAL JOIN customers b",
               "SELECT 1 FROM customers a JOIN (SELECT 'x' AS ssn) b USING (ssn)", "SELECT 1 FROM customers a NATURAL LEFT JOIN (SELECT 'x' AS ssn) b", "SELECT j.ssn FROM (customers c CROSS JOIN categories k) AS j(a, b, e, f, g, h, i, l, m, n, o, ssn)", "SELECT j.* FROM (customers c JOIN orders o ON true) AS j", "SELECT j FROM (customers c JOIN orders o ON true) AS j", "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id",
               "SELECT o.id, (SELECT ssn FROM customers c WHERE c.id = o.customer_id) FROM orders o", "SELECT x.s FROM customers c, LATERAL (SELECT c.ssn AS s) x", "SELECT x.r FROM customers c, LATERAL (SELECT c AS r) x", "WITH c AS (SELECT * FROM customers) SELECT id FROM c", "WITH c AS (TABLE customers) SELECT 1 FROM c", "SELECT id FROM (SELECT * FROM customers) c", "SELECT id::text FROM orders UNION SELECT ssn FROM customers",
               "SELECT 1 FROM customers c WHERE c = c", "SELECT 1 FROM customers c ORDER BY c", "SELECT 1 FROM customers c GROUP BY c", "SELECT coalesce(c, c) FROM customers c", "SELECT CASE WHEN true THEN c END FROM customers c", "SELECT 1 WHERE EXISTS (SELECT * FROM customers)", "SELECT 1 FROM customers c WHERE (c.id, c.ssn) = (1, 'x')", "SELECT 1 FROM customers c WHERE 'x' = ANY (ARRAY[c.ssn])", "SELECT jsonb_populate_record(c, '{}') FROM customers c",
               "SELECT salary FROM hr.employees", "SELECT e.salary FROM hr.employees e", "SELECT * FROM hr.employees", "SELECT hr.employees.salary FROM hr.employees", "SELECT avg(salary) FROM hr.employees", "SELECT name FROM hr.employees WHERE salary > 1000", "SELECT e FROM hr.employees e", "SELECT m.name FROM hr.employees e JOIN hr.employees m ON m.salary = e.salary",
               "WITH RECURSIVE t AS (SELECT id, salary FROM hr.employees UNION SELECT id, id FROM t) SELECT id FROM t", "SELECT dense_rank() OVER (ORDER BY salary) FROM hr.employees", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY salary) FROM hr.employees", "SELECT substring(ssn FROM 1 FOR 3) FROM customers", "SELECT extract(epoch FROM created_at), length(ssn) FROM customers", "SELECT 1 FROM customers c TABLESAMPLE SYSTEM ((SELECT max(length(ssn)) FROM customers))"]
    for query in sources:
        for template in QUERY_PLACES:
            yield place(template, query), rule


def sampling():
    for method in ("system_rows", "system_time", "trap.bernoulli", "public.system", '"BERNOULLI"', "no_such"):
        for template in QUERY_PLACES:
            yield place(template, f"SELECT 1 FROM orders TABLESAMPLE {method} (1)"), {"user-function"}


OTHER_STATEMENTS = [
    "INSERT INTO categories VALUES (9, 1, 'x')", "INSERT INTO categories SELECT * FROM categories", "INSERT INTO categories DEFAULT VALUES RETURNING id", "UPDATE orders SET note = 'x'", "DELETE FROM orders", "DELETE FROM orders USING products", "MERGE INTO orders o USING products p ON true WHEN MATCHED THEN DELETE", "TRUNCATE orders",
    "CREATE TABLE x (a int)", "CREATE TABLE x AS SELECT 1", "CREATE TEMP TABLE x AS TABLE orders", "CREATE VIEW x AS SELECT 1", "CREATE MATERIALIZED VIEW x AS SELECT 1", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1", "CREATE INDEX ON orders (id)", "CREATE SCHEMA x", "CREATE EXTENSION dblink", "CREATE ROLE x", "CREATE RULE r AS ON SELECT TO orders DO INSTEAD SELECT 1", "CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION f()",
    "CREATE SEQUENCE s", "CREATE TYPE x AS (a int)", "CREATE DOMAIN x AS int", "CREATE CAST (int AS text) WITH INOUT", "CREATE OPERATOR === (FUNCTION = f)", "CREATE EVENT TRIGGER x ON ddl_command_start EXECUTE FUNCTION f()", "CREATE SERVER x FOREIGN DATA WRAPPER y", "CREATE PUBLICATION p", "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE DATABASE x", "CREATE TABLESPACE x LOCATION '/tmp'", "ALTER TABLE orders ADD COLUMN x int", "ALTER SYSTEM SET work_mem = '1GB'", "ALTER ROLE reader SUPERUSER",
    "ALTER DATABASE market SET work_mem = '1'", "DROP TABLE orders", "DROP SCHEMA public CASCADE", "DROP OWNED BY reader", "REASSIGN OWNED BY a TO b", "GRANT ALL ON orders TO PUBLIC", "REVOKE ALL ON orders FROM reader", "COPY orders TO '/tmp/x'", "COPY (SELECT 1) TO PROGRAM 'id'", "COPY orders FROM STDIN", "BEGIN", "START TRANSACTION READ WRITE", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'",
    "SET work_mem = '1GB'", "SET LOCAL ROLE postgres", "SET SESSION AUTHORIZATION postgres", "SET TRANSACTION READ WRITE", "SET CONSTRAINTS ALL DEFERRED", "RESET ALL", "SHOW all", "DISCARD ALL", "LISTEN x", "UNLISTEN *", "NOTIFY x, 'y'", "LOCK TABLE orders", "DO 'BEGIN END'", "CALL act()", "EXECUTE p", "PREPARE p AS SELECT 1", "DEALLOCATE ALL", "DECLARE c CURSOR FOR SELECT 1", "FETCH ALL FROM c", "MOVE 1 FROM c", "CLOSE ALL",
    "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM orders", "EXPLAIN VERBOSE TABLE orders", "VACUUM", "VACUUM FULL orders", "ANALYZE", "CLUSTER", "REINDEX TABLE orders", "REFRESH MATERIALIZED VIEW mv_sales", "CHECKPOINT", "LOAD 'x'", "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z", "SECURITY LABEL ON TABLE orders IS 'x'", "COMMENT ON TABLE orders IS 'x'",
]


def statements():
    rule = {"not-read-only"}
    for statement in OTHER_STATEMENTS:
        for spelled in (statement, statement.lower(), statement + ";", "/* SELECT */ " + statement, "-- SELECT 1\n" + statement, statement.replace(" ", "\n"), statement.replace(" ", "/**/", 1) + " -- x", "\t\r\n" + statement):
            yield spelled, rule
        for tail in (";", "; -- x", "/**/;", "\n;\n", ";;"):
            yield "SELECT 1" + tail + statement if not tail.endswith("x") else "SELECT 1; -- x\n" + statement, {"not-one-statement"}
        yield statement + "; SELECT 1", {"not-one-statement", "not-read-only"}
    for statement in ("INSERT INTO categories VALUES (9, 1, 'x')", "UPDATE orders SET note = 'x'", "DELETE FROM orders", "DELETE FROM orders WHERE id = 1", "INSERT INTO categories SELECT 1, 1, 'x'"):
        for template in ("WITH x AS ({s} RETURNING *) SELECT 1", "WITH x AS ({s} RETURNING id) SELECT * FROM x", "WITH a AS (SELECT 1), x AS MATERIALIZED ({s}) SELECT 1", "SELECT * FROM (WITH x AS ({s} RETURNING id) SELECT * FROM x) q", "WITH RECURSIVE x AS ({s} RETURNING id) TABLE x", "SELECT EXISTS (WITH x AS ({s} RETURNING id) SELECT 1 FROM x)",
                         "(WITH x AS ({s}) SELECT 1)", "WITH x(a) AS ({s} RETURNING 1) VALUES (1)", "WITH a AS (WITH x AS ({s} RETURNING id) SELECT 1) SELECT 1", "SELECT 1 UNION (WITH x AS ({s} RETURNING id) SELECT 2)", "with/**/x as not materialized(/**/{s} returning 1)select 1"):
            yield template.format(s=statement), {"data-modifying-cte"}
        yield f"WITH x AS (SELECT 1) {statement}", {"not-read-only"}
    for into in ("INTO x", "INTO TEMP x", "INTO TEMPORARY TABLE x", "INTO UNLOGGED x", "INTO TABLE x", 'INTO "x"', "INTO public.x", "/**/into/**/x", "INTO LOCAL TEMP x"):
        for template in ("SELECT 1 {i}", "SELECT * {i} FROM orders", "SELECT id {i} FROM orders WHERE id = 1 ORDER BY 1 LIMIT 3", "WITH a AS (SELECT 1) SELECT 1 {i} FROM a", "(SELECT 1 {i})", "SELECT 1 {i} UNION SELECT 2", "SELECT DISTINCT 1 {i} GROUP BY 1", "SELECT {i} FROM orders"):
            yield template.format(i=into), {"select-into"}
    for lock in ("FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE", "for update", "FOR/**/UPDATE", "FOR UPDATE OF orders", "FOR UPDATE NOWAIT", "FOR SHARE SKIP LOCKED", "FOR UPDATE FOR SHARE"):
        for template in ("SELECT 1 FROM orders {l}", "SELECT 1 FROM orders LIMIT 1 {l}", "SELECT 1 FROM orders {l} LIMIT 1", "SELECT * FROM (SELECT 1 FROM orders {l}) x", "WITH a AS (SELECT 1 FROM orders {l}) SELECT 1", "SELECT EXISTS (SELECT 1 FROM orders {l})", "(SELECT 1 FROM orders {l})", "(SELECT 1 FROM orders) {l}", "TABLE orders {l}", "SELECT (SELECT 1 FROM orders {l})",
                         "SELECT 1 UNION ALL (SELECT 1 FROM orders {l})", "SELECT 1 IN (SELECT 1 FROM orders {l})", "SELECT ARRAY(SELECT 1 FROM orders {l})", "SELECT 1 FROM products, LATERAL (SELECT 1 FROM orders {l}) x"):
            yield template.format(l=lock), {"row-locking"}


def hidden_statements():
    """What another lexer would read as one harmless statement."""
    rule = {"not-one-statement"}
    evil = "DROP TABLE orders"
    for opening in ("SELECT 1 /* /* */ */", "SELECT 1 --\r", "SELECT 1 -- x\r", "SELECT 1 --\n", "SELECT 'a\\'", "SELECT '''' ", "SELECT 'a''b'", "SELECT E'a\\\\'", "SELECT E'\\'' ", "SELECT $$'$$", "SELECT $a$ $$ $a$", "SELECT $a$'$a$", "SELECT $Ü$'$Ü$", "SELECT \"\"\"\" FROM (SELECT 1 AS \"\"\"\") x", "SELECT U&'\\0027'", "SELECT U&'d!0061' UESCAPE '!'", "SELECT 'a'\n'b'",
                    "SELECT 'a' -- '\n'b'", "SELECT B'1'", "SELECT X'1F'", "SELECT N'a'", "SELECT /* ' */ 1", "SELECT /* $$ */ 1", "SELECT -- $$\n1", "SELECT '--'", "SELECT '/*'", "SELECT $$/*$$", "SELECT \"a;b\" FROM (SELECT 1 AS \"a;b\") x", "SELECT 1 /*/**/*/", "SELECT 1 /* * / */", "SELECT 1/**/", "SELECT '\f'", "SELECT 1 - - 1", "SELECT 2 */* x */ 3", "SELECT 1 AS a$b$ ", "SELECT 1 a$$", "SELECT E'\\047'", "SELECT E'\\x27'", "SELECT E'\\u0027'", "SELECT '\\u0027'"):
        for separator in (";", " ; ", ";\n", "/**/;/**/", ";--\n", ";;", "\n;\t"):
            yield f"{opening}{separator}{evil}", rule
            yield f"{opening}{separator}SELECT 2", rule
    for text in ("SELECT 'a\\'; DROP TABLE orders --'", ):
        yield text, rule
    for text in ("SELECT 1;\u037eDROP TABLE x", "SELECT 1\uff1b DROP TABLE x", "SELECT\u00a01", "\ufeffSELECT 1", "SELECT 1\u2028; DROP TABLE x", "SELECT 1 --\u2028; DROP TABLE x\n; DROP TABLE y", "SELECT\u200b1 FROM", "SELECT 1 \\; DROP TABLE x", "SELECT 1 \\gexec", "\\! id", "```sql\nSELECT 1\n```", "#!SELECT 1", "SELECT 1 # x", "SELECT `id` FROM orders",
                 "SELECT [id] FROM orders", "SELECT TOP 5 id FROM orders", "SELECT 1 /*! union select 2 */ 3", "SELECT 'a", 'SELECT "a', "SELECT $a$ x $b$", "SELECT 1 /* x", "SELECT E'\\", "SELECT U&'\\00'", "SELECT U&'\\d800'", "SELECT U&\"\\0000\"", "SELECT E'\\0'", "SELECT E'\\000'", "SELECT E'\\x00'", "SELECT 1x", "SELECT 0x1F", "SELECT 1_000", "SELECT $1x", "SELECT 1.5e", "SELECT 1..2", "SELECT \"\"", "SELECT U&'a' UESCAPE 'a'",
                 "SELECT U&'a' UESCAPE '+'", "SELECT U&'a' UESCAPE ''''", "SELECT ''''''''a'", "SELECT 1 ==== 2 <>;", ";", ";;", "", "  ", "-- x", "/* x */", "()", "SELECT (1", "SELECT 1)", "SELECT 1,", "SELECT , 1", "SELECT FROM WHERE", "FROM orders", "WHERE 1", "SELECT * orders", "SELECT a b c FROM orders", "VALUES", "VALUES ()", "TABLE", "WITH a SELECT 1", "WITH a AS SELECT 1 SELECT 1", "SELECT 1 UNION", "SELECT 1 LIMIT 1 LIMIT 2",
                 "SELECT 1 ORDER BY 1 ORDER BY 1", "(SELECT 1 LIMIT 1) LIMIT 1 LIMIT 1", "SELECT 1 WHERE 1 WHERE 1", "SELECT CASE END", "SELECT CAST(1 int)", "SELECT NOT", "SELECT 1 BETWEEN 2", "SELECT 1 IN ()", "SELECT f(,)", "SELECT f(DISTINCT)", "SELECT count(*) OVER", "SELECT 1 FROM a JOIN b", "SELECT 1 FROM a NATURAL b", "SELECT 1 FROM (SELECT 1)", "SELECT 1 FROM a, ", "SELECT 1 GROUP 1", "SELECT 1 HAVING", "select select", "SELECT 'a' 'b'"):
        yield text, {"syntax-error", "invalid-text", "not-one-statement", "empty-statement", "parameter", "newer-syntax", "unknown-column", "unknown-table"}


def unknown_names():
    for text, rule in (("SELECT nope FROM orders", "unknown-column"), ("SELECT o.nope FROM orders o", "unknown-column"), ("SELECT 1 FROM nope", "unknown-table"), ("SELECT 1 FROM public.nope", "unknown-table"), ("SELECT 1 FROM nowhere.orders", "unknown-table"), ("SELECT x.id FROM orders o", "missing-from"), ("SELECT orders.id FROM orders o", "missing-from"),
                       ("SELECT id FROM orders o, products p", "ambiguous-column"), ("SELECT 1 FROM orders o, products o", "duplicate-alias"), ("SELECT 1 FROM otherdb.public.orders", "wrong-database"), ("SELECT otherdb.public.orders.id FROM orders", "wrong-database"), ("SELECT 1 FROM a.b.c.d", "syntax-error"), ("SELECT a.b.c.d.e FROM orders", "wrong-database"),
                       ("SELECT id FROM orders GROUP BY 2", "unknown-position"), ("SELECT id FROM orders ORDER BY 2", "unknown-position"), ("SELECT 1 FROM orders a JOIN products b USING (nope)", "unknown-column"), ("SELECT x FROM (SELECT id FROM orders) q", "unknown-column"), ("WITH q AS (SELECT 1 AS a) SELECT b FROM q", "unknown-column"), ("SELECT id FROM orders WHERE \"ID\" = 1", "unknown-column"),
                       ('SELECT id FROM "Orders"', "unknown-table"), ("SELECT sum(id) OVER w FROM orders", "unknown-window"), ("SELECT 'x'::nope", "unknown-type"), ("SELECT (home).nope FROM customers", "unknown-column"), ("SELECT 1 UNION SELECT 1, 2", "column-count"), ("SELECT id AS x FROM orders WHERE x = 1", "unknown-column"), ("SELECT id AS x FROM orders HAVING x = 1", "unknown-column"),
                       ("SELECT p.id FROM orders o, (SELECT o.id) p", "invalid-reference"), ("SELECT 1 FROM orders o JOIN products p ON q.id = 1 JOIN categories q ON true", "missing-from"), ("SELECT id FROM orders LIMIT id", "invalid-reference"), ("SELECT orders.ctid.x FROM orders", "missing-from"), ("SELECT $1", "parameter"), ("SELECT id FROM orders WHERE id = $1", "parameter"), ("SELECT $1::int + $2", "parameter")):
        yield text, {rule}


def amplifiers():
    for text, rule in (("SELECT repeat('a', 100000000)", "generated-bytes"), ("SELECT lpad('a', 2000000000)", "generated-bytes"), ("SELECT rpad('a', 1000000000, 'b')", "generated-bytes"), ("SELECT format('%1000000000s', 'x')", "generated-bytes"), ("SELECT format('%*s', 1000000000, 'x')", "generated-bytes"), ("SELECT array_fill(1, ARRAY[100000000])", "generated-bytes"),
                       ("SELECT array_fill(1, ARRAY[10000, 10000])", "generated-bytes"), ("SELECT repeat(repeat('a', 100000), 100000)", "generated-bytes"), ("SELECT repeat('a' || 'b', 1000 * 1000 * 1000)", "generated-bytes"), ("SELECT count(*) FROM generate_series(1, 1000000000)", "generated-rows"), ("SELECT generate_series(1, 1e12)", "generated-rows"),
                       ("SELECT 1 FROM generate_series(1, 100000) a, generate_series(1, 100000) b", "generated-rows"), ("SELECT 1 FROM generate_series(1, 100000) a CROSS JOIN generate_series(1, 100000) b", "generated-rows"), ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t", "unbounded-recursion")):
        for template in ("@", "SELECT * FROM (@) q", "SELECT 1 WHERE EXISTS (@)", "WITH a AS (@) SELECT * FROM a"):
            yield place(template, text), {rule}


def families(system_relations):
    return {"denied functions": denied_functions(), "user functions": user_functions(), "attribute notation": attribute_notation(), "types and casts": types(), "operators": operators(), "views": views(), "denied relations": denied_relations(), "system catalogs": system_catalogs(system_relations),
            "denied columns": denied_columns(), "sampling methods": sampling(), "other statements": statements(), "hidden statements": hidden_statements(), "unknown names": unknown_names(), "amplifiers": amplifiers()}
