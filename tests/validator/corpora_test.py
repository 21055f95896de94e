#!/usr/bin/env python3
"""The sample corpora through `toomai check` against a real server: every attack refused, every harmless statement let
through and executed by the plain role, real model output judged as PostgreSQL judges it.

The corpora are not part of this repository: TOOMAI_SHARED, or ../shared beside it. Without them this is skipped (77).
"""
import os
import subprocess
import sys
import tempfile

from throwaway_server import BIN, ROOT, Server, expect, failures, rows

SHARED = os.environ.get("TOOMAI_SHARED", os.path.join(ROOT, "..", "shared"))
SECURITY, BENCH = os.path.join(SHARED, "security"), os.path.join(SHARED, "bench-data")


# What a class of attacks may be refused for. Classes that are not here have a rule of their own name.
REASONS = {
    "dml": {"not-read-only"}, "ddl": {"not-read-only"}, "dcl": {"not-read-only"}, "transaction": {"not-read-only"},
    "session": {"not-read-only"}, "procedural": {"not-read-only"}, "maintenance": {"not-read-only"}, "explain_unsafe": {"not-read-only"},
    "dml_cte": {"data-modifying-cte"}, "select_into": {"select-into"}, "row_lock": {"row-locking"},
    "multi_statement": {"not-one-statement"}, "lex_hidden": {"not-one-statement"}, "attribute_notation": {"attribute-call"},
    "operator_user": {"user-operator", "user-cast", "user-type", "user-function"}, "view_side_effect": {"view-not-allowed"},
    "system_catalog": {"system-catalog"}, "denied_relation": {"denied-relation"}, "denied_column": {"denied-column"},
    "unknown_name": {"unknown-column", "unknown-table"}, "syntax_invalid": {"syntax-error"}, "encoding": {"invalid-text", "syntax-error"},
    "parameter": {"parameter"},
}


def security(server):
    server.load("secdb", SECURITY + "/schema.sql")
    server.load("shadowed", SECURITY + "/schema.sql", SECURITY + "/schema_shadow.sql")
    policy = ["--policy", os.path.join(SECURITY, "policy.json")]
    for row, verdict in server.check("secdb", "sec_reader", rows(SECURITY + "/attacks-sample.jsonl"), *policy):
        expect(verdict["verdict"] == "reject", f"accepted {row['id']}: {row['sql']}")
        allowed = REASONS.get(row["class"], {"function-not-allowed", "user-function", "unknown-function"})
        expect(verdict["rule"] in allowed, f"{row['id']} refused for {verdict['rule']}: {row['sql']}")
    for row, verdict in server.check("secdb", "sec_reader", rows(SECURITY + "/benign-sample.jsonl"), *policy):
        expect(verdict["verdict"] == "accept", f"refused {row['id']} for {verdict['rule']} {verdict['message']}: {row['sql']}")
        if verdict["verdict"] == "accept":
            done = server.psql("secdb", "-v", "ON_ERROR_STOP=1", user="sec_reader", input="BEGIN READ ONLY;\n" + verdict["sql"] + "\n;ROLLBACK;")
            expect(done.returncode == 0, f"{row['id']}: the server refuses what we would send: {verdict['sql']}: {done.stderr}")
    shadow = ["SELECT lower(login) FROM legacy_users", "SELECT id FROM legacy_users WHERE login = pw",
              "SELECT a.id FROM legacy_users a JOIN legacy_users b USING (login)", "SELECT nullif(login, pw) FROM legacy_users",
              "SELECT id FROM legacy_users WHERE login IN (pw)", "SELECT CASE login WHEN pw THEN 1 END FROM legacy_users",
              "SELECT id FROM legacy_users WHERE login IS DISTINCT FROM pw", "SELECT 1 FROM legacy_users a NATURAL JOIN legacy_users b",
              "SELECT id FROM legacy_users WHERE login = ANY (ARRAY[pw])", "SELECT id FROM legacy_users WHERE (login, id) = (pw, id)",
              "SELECT id FROM legacy_users WHERE login IN (SELECT pw FROM legacy_users)"]
    for row, verdict in server.check("shadowed", "sec_reader", shadow, *policy):
        expect(verdict["rule"] in ("shadowed-function", "shadowed-operator"), f"shadow: {verdict['rule']}: {row}")
    harmless = ["SELECT pg_catalog.lower(login) FROM legacy_users", "SELECT id FROM legacy_users WHERE id = 5", "SELECT lower(during) FROM orders",
                "SELECT id FROM legacy_users WHERE login OPERATOR(pg_catalog.=) 'a'"]
    for row, verdict in server.check("shadowed", "sec_reader", harmless, *policy):
        expect(verdict["verdict"] == "accept", f"shadow control refused for {verdict['rule']}: {row}")


def model_output(server):
    subprocess.run([sys.executable, BENCH + "/load.py", "--port", str(server.port), "--no-comments"], check=True, stdout=subprocess.DEVNULL)
    accepted, refused = rows(BENCH + "/sql-accepted-dev.jsonl"), rows(BENCH + "/sql-rejected-dev.jsonl")
    kinds = {"42703": {"unknown-column"}, "42P01": {"unknown-table", "missing-from", "invalid-reference"}, "42702": {"ambiguous-column"},
             "42601": {"syntax-error", "newer-syntax", "column-count", "unknown-position"}}
    right = total = 0
    for database in sorted({row["db"] for row in accepted + refused}):
        for row, verdict in server.check(database, "bench_ro", [r for r in accepted if r["db"] == database]):
            expect(verdict["verdict"] == "accept", f"{database}: refused for {verdict['rule']} {verdict['message']}: {row['sql']}")
        for row, verdict in server.check(database, "bench_ro", [r for r in refused if r["db"] == database and r["sqlstate"] in kinds]):
            total += 1
            same = verdict["rule"] in kinds[row["sqlstate"]]
            right += same
            if not same:
                print(f"other reason: {verdict['rule']} for {row['sqlstate']} {row['error']}: {row['sql'][:200]}")
    expect(right >= 0.99 * total, f"refused for the same reason as PostgreSQL: {right} of {total}")
    print(f"{len(accepted)} accepted statements, {right} of {total} refused ones for the same reason")


def main():
    if not os.path.exists(SECURITY) or BIN is None:
        print("skipped: needs the corpora (TOOMAI_SHARED) and PostgreSQL")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory)
        try:
            security(server)
            model_output(server)
        finally:
            server.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
