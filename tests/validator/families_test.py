#!/usr/bin/env python3
"""Families of statements against the worlds of fixtures/validator on a real server. Attacks, generated: each is refused for a
right reason. Harmless ones: each is allowed, and what is sent for it gives the same rows. What user code may shadow: whatever the
server runs user code for is refused. All of pg_catalog: every call, operator and cast that the server understands is allowed or
refused as the table of functions says."""
import json
import os
import re
import subprocess
import sys
import tempfile

import attack_families
from throwaway_server import BIN, ROOT, TOOMAI, Server, expect, failures

WORLDS = os.path.join(ROOT, "fixtures/validator")
MARKET = os.path.join(WORLDS, "market")
POLICY = ["--policy", os.path.join(MARKET, "policy.json")]
SOURCES = os.path.join(ROOT, "validator")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def attacks(server):
    system_relations = re.findall(r'RELATION\("(\w+)"\)', read(SOURCES + "/builtins.def"))
    for family, cases in attack_families.families(system_relations).items():
        cases = list(cases)
        shown = 0
        for (statement, rules), (_, verdict) in zip(cases, server.check("market", "reader", [c[0] for c in cases], *POLICY)):
            good = verdict["verdict"] == "reject" and verdict["rule"] in rules
            shown += not good
            if good or shown <= 20:
                expect(good, f"{family}: {verdict['verdict']} {verdict['rule']} ({verdict['message']}): {statement!r}")
        expect(len(cases) > 20, f"{family}: only {len(cases)} cases")
        print(f"{family}: {len(cases)} refused, {shown} not as they should")


def lines_of(path):
    return [line for line in read(path).splitlines() if line and not line.startswith(("-- ", "# "))]


def harmless(server, world):
    policy = ["--policy", os.path.join(WORLDS, world, "policy.json")]
    statements = lines_of(os.path.join(WORLDS, world, "harmless.sql"))
    verdicts = server.check(world, "reader", statements, *policy)
    sent = []
    for statement, verdict in verdicts:
        expect(verdict["verdict"] == "accept", f"refused for {verdict['rule']} {verdict['message']}: {statement}")
        sent.append((statement, verdict["sql"] or "SELECT"))
    settings = "SET jit = off;\n"
    given, got = (server.answers(world, [pair[i] for pair in sent], "reader", settings) for i in (0, 1))
    for (statement, text), before, after in zip(sent, given, got):
        expect(before[0] is not None, f"the server refuses {statement}: {before[1]}")
        expect(before == after, f"other rows: {statement}\nsent: {text}\n{before}\n{after}")
    print(f"{world}: {len(statements)} harmless statements allowed, same rows")


def what_runs_user_code(server):
    cases = [line.split(": ", 1) for line in lines_of(os.path.join(WORLDS, "shadows", "refused.test"))]
    for (rule, statement), (_, error) in zip(cases, server.answers("shadows", [case[1] for case in cases], "reader")):
        expect("user code ran" in error, f"refused for {rule}, but no user code runs: {statement} {error}")
    print(f"{len(cases)} statements run user code")


# What differs from one server and moment to the next.
PASSING = {"oid", "stats", "row_estimate", "taken_at_ms", "fingerprint", "source_hash", "owner"}


def lasting(part):
    if isinstance(part, dict):
        return {key: lasting(value) for key, value in part.items() if key not in PASSING}
    return [lasting(value) for value in part] if isinstance(part, list) else part


def described_as_kept(server, world):
    """schema.json, which tests without a server read, is what the server says of schema.sql."""
    done = subprocess.run([TOOMAI, "schema", "--json"], capture_output=True, text=True, env=os.environ | {"DATABASE_URL": server.url(world, "reader")})
    kept = json.loads(read(os.path.join(WORLDS, world, "schema.json")))
    expect(lasting(json.loads(done.stdout)) == kept, f"{world}/schema.json is not what `toomai schema --json` says: {done.stderr[-300:]}")


def sample(kind):
    """A value of a type, good enough for the server to understand the call."""
    polymorphic = {'"any"': "1", "regconfig": "'simple'", "regdictionary": "'simple'", "anyelement": "1", "anynonarray": "1", "anycompatible": "1", "anycompatiblenonarray": "1", "anyarray": "ARRAY[1]", "anycompatiblearray": "ARRAY[1]", "anyrange": "int4range(1, 2)", "anycompatiblerange": "int4range(1, 2)",
                   "anymultirange": "int4multirange(int4range(1, 2))", "anycompatiblemultirange": "int4multirange(int4range(1, 2))", "anyenum": "'new'::order_status", "record": "c"}
    return polymorphic.get(kind, f"NULL::{kind}")


