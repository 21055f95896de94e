#!/usr/bin/env python3
"""A history that cannot be written: full disk, lock, damage, read-only folder; with history.required and without. A running server
answers by its policy, says what is wrong, writes again by itself, and loses nothing it acknowledged. Slow calls are logged with
request and trace id; previews of rows are kept masked, and only when asked for. TOOMAI_BINARY is the program."""
import http.client, json, os, pathlib, socket, sqlite3, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Http, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, mail text);
INSERT INTO people SELECT i, 'person ' || i, 'secret' || i || '@example.org' FROM generate_series(1, 50) i; ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;"""


class Served:
    """toomai serve with a history in `folder`."""
    def __init__(self, database, folder, history, store=None):
        self.scratch = tempfile.TemporaryDirectory()
        config = pathlib.Path(self.scratch.name) / "toomai.yaml"
        config.write_text(f"databases:\n  - name: shop\n    url: {database.url('reader')}\n    masks: [{{column: public.people.mail, method: redact}}]\n"
                          f"history: {{store: '{store or folder + '/history.sqlite'}', {history}}}\n")
        self.env, self.config, self.store = environment(self.scratch.name), str(config), f"{folder}/history.sqlite"
        self.server = Http(self.env, "--config", str(config), "--log-format", "json")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.server.child.terminate()
        self.server.child.wait(15)
        self.scratch.cleanup()

    def execute(self, sql="SELECT name FROM people LIMIT 1", **arguments):
        return self.server.result("execute", sql=sql, **arguments)

    def answered(self, **arguments):
        answer = self.execute(**arguments)
        return not answer.get("isError") and "rows" in answer.get("structuredContent", {})

    def get(self, path, headers=None):
        connection = http.client.HTTPConnection(self.server.address, timeout=60)
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().read().decode().strip()

    def toomai(self, *words):
        return subprocess.run([BINARY, "--config", self.config, *words], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


def under_trouble(kind, served, required):
    """While the history cannot be written."""
    policy = "required" if required else "best effort"
    answer = served.execute()
    said = json.dumps(answer)
    if required:
        check(f"{kind}, {policy}: no answer without an entry", answer.get("isError") and "history cannot be written" in said, said)
    else:
        check(f"{kind}, {policy}: the answer is given", not answer.get("isError") and "person" in said, said)
    check(f"{kind}, {policy}: the log says what is wrong", served.server.logged(r"entry not written"), served.server.log[-3:])
    check(f"{kind}, {policy}: /readyz says whether calls are answered", wait_for(lambda: (served.get("/readyz") == "ready") != required), served.get("/readyz"))
    check(f"{kind}, {policy}: the metric counts it", "toomai_history_append_failures_total" in served.get("/metrics"))


def locked(database, required):
    with tempfile.TemporaryDirectory() as folder, Served(database, folder, f"required: {str(required).lower()}") as served:
        check("locked: an answer before", served.answered())
        other = sqlite3.connect(served.store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        under_trouble("locked", served, required)
        check("locked: the state is named", "locked" in "".join(served.server.log))
        other.execute("ROLLBACK")
        other.close()
        check("locked: /readyz says so when calls are answered again, though none came", wait_for(lambda: served.get("/readyz") == "ready"), served.get("/readyz"))
        check("locked: answers and entries come back by themselves", served.answered() and served.server.logged("written again"))
        check("locked: what was acknowledged is there", served.toomai("history", "verify").returncode == 0)


def damaged(database, required):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "history.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 20000)
        with Served(database, folder, f"required: {str(required).lower()}") as served:
            under_trouble("damaged", served, required)
            shown = served.toomai("history", "list")
            check("damaged: the command says what to do", shown.returncode != 0 and "move the file away" in shown.stderr, shown.stderr)
            os.rename(served.store, served.store + ".damaged")
            check("damaged: a file moved away is made anew", wait_for(served.answered) and os.path.exists(served.store))


def unwritable(database, required):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "file").write_text("not a folder")
        with Served(database, folder + "/file", f"required: {str(required).lower()}") as served:
            under_trouble("no folder", served, required)


def mounted(folder, *options):
    return subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", folder], stderr=subprocess.DEVNULL).returncode == 0


def read_only(database, required):
    with tempfile.TemporaryDirectory() as folder:
        if not mounted(folder, "-o", "ro"):
            return print("skipped: no file system can be mounted here")
        try:
            with Served(database, folder, f"required: {str(required).lower()}") as served:
                under_trouble("read-only", served, required)
                subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
                check("read-only: it is written as soon as it can be", wait_for(served.answered) and wait_for(lambda: os.path.exists(served.store)))
        finally:
            subprocess.run(["umount", "-l", folder])


def full(database, required):
    with tempfile.TemporaryDirectory() as folder:
        if not mounted(folder, "-o", "size=700k"):
            return print("skipped: no file system can be mounted here")
        try:
            with Served(database, folder, f"required: {str(required).lower()}") as served:
                answers, long = 0, "/*" + "x" * 20000 + "*/"
                for i in range(400):
                    if served.execute(f"SELECT {i} AS n {long}").get("isError"):
                        break
                    answers += 1
                    if "entry not written" in "".join(served.server.log):
                        break
                time.sleep(0.5)  # the log is read by a thread
                kept = answers - (0 if required else "".join(served.server.log).count("entry not written"))
                under_trouble("disk full", served, required)
                check("disk full: the state is named", "disk full" in "".join(served.server.log), served.server.log[-3:])
                listed = served.toomai("history", "export").stdout.count('"id":')
                check("disk full: nothing acknowledged is lost", listed >= kept > 3, (listed, kept))
                subprocess.run(["mount", "-o", "remount,size=16m", folder], check=True)
                check("disk full: it is written again when there is room", wait_for(served.answered) and served.server.logged("written again"))
                check("disk full: the chain is whole", served.toomai("history", "verify").returncode == 0)
        finally:
            subprocess.run(["umount", "-l", folder])


def silent(database):
    """A store that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, tempfile.TemporaryDirectory() as folder:
        store = f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing"
        with Served(database, folder, "required: false", store) as served:
            looks = [threading.Thread(target=served.get, args=["/readyz"]) for _ in range(30)]
            began = time.monotonic()
            for look in looks:
                look.start()
            check("silent: the server is alive meanwhile", served.get("/healthz") == "ok")
            for look in looks:
                look.join()
            check("silent: nobody waits for what the store does not say", time.monotonic() - began < 15, time.monotonic() - began)


