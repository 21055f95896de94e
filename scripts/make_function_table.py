#!/usr/bin/env python3
"""Write validator/functions.def and validator/builtins.def, the tables of what pg_catalog holds.

  scripts/make_function_table.py POLICY.tsv --dsn "host=127.0.0.1 port=5432 user=postgres dbname=postgres"

POLICY.tsv has one row per function name: name, verdict (allow or deny), category, volatility, kinds, ...
The server (PostgreSQL 15) adds what the policy does not say: result types, columns of functions in FROM, and the names
of operators, types and relations. Run it once per policy or server version and commit the result; needs psql.
"""
import argparse
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEAD = "// Written by scripts/make_function_table.py; do not edit.\n"


def query(dsn, sql):
    """Rows of a query as lists of strings."""
    out = subprocess.run(["psql", "-X", "-At", "-F", "\t", "-d", dsn, "-c", sql], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in out.stdout.splitlines()]


def camel(words):
    return "k" + "".join(w.capitalize() for w in words.split("_"))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("??", '?\\?') + '"'


def read_policy(path):
    policy = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#") or line.startswith("name\tverdict"):
                continue
            name, verdict, category, _, kinds = line.rstrip("\n").split("\t")[:5]
            policy[name] = (verdict, category, kinds)
    return policy


def result_types(dsn):
    """name -> its one result type, "?" for several built-in ones, "*" when it depends on the arguments."""
    rows = query(dsn, """
      SELECT p.proname, string_agg(DISTINCT t.typname::text, ','), bool_or(t.typtype = 'p' AND t.typname <> 'record'),
             bool_or(p.proretset)
      FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
      WHERE p.pronamespace = 'pg_catalog'::regnamespace GROUP BY 1""")
    return {name: ("*" if poly == "t" else "?" if "," in types else types, sets == "t") for name, types, poly, sets in rows}


def out_columns(dsn):
    """name -> names of its OUT columns, where all overloads that have any agree."""
    rows = query(dsn, """
      SELECT DISTINCT p.proname, string_agg(a.name || ' ' || t.typname, ',' ORDER BY a.n)
      FROM pg_proc p, unnest(p.proallargtypes, p.proargmodes, p.proargnames) WITH ORDINALITY a(type, mode, name, n), pg_type t
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND a.mode IN ('o', 't') AND t.oid = a.type GROUP BY p.oid""")
    return dict(rows)


def signatures(dsn, allowed):
    """name(type,type) of every overload of the allowed functions whose argument types are all fixed."""
    rows = query(dsn, """
      SELECT DISTINCT p.proname, (SELECT string_agg(t.typname, ',' ORDER BY n)
                                  FROM unnest(p.proargtypes) WITH ORDINALITY a(type, n) JOIN pg_type t ON t.oid = a.type)
      FROM pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.pronargs > 0 AND p.provariadic = 0
        AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) a(type) JOIN pg_type t ON t.oid = a.type WHERE t.typtype = 'p' OR t.typname LIKE '\\_%')""")
    return sorted("%s(%s)" % (name, types) for name, types in rows if name in allowed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policy")
    parser.add_argument("--dsn", required=True)
    args = parser.parse_args()
    policy, types, columns = read_policy(args.policy), result_types(args.dsn), out_columns(args.dsn)

    with open(os.path.join(ROOT, "validator/functions.def"), "w", encoding="utf-8") as out:
        out.write(HEAD)
        out.write("// FUNCTION(name, category, kinds, result, columns): every function name of pg_catalog in PostgreSQL 15.\n"
                  "// kinds: f function, s returns a set, a aggregate, w window. result: a type, ? for one of several built-in types,\n"
                  "// * when it follows from the arguments. columns: what the function is in FROM, when it is a row.\n")
        for name in sorted(policy):
            verdict, category, kinds = policy[name]
            result, returns_set = types.get(name, ("?", False))
            allowed = verdict == "allow"
            out.write("FUNCTION(%s, %s, %s, %s, %s)\n" % (
                quoted(name), camel(category), quoted(kinds + ("s" if returns_set else "")), quoted(result if allowed else ""),
                quoted(columns.get(name, "") if allowed else "")))

    with open(os.path.join(ROOT, "validator/builtins.def"), "w", encoding="utf-8") as out:
        out.write(HEAD)
        out.write("// OPERATOR(name), TYPE(name, category), RELATION(name), SIGNATURE(name(type,type)): what else pg_catalog of\n"
                  "// PostgreSQL 15 holds; signatures are those of allowed functions without arrays and polymorphic types.\n"
                  "// category: pg_type.typcategory, or ! for what no statement may name: pseudo-types, reg* and internal types.\n"
                  "#ifndef OPERATOR\n#define OPERATOR(name)\n#endif\n#ifndef TYPE\n#define TYPE(name, category)\n#endif\n"
                  "#ifndef RELATION\n#define RELATION(name)\n#endif\n#ifndef SIGNATURE\n#define SIGNATURE(text)\n#endif\n")
        catalog = "'pg_catalog'::regnamespace"
        for (name,) in query(args.dsn, f"SELECT DISTINCT oprname::text COLLATE \"C\" FROM pg_operator WHERE oprnamespace = {catalog} ORDER BY 1"):
            out.write("OPERATOR(%s)\n" % quoted(name))
        for name, kind, category in query(args.dsn, f"""
            SELECT typname::text COLLATE "C", typtype, typcategory FROM pg_type
            WHERE typnamespace = {catalog} AND typtype <> 'c' AND typname !~ '^_' ORDER BY 1"""):
            internal = kind == "p" or (category == "Z" and name != "char") or name.startswith("reg") or name in ("aclitem", "gtsvector", "pg_node_tree")
            out.write("TYPE(%s, '%s')\n" % (quoted(name), "!" if internal else category.replace("Z", "S")))
        for (name,) in query(args.dsn, f"""
            SELECT relname::text COLLATE "C" FROM pg_class WHERE relnamespace = {catalog} AND relkind IN ('r', 'v') ORDER BY 1"""):
            out.write("RELATION(%s)\n" % quoted(name))
        for signature in signatures(args.dsn, {name for name, row in policy.items() if row[0] == "allow"}):
            out.write("SIGNATURE(%s)\n" % quoted(signature))
        out.write("#undef OPERATOR\n#undef TYPE\n#undef RELATION\n#undef SIGNATURE\n")


if __name__ == "__main__":
    main()
