#!/usr/bin/env python3
"""toomai mcp over stdio with a real PostgreSQL: ping and other calls during a query, cancellation and the end of input reach the
backend, SIGTERM ends promptly, every line is one JSON message, a dead database is told of per call. TOOMAI_BINARY is the program."""
import pathlib, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Stdio, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SLOW = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n > c.n"


class Server(Stdio):
    """Requests with ids of our choice; everything that comes back, in order."""

    def __init__(self, url, scratch):
        super().__init__(environment(scratch, DATABASE_URL=url), handshake=False)

    def send(self, method, params=None, id=None):
        self.write({"jsonrpc": "2.0", "method": method, "params": params or {}, **({} if id is None else {"id": id})})

    def call(self, id, tool, arguments, meta=None):
        self.send("tools/call", {"name": tool, "arguments": arguments, **({"_meta": meta} if meta else {})}, id)

    def get(self, patience=20):
        return self.notices.get(timeout=patience)


def backends(database, running_for="0 s"):
    return int(database.psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND usename = 'reader' AND leader_pid IS NULL "
                             # One row needs no cursor, so the statement itself is what the server shows as running.
                             f"AND query LIKE 'SELECT count%FROM numbers%' AND now() - query_start >= interval '{running_for}'"))


def runs(database):
    return wait_for(lambda: backends(database, "0.2 s") == 1)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(
        "CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS n; ANALYZE; CREATE ROLE reader LOGIN; GRANT SELECT ON numbers TO reader;") as database:
    url = database.url("reader")
    server = Server(url, scratch)
    server.send("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, 0)
    check("initialize is answered", server.get()["id"] == 0)

    server.call(1, "execute", {"sql": SLOW}, {"progressToken": "p"})
    check("the query runs on the backend", runs(database))
    server.send("ping", {}, 2)
    answer = server.get()
    while "id" not in answer:
        answer = server.get()
    check("ping is answered during the query", answer["id"] == 2 and backends(database) == 1, answer)
    server.call(3, "execute", {"sql": "SELECT max(n) FROM numbers"})
    answer = server.get()
    while "id" not in answer:
        answer = server.get()
    check("another call is answered during the query", answer["id"] == 3 and answer["result"]["structuredContent"]["rows"] == [[5000]], answer)
    server.send("notifications/cancelled", {"requestId": 1})
    check("cancelling stops the backend", wait_for(lambda: backends(database) == 0, 3))
    server.send("ping", {}, 4)
    answer = server.get()
    while "id" not in answer:
        answer = server.get()
    check("the cancelled call gets no answer", answer["id"] == 4, answer)

    server.call(5, "execute", {"sql": SLOW})
    runs(database)
    server.child.stdin.close()
    check("the end of input ends the program", server.child.wait(60) == 0)
    check("and the query", wait_for(lambda: backends(database) == 0, 3))
    check("every line was a message", not server.bad, server.bad)

    server = Server(url, scratch)
    server.call(1, "execute", {"sql": SLOW})
    check("the query runs again", runs(database))
    server.child.send_signal(signal.SIGTERM)
    check("SIGTERM ends the program", server.child.wait(60) == 0)
    check("and its query", wait_for(lambda: backends(database) == 0, 3))

    deaf = subprocess.Popen([BINARY, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(scratch))
    deaf.stdin.write(b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"tools/list"}\n' % number for number in range(100)))
    deaf.stdin.flush()
    time.sleep(0.5)
    deaf.send_signal(signal.SIGTERM)
    check("SIGTERM ends the program while its client does not read", deaf.wait(60) == 0)

    server = Server("postgresql://127.0.0.1:1/none", scratch)
    server.send("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, 0)
    server.get()
    server.call(1, "execute", {"sql": "SELECT 1"})
    answer = server.get()["result"]
    text = answer["content"][0]["text"]
    check("a dead database is an error of the call, without its address", answer.get("isError") and "unavailable" in text and "127.0.0.1" not in text, text)
    server.child.stdin.close()
    server.child.wait(5)
sys.exit(1 if failures else 0)