def slow_and_traced(database):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with tempfile.TemporaryDirectory() as folder, Served(database, folder, "slow_call: 1ms, keep_rows_preview: true") as served:
        connection = http.client.HTTPConnection(served.server.address, timeout=60)
        body = {"jsonrpc": "2.0", "id": "call-77", "method": "tools/call",
                "params": {"name": "execute", "arguments": {"sql": "SELECT name, mail FROM people p, generate_series(1, 4000) g WHERE p.name <> 'hidden literal' ORDER BY p.id, g LIMIT 20"}}}
        connection.request("POST", "/mcp", json.dumps(body), {**served.server._headers(), "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        connection.getresponse().read()
        line = json.loads(served.server.logged(r'"module":"slow"') or "{}")
        check("a slow call is logged with its entry", line.get("entry", 0) > 0 and line.get("elapsed_ms", 0) >= 1, line)
        check("with request and trace id", "call-77" in line.get("request_id", "") and line.get("trace_id") == trace, line)
        check("without literals and without the question's values", "hidden literal" not in json.dumps(line) and "SELECT" in line.get("sql", ""), line)
        shown = json.loads(served.toomai("history", "show", str(line.get("entry", 1)), "--json").stdout)
        preview = shown.get("preview", {})
        check("the first 10 of 20 rows are kept", len(preview.get("rows", [])) == 10 and preview.get("columns") == ["name", "mail"], preview)
        check("masked as the caller got them", "secret" not in json.dumps(preview) and "person 1" in json.dumps(preview), preview)
        refused = served.execute("SELECT pg_sleep(1)")
        newest = json.loads(served.toomai("history", "list", "--json", "-n", "1").stdout)
        check("the entry of a refusal names the rule alone", refused.get("isError") and newest.get("verdict") == "reject" and newest.get("rule", "x y").replace("-", "").isalnum(), newest)
    with tempfile.TemporaryDirectory() as folder, Served(database, folder, "required: false") as served:
        served.answered()
        check("no preview unless asked for", "preview" not in json.loads(served.toomai("history", "list", "--json").stdout))
        check("no slow call below the limit", '"module":"slow"' not in "".join(served.server.log))


with PrivatePostgres(SCHEMA) as server:
    for trouble in (locked, damaged, unwritable, read_only, full):
        for needed in (False, True):
            trouble(server, needed)
    silent(server)
    slow_and_traced(server)
sys.exit(1 if failures else 0)
