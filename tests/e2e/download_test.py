#!/usr/bin/env python3
"""A cut result as a CSV stream over HTTP: GET /results/ID gives every row in flat memory, to the caller who got the link and to nobody else,
masked as the result was, no faster than the client reads; what breaks off does not pass for the whole. And: one slow database does not keep
calls to another waiting."""
import http.client, json, os, pathlib, re, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

ROWS = 300_000
SCHEMA = f"""
CREATE TABLE people (id int, name text, email text);
INSERT INTO people SELECT i, 'name ' || i, 'secret' || i || '@x.example' FROM generate_series(1, {ROWS}) i;
ANALYZE; CREATE ROLE reader LOGIN; GRANT SELECT ON people TO reader;
"""
SLOW = "SELECT count(*) FROM people a, people b WHERE md5(a.name || b.name) = 'x'"


class Server:
    def __init__(self, folder, config):
        path = pathlib.Path(folder) / "serve.yaml"
        path.write_text("log: {level: error}\n" + config)
        env = {**os.environ, "HOME": folder, "XDG_STATE_HOME": folder + "/state", "XDG_CONFIG_HOME": folder + "/config"}
        env.pop("DATABASE_URL", None)
        self.child = subprocess.Popen([BINARY, "--config", str(path), "serve", "--port", "0"], env=env, stderr=subprocess.PIPE, text=True)
        for line in self.child.stderr:
            found = re.search(r"MCP at http://[^:]+:(\d+)/mcp", line)
            if found:
                self.port = int(found[1])
                threading.Thread(target=self.child.stderr.read, daemon=True).start()
                return
        raise RuntimeError("toomai serve did not start")

    def request(self, method, path, token, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                   "MCP-Protocol-Version": "2025-11-25"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        return connection.getresponse()

    def session(self, token):
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        return self.request("POST", "/mcp", token, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).getheader("Mcp-Session-Id")

    def execute(self, token, sql):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                   "MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": self.session(token)}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "execute", "arguments": {"sql": sql}}}
        connection.request("POST", "/mcp", json.dumps(call), headers)
        return json.loads(connection.getresponse().read())["result"]["structuredContent"]

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.child.pid}/status").read_text())[1])

    def stop(self):
        self.child.terminate()
        return self.child.wait(20)


def downloads(scratch, database):
    config = f"""databases:
  - name: shop
    url: {database.url("reader")}
    masks: [{{column: people.email, method: redact}}]
http:
  tokens:
    - {{name: ann, token: token-of-ann-0123456789abcdef}}
    - {{name: bob, token: token-of-bob-0123456789abcdef}}
"""
    ann, bob = "token-of-ann-0123456789abcdef", "token-of-bob-0123456789abcdef"
    server = Server(scratch, config)
    got = server.execute(ann, "SELECT id, name, email FROM people ORDER BY id")
    check("a cut result has a link", got.get("truncated") and got.get("csv", "").startswith("toomai://results/"), got)
    path = got["csv"].replace("toomai:/", "")
    idle = server.memory()
    answer = server.request("GET", path, ann)
    check("it is CSV, to be saved", answer.status == 200 and answer.getheader("Content-Type").startswith("text/csv") and "attachment" in answer.getheader("Content-Disposition"), answer.status)
    check("of unknown length", answer.getheader("Transfer-Encoding") == "chunked")
    first = answer.read(1000)
    time.sleep(1)  # a slow reader: the server must wait for it
    peak = server.memory()
    text = first + answer.read()
    lines = text.decode().split("\r\n")
    check("with every row", len(lines) == ROWS + 2 and lines[0] == "id,name,email" and lines[ROWS] == f"{ROWS},name {ROWS},[masked]", (len(lines), lines[:2]))
    check("and nothing that a mask hides", b"secret" not in text)
    check(f"in flat memory (+{(peak - idle) / 1024:.1f} MiB for {len(text) / 1048576:.1f} MiB)", peak - idle < 24 * 1024, (idle, peak))
    check("somebody else's link is unknown", server.request("GET", path, bob).status == 404)
    check("and without a token there is nothing", server.request("GET", path, "wrong").status == 401)
    check("nor are there other ways", server.request("POST", path, ann, {}).status == 405 and server.request("GET", "/results/", ann).status == 404)
    broken = server.execute(ann, f"SELECT id, 100 / (id - {ROWS - 1}) AS x FROM people")
    try:
        answer = server.request("GET", broken["csv"].replace("toomai:/", ""), ann)
        body = answer.read()
        check("a statement that fails midway breaks the transfer off", answer.status != 200, (answer.status, len(body)))
    except (http.client.IncompleteRead, ConnectionError):
        check("a statement that fails midway breaks the transfer off", True)
    answer = server.request("GET", path, ann)
    answer.read(1000)
    answer.close()  # the client leaves
    for _ in range(100):
        if database.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'") == "0":
            break
        time.sleep(0.05)
    check("a client that leaves stops the statement", database.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'") == "0")
    check("the server goes on, and ends when told", server.execute(ann, "SELECT 1 AS one")["rows"] == [[1]] and server.stop() == 0)


def the_end(scratch, database):
    """A download does not hold up the end of the server; at 5 minutes it would end by itself."""
    ann = "token-of-ann-0123456789abcdef"
    config = f"databases: [{{name: shop, url: '{database.url('reader')}'}}]\nhttp: {{drain_timeout: 500ms, tokens: [{{name: ann, token: {ann}}}]}}\n"
    server = Server(scratch, config)
    got = server.execute(ann, "SELECT id, name || repeat('x', 1000) AS long FROM people")
    answer = server.request("GET", got["csv"].replace("toomai:/", ""), ann)
    answer.read(1000)  # and no more
    server.child.terminate()
    try:
        check("a server that is told to end does so during a download", server.child.wait(60) == 0)
    except subprocess.TimeoutExpired:
        server.child.kill()
        check("a server that is told to end does so during a download", False)


def bulkhead(scratch, database):
    path = pathlib.Path(scratch) / "two.yaml"
    url = database.url("reader")
    path.write_text(f"databases:\n  - {{name: slow, url: '{url}', execution: {{statement_timeout: 4s}}}}\n  - {{name: quick, url: '{url}'}}\n")
    os.makedirs(scratch + "/two")
    client = Stdio(environment(scratch + "/two"), "--config", str(path))
    for name in ("slow", "quick"):
        client.call("execute", database=name, sql="SELECT 1")
    slow = [client.send("tools/call", {"name": "execute", "arguments": {"sql": SLOW}}) for _ in range(12)]  # the default database
    time.sleep(0.3)
    got = [client.call("execute", database="quick", sql=f"SELECT {i} AS n").get("rows") for i in range(5)]
    still = sum(id.empty() for id in slow)
    check("calls to one database are served while another is overwhelmed", got == [[[i]] for i in range(5)] and still == 12, (got, still))
    for id in range(1, client._next + 1):
        client.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})
    check("and the slow one is free again", client.call("execute", sql="SELECT 7 AS n").get("rows") == [[7]])
    client.close()


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    downloads(scratch, database)
    the_end(scratch, database)
    bulkhead(scratch, database)
sys.exit(1 if failures else 0)
