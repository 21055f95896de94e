#!/usr/bin/env python3
"""Edge cases of every built-in type, and of arrays of each, through every format: the text must be psql's. Types are listed from pg_type, so a
type that nobody thought of fails the test instead of being left out."""
import csv, io, json, os, pathlib, re, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

TEXTS = ["''", "' '", "'NULL'", "'a,b;c'", "'say \"hi\"'", "E'two\\nlines'", "E'cr\\r\\nlf'", "E'tab\\there'", "E'back\\\\slash'", "'|pipe|'", "'*star*'", "'日本語 🐘'",
         "E'\\u0001\\u001b[31m\\u007f'", "'e\u0301 \u202e rtl'", "'{}'", "'-1'", "'=1+1'", "repeat('x', 5000)"]
EDGES = {
    "bool": ["true", "false"],
    "int2": ["-32768", "32767", "0"], "int4": ["-2147483648", "2147483647"], "int8": ["-9223372036854775808", "9223372036854775807", "9007199254740993"],
    "float4": ["0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "'1.17549435e-38'", "'3.4028235e38'", "0.1", "'1e-45'"],
    "float8": ["0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "5e-324", "1.7976931348623157e308", "0.1", "1e22", "'123456789012345680'"],
    "numeric": ["'NaN'", "'Infinity'", "'-Infinity'", "0", "0.00", "-0.10", "12345678901234567890.12345678901234567890", "1e-20", "1e130", "9007199254740993", "100.50"],
    "money": ["'-92233720368547758.08'", "'1234.50'", "0"],
    "oid": ["0", "4294967295"], "xid": ["'4294967295'"], "xid8": ["'18446744073709551615'"], "cid": ["'7'"], "tid": ["'(0,1)'", "'(4294967295,65535)'"],
    "text": TEXTS, "varchar": TEXTS, "bpchar": ["'a  '", "''", "'日本'"], "name": ["'Odd \"name\"'", "repeat('n', 63)"], "char": ["'x'", "''", "'\\'"],
    "bytea": ["''", "'\\x00ff10'", "decode(repeat('00ff', 3000), 'hex')"],
    "date": ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "'2024-02-29'", "'0001-12-31 BC'"],
    "time": ["'00:00'", "'24:00:00'", "'23:59:59.999999'"], "timetz": ["'00:00+15:59'", "'24:00:00-15:59'", "'12:34:56.789+05:30'"],
    "timestamp": ["'infinity'", "'-infinity'", "'4713-01-01 00:00 BC'", "'294276-12-31 23:59:59.999999'", "'2024-02-29 12:00:00.5'"],
    "timestamptz": ["'infinity'", "'-infinity'", "'4713-01-02 00:00+00 BC'", "'294276-12-30 23:59:59.999999+00'", "'2024-03-10 02:30:00 America/New_York'", "'1883-11-18 12:00 America/New_York'"],
    "interval": ["'0'", "'-178000000 years'", "'178000000 years'", "'1 mon -2 days +03:04:05.000006'", "'-1 year -2 mons +3 days -04:05:06.7'", "'P1Y2M3DT4H5M6.7S'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    "json": ["'null'", "'{\"a\" : 1.50, \"a\":2 }'", "'\"\\u00e9\"'", "'[1, 2.000000000000000000001]'", "' 1e400 '"],
    "jsonb": ["'null'", "'{\"b\":1.50,\"a\":[null,true]}'", "'12345678901234567890.10'", "'\"two\\nlines\"'"],
    "jsonpath": ["'$.a[*] ? (@ > 1)'", "'lax $'", "'strict $.\"x y\"'"],
    "xml": ["'<a b=\"c\">d &amp; e</a>'", "'text'", "''"],
    "inet": ["'0.0.0.0/0'", "'192.168.1.1/24'", "'::1'", "'::ffff:1.2.3.4/128'"], "cidr": ["'10.0.0.0/8'", "'2001:db8::/32'"],
    "macaddr": ["'00:00:00:00:00:00'", "'ff:ff:ff:ff:ff:ff'"], "macaddr8": ["'08:00:2b:ff:fe:01:02:03'"],
    "bit": ["B'0'", "B'1'"], "varbit": ["B''", "B'101010'", "repeat('01', 500)::varbit"],
    "point": ["'(1,-0)'", "'(NaN,Infinity)'", "'(1e-300,1e300)'"], "line": ["'{1,-1,0}'"], "lseg": ["'[(0,0),(1,1.5)]'"], "box": ["'(1,1),(0,0)'"],
    "path": ["'[(0,0),(1,1)]'", "'((0,0),(1,1))'"], "polygon": ["'((0,0),(1,1),(1,0))'"], "circle": ["'<(0,0),0>'", "'<(1.5,2),Infinity>'"],
    "tsvector": ["''", "'''it''''s'':1A,2B fat:3 ''two words'''", "'a:1 b:2'"], "tsquery": ["''", "'a & !b <-> c:*A'"],
    "int4range": ["'empty'", "'(,)'", "'[1,5)'"], "int8range": ["'[-9223372036854775808,9223372036854775807)'"], "numrange": ["'[0.10,1.50]'", "'(,NaN]'"],
    "daterange": ["'[2024-01-01,infinity)'", "'empty'"], "tsrange": ["'[2024-01-01 00:00,2024-01-02 00:00]'"], "tstzrange": ["'[2024-01-01 00:00+00,)'"],
    "int4multirange": ["'{}'", "'{[1,3),[5,7)}'"], "int8multirange": ["'{(,1)}'"], "nummultirange": ["'{[0.1,0.2]}'"], "datemultirange": ["'{[2024-01-01,2024-02-01)}'"],
    "tsmultirange": ["'{[2024-01-01,2024-01-02)}'"], "tstzmultirange": ["'{}'"],
    "regclass": ["'pg_class'", "0"], "regtype": ["'integer'", "'numeric(10,2)[]'"], "regproc": ["'pg_catalog.now'"], "regprocedure": ["'abs(integer)'"], "regoper": ["'pg_catalog.||/'"],
    "regoperator": ["'+(integer,integer)'"], "regrole": ["'postgres'"], "regnamespace": ["'pg_catalog'"], "regconfig": ["'english'"], "regdictionary": ["'simple'"], "regcollation": ["'\"C\"'"],
    "pg_lsn": ["'0/0'", "'FFFFFFFF/FFFFFFFF'"], "pg_snapshot": ["'10:20:10,14,15'"], "txid_snapshot": ["'10:20:10,14,15'"], "refcursor": ["'c'", "'Odd name'"],
    "aclitem": ["'postgres=r/postgres'"],
}
# No text of these can be read in, and no table of a user has them.
NO_INPUT = {"pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "gtsvector"}
TYPES = """SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'e', 'd')
 AND NOT EXISTS (SELECT 1 FROM pg_type e WHERE e.typarray = pg_type.oid) AND typname NOT LIKE '%vector' ORDER BY 1"""
VECTORS = {"int2vector": ["'1 2 3'", "''"], "oidvector": ["'1 4294967295'"], "tsvector": EDGES["tsvector"]}


def spelled(name):
    return '"char"' if name == "char" else f"pg_catalog.{name}"


def columns_of(types, arrayless):
    """(column, type, literals): each type, and arrays of it with NULLs, in two dimensions, with bounds of their own, and empty."""
    for name, literals in types.items():
        yield f"v_{name}", spelled(name), literals
        if name in arrayless:
            continue
        kind = spelled(name)
        some = ", ".join(f"({literal})::{kind}" for literal in literals)
        first = f"({literals[0]})::{kind}"
        yield f"a_{name}", kind + "[]", [f"ARRAY[{some}, NULL]", f"ARRAY[[{first}, NULL], [NULL, {first}]]", "'{}'", f"array_fill({first}, ARRAY[2], ARRAY[-3])"]


def make_table(columns):
    parts = ["CREATE TABLE every_type (n int PRIMARY KEY, " + ", ".join(f'"{name}" {kind}' for name, kind, _ in columns) + ")"]
    for n in range(max(len(literals) for _, _, literals in columns) + 1):
        filled = [(name, kind, literals[n]) for name, kind, literals in columns if n < len(literals)]
        names = "".join(f', "{name}"' for name, _, _ in filled)
        values = "".join(f", ({literal})::{kind}" for _, kind, literal in filled)
        parts.append(f"INSERT INTO every_type (n{names}) VALUES ({n}{values})")
    return parts


def unquoted(text, separator):
    """CSV where only '' is sure to be quoted: NULL is nothing at all."""
    rows, row, i = [], [], 0
    while i < len(text):
        if text[i] == '"':
            end = i + 1
            while text[end] != '"' or text[end + 1 : end + 2] == '"':
                end += 2 if text[end] == '"' else 1
            cell, i = text[i + 1 : end].replace('""', '"'), end + 1
        else:
            end = i
            while text[end] not in separator + "\n":
                end += 1
            cell, i = (text[i:end] or None), end
        row.append(cell)
        if text[i] == "\n":
            rows.append(row)
            row = []
        i += 1
    return rows


class Number(str):
    pass


def same(ours, theirs):
    """JSON: booleans and numbers stand for their text."""
    if isinstance(ours, bool):
        return theirs == ("t" if ours else "f")
    return ours == theirs if ours is None or theirs is None else str(ours) == theirs


def compare(what, names, ours, theirs):
    wrong = [(n, name, a, b) for n, (row, truth) in enumerate(zip(ours, theirs)) for name, a, b in zip(names, row, truth) if not same(a, b)]
    check(f"{what}: {len(theirs)} rows of {len(names)} columns are psql's text", len(ours) == len(theirs) and all(len(row) == len(names) for row in ours) and not wrong,
          (len(ours), len(theirs), wrong[:5]))


def main():
    with tempfile.TemporaryDirectory() as scratch, PrivatePostgres("CREATE ROLE reader LOGIN") as database:
        listed = [name for name in database.psql(TYPES).split("\n")]
        listed += ["int2vector", "oidvector", "tsvector"]
        known = {**EDGES, **VECTORS}
        missing = [name for name in listed if name not in known and name not in NO_INPUT]
        check(f"each of {len(listed)} types has edge cases", not missing, missing)
        known = {name: literals for name, literals in known.items() if name in listed}
        arrayless = set(database.psql("SELECT typname FROM pg_type WHERE typarray = 0").split("\n"))
        columns = list(columns_of(known, arrayless))
        names = ["n"] + [name for name, _, _ in columns]
        for statement in make_table(columns):
            database.psql(statement)
        database.psql("GRANT SELECT ON every_type TO reader")

        env = {**os.environ, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config", "DATABASE_URL": database.url("reader")}
        sql = "SELECT * FROM every_type ORDER BY n"
        out = subprocess.run(["psql", database.url("reader"), "-XqAtc", f"COPY ({sql}) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *)"], env=env, stdout=subprocess.PIPE, check=True).stdout
        truth = unquoted(out.decode(), ",")

        def run(*arguments):
            return subprocess.run([BINARY, "execute", sql, "--all", *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout.decode()

        for name, separator in (("csv", ","), ("tsv", "\t")):
            rows = unquoted(run("--format", name), separator)
            check(f"{name}: names", rows[0] == names, rows[0][:5])
            compare(name, names, rows[1:], truth)
        check("csv: what Python's own reader makes of it", [[cell for cell in row] for row in csv.reader(io.StringIO(run("--format", "csv"), newline=""))][1:]
              == [[cell or "" for cell in row] for row in truth])
        numbers = dict(parse_float=Number, parse_int=Number, parse_constant=lambda word: f"not JSON: {word}")
        whole = json.loads(run("--format", "json"), **numbers)
        compare("json", names, whole["rows"], truth)
        lines = [json.loads(line, **numbers) for line in run("--format", "ndjson").split("\n")[:-1]]
        compare("ndjson", names, [list(line.values()) for line in lines], truth)
        for row in lines:  # a reader that makes doubles of numbers must not lose anything either
            for name, cell in row.items():
                if isinstance(cell, Number) and name in ("v_int8", "v_numeric", "v_money"):
                    digits = cell.lower().split("e")[0].replace("-", "").replace(".", "").strip("0")
                    if len(digits) > 15:
                        check("no number with more digits than a double has", False, (name, cell))

        client = Stdio(environment(scratch, DATABASE_URL=database.url("reader")))
        pages = [client.call("execute", sql=sql, limit=1000)]
        while pages[-1].get("cursor"):
            pages.append(client.call("execute", cursor=pages[-1]["cursor"], limit=1000))
        answer = [row for page in pages for row in page.get("rows", [])]
        # Clients that print what they get must not have their terminal painted: control characters are marked.
        truth = [[cell and re.sub("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", cell) for cell in row] for row in truth]
        cut = [name for name, kind, literals in columns if any("repeat" in literal or "decode" in literal for literal in literals)]
        rows = [[cell if name not in cut or not isinstance(cell, str) or len(cell) < 1900 else truth[n][i] for i, (name, cell) in enumerate(zip(names, row))] for n, row in enumerate(answer)]
        exact = [i for i, name in enumerate(names) if name not in ("v_float4", "v_float8")]  # JSON numbers there
        compare("MCP", [names[i] for i in exact], [[row[i] for i in exact] for row in rows], [[row[i] for i in exact] for row in truth])
        floats = [(name, row[names.index(name)], right[names.index(name)]) for name in ("v_float4", "v_float8") for row, right in zip(rows, truth)]
        check("MCP: floats are the same numbers", all((a is None) == (b is None) and (a is None or float(a) == float(b) or b == "NaN" == a) for _, a, b in floats), floats)
        client.close()


main()
sys.exit(1 if failures else 0)
