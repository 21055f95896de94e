#!/usr/bin/env python3
"""SIGTERM with 32 calls in flight, over stdio and HTTP: each is answered or told that the server is shutting down, the
slow ones leave no backend running, and what was answered is in the history. TOOMAI_BINARY is the program."""
import http.client, os, pathlib, queue, signal, sqlite3, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from mcp_client import Http, Stdio, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402


class Caller(Http):
    """A call that comes after the end finds the door shut, which says as much."""

    def __init__(self, env):
        super().__init__(env, "--set", "http.drain_timeout=2s")

    def _post(self, message):
        try:
            super()._post(message)
        except (ConnectionError, http.client.HTTPException):  # not taken yet when the door was shut
            self._settle({"id": message["id"], "text": "shutting down: refused"})


SLOW = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n > c.n"
SCHEMA = "CREATE ROLE reader LOGIN; CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS n; GRANT SELECT ON numbers TO reader"
CALLS = 32


def running(database):
    return int(database.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active' AND leader_pid IS NULL"))


def outcomes(answers):
    """How many calls got rows, were told of the end; and what the others heard."""
    rows = told = 0
    lost = []
    for answer in answers:
        try:
            message = answer.get(timeout=10)
        except queue.Empty:
            lost.append("nothing")
            continue
        if message.get("result", {}).get("structuredContent", {}).get("rows"):
            rows += 1
        elif "shutting down" in message.get("error", {}).get("message", "") or "shutting down" in message.get("text", ""):
            told += 1
        else:
            lost.append(message)
    return rows, told, lost


def under_load(name, start, database, scratch, slow_calls):
    folder = f"{scratch}/{name}"
    os.mkdir(folder)
    client = start(environment(folder, DATABASE_URL=database.url("reader")))
    client.call("execute", sql="SELECT 0")
    slow = [client.begin("execute", sql=SLOW) for _ in range(slow_calls)]
    check(f"{name}: slow calls run", wait_for(lambda: running(database) == slow_calls), running(database))
    quick = [client.begin("execute", sql=f"SELECT {number}") for number in range(CALLS - slow_calls)]
    client.child.send_signal(signal.SIGTERM)
    check(f"{name}: it ends by itself", client.child.wait(60) == 0)
    rows, told, lost = outcomes(quick)
    check(f"{name}: no quick call is lost", not lost, (rows, told, lost))
    quick_rows = rows
    rows, told, lost = outcomes(slow)
    check(f"{name}: each slow call is told", (rows, told, lost) == (0, slow_calls, []), (rows, told, lost))
    check(f"{name}: no backend works on", wait_for(lambda: running(database) == 0), running(database))
    history = sqlite3.connect(folder + "/state/toomai/history.sqlite")
    kept = history.execute("SELECT count(*) FROM entries WHERE verdict = 'accept' AND error = ''").fetchone()[0]
    check(f"{name}: what was answered is in the history", kept >= 1 + quick_rows, (kept, quick_rows))
    check(f"{name}: every line was a message", not client.bad, client.bad)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    under_load("stdio", Stdio, database, scratch, 4)
    under_load("http", Caller, database, scratch, 4)
    under_load("stdio, all quick", Stdio, database, scratch, 0)
sys.exit(1 if failures else 0)
