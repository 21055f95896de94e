#!/usr/bin/env python3
"""Attacks through the real server process as superuser, the way a client sends them: whatever is let through, nothing on the
database server may have changed afterwards, and no user code may have run. Privileges do not help here; only the validator and the
read-only transaction do."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import attack_families
from throwaway_server import BIN, ROOT, TOOMAI, Server, expect, failures, rows

MARKET = os.path.join(ROOT, "fixtures/validator/market")
SHARED = os.environ.get("TOOMAI_SHARED", os.path.join(ROOT, "..", "shared"))
STATEMENTS_PER_FAMILY = 40
MOST_SECONDS = 300  # a server that hangs is a failure, not a test without end

# What an effect would leave behind. Each query gives one line.
TRACES = {
    "rows": """SELECT string_agg(c.oid::regclass || ' ' || (xpath('/row/h/text()', query_to_xml('SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '''')) AS h FROM ' || c.oid::regclass || ' t', false, true, '')))[1], ';' ORDER BY c.oid)
               FROM pg_class c WHERE relkind IN ('r', 'm') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)""",
    "sequences": "SELECT string_agg(schemaname || sequencename || coalesce(last_value::text, '-'), ';' ORDER BY 1) FROM pg_sequences",
    "large objects": "SELECT count(*) || ' ' || coalesce(md5(string_agg(data, '' ORDER BY loid, pageno)), '') FROM pg_largeobject",
    "large object owners": "SELECT count(*) FROM pg_largeobject_metadata",
    "replication slots": "SELECT count(*) FROM pg_replication_slots",
    "advisory locks": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "prepared transactions": "SELECT count(*) FROM pg_prepared_xacts",
    "settings": "SELECT md5(string_agg(name || '=' || setting || coalesce(sourcefile, ''), ';' ORDER BY name)) FROM pg_settings WHERE source NOT IN ('client', 'session')",
    "role and database settings": "SELECT count(*) FROM pg_db_role_setting",
    "objects": "SELECT (SELECT count(*) FROM pg_class) || ' ' || (SELECT count(*) FROM pg_proc) || ' ' || (SELECT count(*) FROM pg_type) || ' ' || (SELECT count(*) FROM pg_collation) || ' ' || (SELECT count(*) FROM pg_extension) || ' ' || (SELECT count(*) FROM pg_database) || ' ' || (SELECT md5(string_agg(r::text, ';' ORDER BY oid)) FROM pg_roles r)",
    "transaction ids": "SELECT pg_snapshot_xmax(pg_current_snapshot())",
    "files": "SELECT string_agg(d || '/' || f, ';' ORDER BY d, f) FROM unnest(ARRAY['.', 'pg_snapshots', 'pg_replslot', 'pg_logical', 'pg_tblspc', 'global', 'pg_wal/archive_status']) d, pg_ls_dir(d, true, false) f WHERE f NOT LIKE 'pg_internal.init%'",
    "user code": "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE schemaname <> 'pg_catalog' AND funcname <> 'net_price'",
    "server": "SELECT pg_postmaster_start_time() || ' ' || pg_conf_load_time()",
}


def traces(server):
    others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    while server.psql("market", "-c", others).stdout.strip() != "0" and time.monotonic() < until:
        time.sleep(0.1)  # a session tells of the functions it ran when it ends
    commands = [part for query in TRACES.values() for part in ("-c", query)]
    return dict(zip(TRACES, server.psql("market", *commands, check=True).stdout.split("\n")))


def attacks():
    for family, cases in attack_families.families(["pg_authid", "pg_stat_activity", "pg_largeobject"]).items():
        statements = [case[0] for case in cases if "\0" not in case[0]]
        yield from statements[:: max(1, len(statements) // STATEMENTS_PER_FAMILY)]
    if os.path.exists(SHARED + "/security"):
        yield from (row["sql"] for row in rows(SHARED + "/security/attacks-sample.jsonl"))


class Session:
    """A `toomai mcp` process that is logged in as superuser."""

    def __init__(self, server, scratch):
        env = {**os.environ, "DATABASE_URL": server.url("market", "postgres"), "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config"}
        self.child = subprocess.Popen([TOOMAI, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.asked = 0
        self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "canary", "version": "1"}})

    def ask(self, method, params):
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        self.child.stdin.write(json.dumps(request).encode() + b"\n")
        self.child.stdin.flush()
        while True:
            line = self.child.stdout.readline()
            if not line:
                raise SystemExit(f"the server is gone after {params}")
            message = json.loads(line)
            if message.get("id", self.asked) == self.asked and "method" not in message:
                return message  # also one without an id: the request could not be read

    def refuses(self, statement):
        arguments = {"sql": statement}
        while arguments:  # page by page to the end: an open cursor holds a session
            answer = self.ask("tools/call", {"name": "execute", "arguments": arguments})
            if answer.get("error") or answer["result"].get("isError"):
                return True
            cursor = answer["result"].get("structuredContent", {}).get("cursor")
            arguments = {"cursor": cursor} if cursor else None
        return False

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=30)


def too_long(*_):
    raise TimeoutError(f"no end after {MOST_SECONDS} s")


def main():
    if BIN is None:
        print("skipped: needs PostgreSQL")
        return 77
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(MOST_SECONDS)
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as scratch:
        server = Server(directory)
        try:
            server.load("market", os.path.join(MARKET, "schema.sql"))
            server.psql("postgres", "-c", "ALTER SYSTEM SET track_functions = 'all'", "-c", "ALTER SYSTEM SET autovacuum = off", "-c", "SELECT pg_reload_conf()", check=True)
            session = Session(server, scratch)
            expect(not session.refuses("SELECT count(*) FROM products"), "the harmless statement does not run")
            session.close()
            before = traces(server)
            statements = list(attacks())
            session = Session(server, scratch)
            refused = sum(session.refuses(statement) for statement in statements)
            session.close()
            after = traces(server)
            for name in TRACES:
                expect(before[name] == after[name], f"{name} changed: {before[name][:300]} -> {after[name][:300]}")
            server.psql("market", "-c", "SELECT public.ran('x'); SELECT txid_current()", check=True)
            noticed = traces(server)
            for name in ("user code", "transaction ids"):
                expect(noticed[name] != after[name], f"the canary for {name} sings no more")
            print(f"{len(statements)} attacks sent as superuser, {refused} refused, the rest only read; {len(TRACES)} traces unchanged")
            expect(refused > len(statements) * 0.8, "hardly any attack was refused")
        finally:
            server.stop()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
