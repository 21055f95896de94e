#!/usr/bin/env python3
"""toomai mcp over stdio with a real PostgreSQL: ping and other calls during a query, cancellation and the end of input reach the
backend, SIGTERM ends promptly, every line is one JSON message, a dead database is told of per call. TOOMAI_BINARY is the program."""
import json, os, pathlib, queue, signal, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from private_postgres import PrivatePostgres  # noqa: E402

binary = os.environ.get("TOOMAI_BINARY", "build/dev/toomai")
SLOW = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n > c.n"
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:500]), flush=True)
    if not good:
        failures.append(name)


class Server:
    def __init__(self, url, scratch):
        env = {**os.environ, "DATABASE_URL": url, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config"}
        self.child = subprocess.Popen([binary, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.lines, self.bad = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            try:
                message = json.loads(line)
                if message.get("jsonrpc") != "2.0":
                    self.bad.append(line)
                self.lines.put(message)
            except ValueError:
                self.bad.append(line)

    def send(self, method, params=None, id=None):
        message = {"jsonrpc": "2.0", "method": method, "params": params or {}}
        if id is not None:
            message["id"] = id
        self.child.stdin.write(json.dumps(message).encode() + b"\n")
        self.child.stdin.flush()

    def call(self, id, tool, arguments, meta=None):
        self.send("tools/call", {"name": tool, "arguments": arguments, **({"_meta": meta} if meta else {})}, id)

    def get(self, patience=20):
        return self.lines.get(timeout=patience)


def backends(database, running_for="0 s"):
    return int(database.psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND usename = 'reader' AND leader_pid IS NULL "
                             # The tool pages through a cursor, so that is what the server shows as running.
                             f"AND query LIKE 'FETCH FORWARD % FROM toomai_page' AND now() - query_start >= interval '{running_for}'"))


def runs(database):
    return wait_for(lambda: backends(database, "0.2 s") == 1)


def wait_for(condition, patience=10):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(
        "CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS n; ANALYZE; CREATE ROLE reader LOGIN; GRANT SELECT ON numbers TO reader;") as database:
    url = database.url("reader")
    server = Server(url, scratch)
    server.send("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, 0)
    check("initialize is answered", server.get()["id"] == 0)

    server.call(1, "execute", {"sql": SLOW}, {"progressToken": "p"})
    check("the query runs on the backend", runs(database))
    began = time.monotonic()
    server.send("ping", {}, 2)
    answer = server.get()
    while "id" not in answer:
        answer = server.get()
    check("ping is answered during the query", answer["id"] == 2 and time.monotonic() - began < 0.5, answer)
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
    began = time.monotonic()
    server.child.stdin.close()
    check("the end of input ends the program", server.child.wait(5) == 0 and time.monotonic() - began < 2.5, time.monotonic() - began)
    check("and the query", wait_for(lambda: backends(database) == 0, 3))
    check("every line was a message", not server.bad, server.bad)

    server = Server(url, scratch)
    server.call(1, "execute", {"sql": SLOW})
    check("the query runs again", runs(database))
    began = time.monotonic()
    server.child.send_signal(signal.SIGTERM)
    check("SIGTERM ends the program", server.child.wait(5) == 0 and time.monotonic() - began < 2.5, time.monotonic() - began)
    check("and its query", wait_for(lambda: backends(database) == 0, 3))

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
