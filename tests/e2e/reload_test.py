#!/usr/bin/env python3
"""Configuration that changes while toomai mcp and toomai serve run: databases, limits, policies and log levels at once, a call in
flight undisturbed, restarts asked for where they are needed, a bad file reported and without effect. TOOMAI_BINARY is the program."""
import pathlib, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Http, Stdio, check, environment, failures, result_of, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402


def text(answer):
    return "".join(part.get("text", "") for part in answer.get("content", [])) or str(answer)


def rows(answer):
    return answer.get("structuredContent", {}).get("rows", text(answer))


def names(server):
    return [one["name"] for one in server.call("list_databases")["databases"]]


class TableLock:
    """Keeps everybody else from reading the table until release()."""
    def __init__(self, database, table):
        self.child = subprocess.Popen(["psql", "-qAt", "-d", database.url(), "-c", f"BEGIN; LOCK TABLE {table}; SELECT 'locked'", "-f", "-"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.child.stdout.readline().strip() == "locked"

    def release(self):
        self.child.stdin.close()
        self.child.wait(10)


def config(path, databases, rest=""):
    text = "databases:\n" + "".join(f"  - {{name: {name}, url: '{url}'}}\n" for name, url in databases) + rest
    pathlib.Path(path).write_text(text)


def reload_once(server, pattern, change, hang_up):
    """Makes the change, asks for it by signal if told to, and waits for a new log line of the pattern."""
    del server.log[:]
    change()
    if hang_up:
        server.child.send_signal(signal.SIGHUP)
    return server.logged(pattern)


def run(transport, database, scratch):
    def say(name, good, detail=""):
        check(f"{transport.__name__.lower()}: {name}", good, detail)

    path = f"{scratch}/config.yaml"
    url = database.url("reader")
    limits = "execution: {lock_timeout: 60s, max_rows: 100}\n"
    config(path, [("first", url)], limits)
    env = environment(scratch)
    server = transport(env, "--config", path, "--log-format", "json")
    say("starts with one database", names(server) == ["first"])
    say("the limit holds", len(rows(server.result("execute", sql="SELECT n FROM numbers"))) == 50)

    lock = TableLock(database, "slow")
    waiting = server.begin("execute", sql="SELECT n FROM slow")
    say("a call waits in the database", wait_for(lambda: database.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"))
    backend = database.psql("SELECT pid FROM pg_locks WHERE NOT granted")

    line = reload_once(server, "configuration reloaded", lambda: config(path, [("first", url), ("second", url)],
                       "execution: {lock_timeout: 60s, max_rows: 3}\npolicy: {denied_relations: [public.secrets]}\n"), False)
    say("a changed file is noticed", "databases added: second" in line and "execution.max_rows 100 -> 3" in line, line or server.log)
    say("the new database is there", names(server) == ["first", "second"])
    say("clients are told", wait_for(lambda: not server.notices.empty()) and server.notices.get()["method"] == "notifications/resources/list_changed")
    say("the new limit holds", len(rows(server.result("execute", sql="SELECT n FROM numbers"))) == 3)
    say("the new policy holds", "secrets" in text(server.result("execute", sql="SELECT * FROM secrets", database="second")))
    say("the call in flight still waits, on its own backend", database.psql("SELECT pid FROM pg_locks WHERE NOT granted") == backend and waiting.empty())
    lock.release()
    say("and ends with the limits it began with", len(rows(result_of(waiting.get(timeout=20)))) == 20)
    say("the old connections close", wait_for(lambda: database.psql(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}") == "0"))

    kept = database.psql("SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_activity WHERE usename = 'reader'")
    line = reload_once(server, "configuration reloaded", lambda: config(path, [("second", url)],
                       "execution: {lock_timeout: 60s, max_rows: 3}\npolicy: {denied_relations: [public.secrets]}\n"), True)
    say("SIGHUP removes a database", "databases removed: first" in line and names(server) == ["second"], line)
    say("a call to it says so", "there is no database 'first'" in text(server.result("execute", sql="SELECT 1", database="first")))
    say("the other keeps its connections", len(rows(server.result("execute", sql="SELECT 1"))) == 1 and
        set(database.psql("SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE usename = 'reader'").split(",")) <= set(kept.split(",")))

    def break_it():
        pathlib.Path(path).write_text(f"databases:\n  - name: third\n    urll: '{url}'\nexecution: {{max_rows: many}}\n")

    line = reload_once(server, "the old one stays", break_it, True)
    say("a bad file is reported with every problem, line and nearest key", "config.yaml:3" in line and "did you mean 'url'" in line and "config.yaml:4" in line, line)
    say("and changes nothing", names(server) == ["second"] and len(rows(server.result("execute", sql="SELECT n FROM numbers"))) == 3)

    line = reload_once(server, "after a restart", lambda: config(path, [("second", url)], "server: {workers: 3}\nlog: {level: warn}\n"), False)
    say("what needs a restart is named", "server.workers 8 -> 3" in line and '"level":"warn' in line, line)
    del server.log[:]
    config(path, [("second", url)], "server: {workers: 3}\nlog: {level: warn}\nexecution: {max_rows: 4}\n")
    say("limits change again", wait_for(lambda: len(rows(server.result("execute", sql="SELECT n FROM numbers"))) == 4))
    say("the new log level holds", not any("configuration reloaded" in line for line in server.log), server.log)
    say("SIGTERM ends it", server.stop() == 0)
    say("and its connections", wait_for(lambda: database.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'") == "0"))


with PrivatePostgres("CREATE TABLE numbers AS SELECT generate_series(1, 200) AS n; CREATE TABLE slow AS SELECT generate_series(1, 20) AS n; "
                     "CREATE TABLE secrets (a int); CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader") as database:
    for transport in (Stdio, Http):
        with tempfile.TemporaryDirectory() as scratch:
            run(transport, database, scratch)
sys.exit(1 if failures else 0)