def understood(server, statements):
    """Those of the statements that the server can plan."""
    script = "".join(f"\\echo @{i}\nPREPARE p AS {s};\nDEALLOCATE p;\n\\echo :SQLSTATE\n" for i, s in enumerate(statements))
    out = server.psql("market", input=script).stdout.split("\n")
    good = set()
    for mark, state in zip(out, out[1:]):
        if mark.startswith("@") and state == "00000":
            good.add(int(mark[1:]))
    return [s for i, s in enumerate(statements) if i in good]


def all_of_pg_catalog(server):
    table = dict(re.findall(r'FUNCTION\("(\w+)", (\w+),', read(SOURCES + "/functions.def")))
    query = """SELECT proname, prokind, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY u(t, n) ORDER BY n), ';'), provariadic <> 0,
               (SELECT aggkind FROM pg_aggregate WHERE aggfnoid = p.oid), (SELECT aggnumdirectargs FROM pg_aggregate WHERE aggfnoid = p.oid) FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY p.oid"""
    calls = {True: [], False: []}
    for line in server.psql("market", "-c", query, check=True).stdout.splitlines():
        name, kind, types, _, aggregate, direct = line.split("|")
        values = [sample(t) for t in types.split(";") if t]
        allowed = table[name].startswith("kSafe")
        spelled = name if re.fullmatch("[a-z_0-9]+", name) else f'"{name}"'
        call = f"pg_catalog.{spelled}({', '.join(values)})" if kind == "a" or allowed else f"{spelled}({', '.join(values)})"
        if kind == "a" and not values and name == "count":
            call = "count(*)"
        if aggregate and aggregate != "n":
            n = int(direct)
            call = f"{spelled}({', '.join(values[:n])}) WITHIN GROUP (ORDER BY {', '.join(values[n:]) or '1'})"
        calls[allowed].append(f"SELECT {call}{' OVER ()' if kind == 'w' else ''} FROM categories c")
    allowed = understood(server, calls[True])
    for statement, verdict in server.check("market", "reader", allowed, *POLICY):
        expect(verdict["verdict"] == "accept", f"an allowed function is refused for {verdict['rule']} {verdict['message']}: {statement}")
    for statement, verdict in server.check("market", "reader", calls[False], *POLICY):
        expect(verdict["rule"] in ("function-not-allowed", "internal-type", "reg-cast", "system-catalog"), f"a denied function gives {verdict['rule']}: {statement}")
    names = {re.match(r'SELECT (?:pg_catalog\.)?"?(\w+)', s).group(1) for s in allowed}
    missing = {n for n, c in table.items() if c.startswith("kSafe")} - names
    print(f"{len(allowed)} calls of {len(names)} allowed functions, {len(calls[False])} calls of denied ones; never understood: {sorted(missing)}")
    expect(len(allowed) > 800, f"only {len(allowed)} calls of allowed functions are understood")

    query = """SELECT oprname, oprkind, format_type(oprleft, NULL), format_type(oprright, NULL) FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprcode <> 0 ORDER BY oid"""
    hidden = re.compile(r"NULL::(reg\w+|aclitem|\"?char\"?|internal|cstring|xid8?|cid|tid|int2vector|oidvector|pg_\w+|record|txid_snapshot)\b(?!\[)")
    statements = []
    for line in server.psql("market", "-F", "\t", "-c", query, check=True).stdout.splitlines():
        name, kind, left, right = line.split("\t")
        statements.append(f"SELECT {'' if kind == 'l' else sample(left)} {name} {sample(right)} FROM categories c")
    statements = [s for s in understood(server, statements) if not hidden.search(s)]
    for statement, verdict in server.check("market", "reader", statements, *POLICY):
        expect(verdict["verdict"] == "accept", f"an operator is refused for {verdict['rule']} {verdict['message']}: {statement}")
    print(f"{len(statements)} operators")

    query = """SELECT format_type(castsource, NULL), format_type(casttarget, NULL) FROM pg_cast WHERE castsource < 16384 AND casttarget < 16384 ORDER BY oid"""
    statements = []
    for line in server.psql("market", "-F", "\t", "-c", query, check=True).stdout.splitlines():
        source, target = line.split("\t")
        statements += [f"SELECT NULL::{source}::{target}", f"SELECT CAST(CAST(NULL AS {source}) AS {target})"]
    statements = [s for s in understood(server, statements) if not re.search(r"\b(reg\w+|pg_\w+)", s)]
    for statement, verdict in server.check("market", "reader", statements, *POLICY):
        expect(verdict["verdict"] == "accept", f"a cast is refused for {verdict['rule']} {verdict['message']}: {statement}")
    print(f"{len(statements)} casts")


def main():
    if BIN is None:
        print("skipped: needs PostgreSQL")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory)
        try:
            for world in ("market", "analyst", "shadows"):
                server.load(world, os.path.join(WORLDS, world, "schema.sql"))
                described_as_kept(server, world)
                harmless(server, world)
            what_runs_user_code(server)
            attacks(server)
            all_of_pg_catalog(server)
        finally:
            server.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
