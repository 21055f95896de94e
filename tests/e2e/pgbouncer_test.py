#!/usr/bin/env python3
"""Everything through PgBouncer in transaction mode, where each transaction may meet another server session: rows, plans, cursors, roles,
cancels, changes of rows and many calls at once. What one call sets must not reach the next client of that session."""
import os, pathlib, shutil, socket, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

BOUNCER = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
if not BOUNCER:
    print("skipped: pgbouncer is not installed")
    sys.exit(77)

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, tenant text);
INSERT INTO customers SELECT i, 'name ' || i, (ARRAY['a', 'b'])[1 + i % 2] FROM generate_series(1, 500) i;
CREATE SCHEMA trap; CREATE TABLE trap.customers (id int, name text, tenant text); INSERT INTO trap.customers VALUES (-1, 'wrong table', 'a');
CREATE TABLE docs (id int, tenant text); INSERT INTO docs VALUES (1, 'a'), (2, 'b'), (3, 'b');
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE ROLE reader LOGIN; CREATE ROLE writer; GRANT writer TO reader;
CREATE ROLE clerk; GRANT clerk TO reader;
CREATE POLICY by_role ON docs TO clerk USING (id = 1 AND current_user = 'clerk');
GRANT USAGE ON SCHEMA public, trap TO reader, writer, clerk; GRANT SELECT ON docs TO clerk; GRANT SELECT ON ALL TABLES IN SCHEMA public, trap TO reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO writer;
ANALYZE;
"""
CONFIG = """databases:
  - name: shop
    url: {url}
    masks: [{{column: public.customers.tenant, method: redact}}]
    execution: {{statement_timeout: 3s, work_mem: 7MB, max_cost: 1000000}}
writes:
  - database: shop
    tables: [public.customers]
    role: writer
"""


class Bouncer:
    """Two server sessions for everybody."""

    def __init__(self, database, directory):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        users, ini = directory + "/users.txt", directory + "/pgbouncer.ini"
        pathlib.Path(users).write_text('"reader" ""\n"postgres" ""\n')
        pathlib.Path(ini).write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={database.port}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={self.port}\n"
            f"auth_type=trust\nauth_file={users}\npool_mode=transaction\ndefault_pool_size=2\nmax_client_conn=200\nunix_socket_dir=\n"
            f"logfile={directory}/pgbouncer.log\nadmin_users=postgres\n")
        command = [BOUNCER, ini]
        if os.getuid() == 0:  # pgbouncer refuses root
            os.chmod(directory, 0o777)
            command = ["runuser", "-u", "postgres", "--", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("pgbouncer did not start: " + pathlib.Path(directory + "/pgbouncer.log").read_text())

    def url(self, role="reader"):
        return f"postgresql://{role}@127.0.0.1:{self.port}/postgres"

    def psql(self, sql):
        done = subprocess.run(["psql", self.url(), "-v", "ON_ERROR_STOP=1", "-Atc", sql], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.strip()

    def close(self):
        self.process.terminate()
        self.process.wait(10)


SETTINGS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "work_mem", "row_security", "transaction_read_only",
            "application_name", "search_path", "role", "app.tenant")
LOOK = "SELECT pg_backend_pid() || ' ' || concat_ws('|', " + ", ".join(f"current_setting('{name}', true)" for name in SETTINGS) + ")"


def sessions_seen(bouncer):
    """What other clients find in the pooled sessions: pid -> settings."""
    seen = {}
    for _ in range(12):
        line = bouncer.psql(LOOK)
        pid, settings = line.split(" ", 1)
        seen[pid] = settings
    return set(seen.values())


def reading(client):
    got = client.call("execute", sql="SELECT id, name, tenant FROM customers WHERE id <= 2 ORDER BY id")
    check("rows, masked", got.get("rows") == [[1, "name 1", "[masked]"], [2, "name 2", "[masked]"]], got)
    check("parameters", client.call("execute", sql="SELECT name FROM customers WHERE id = $1", parameters=[7]).get("rows") == [["name 7"]])
    check("a wrong statement is told as such", client.call("execute", sql="SELECT nosuch FROM customers").get("error", {}).get("code") == "invalid_argument")
    error = client.call("execute", sql="SELECT 1 / (id - 1) FROM customers").get("error", {})
    check("a failure of the server, too", error, error)
    check("and the session goes on", client.call("execute", sql="SELECT 1 AS one").get("rows") == [[1]])
    plan = client.call("explain_sql", sql="SELECT count(*) FROM customers")
    check("plans", plan.get("cost", 0) > 0, plan)
    check("questions", client.call("ask", question="how many customers are there?").get("rows") == [[500]])


def cursors(client, bouncer):
    first = client.call("execute", sql="SELECT id FROM customers ORDER BY id", limit=200)
    ids, cursor = [row[0] for row in first["rows"]], first.get("cursor")
    while cursor:
        check("others are served while a cursor is open", bouncer.psql("SELECT 1") == "1")
        page = client.call("execute", cursor=cursor, limit=200)
        ids += [row[0] for row in page["rows"]]
        cursor = page.get("cursor")
    check("pages of one snapshot", ids == list(range(1, 501)), len(ids))


def many(client):
    answers = [client.send("tools/call", {"name": "execute", "arguments": {"sql": f"SELECT {i} AS n, count(*) FROM customers"}}) for i in range(60)]
    rows = [id.get(timeout=60)["result"].get("structuredContent", {}).get("rows") for id in answers]
    check("60 calls in flight on two server sessions, each with its own rows", rows == [[[i, 500]] for i in range(60)], [row for i, row in enumerate(rows) if row != [[i, 500]]][:3])


def stopping(client, database):
    slow = "SELECT count(*) FROM customers a, customers b, customers c WHERE md5(a.name || b.name || c.name) = 'x'"
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%md5(a.name%' AND pid <> pg_backend_pid()"
    client.begin("execute", sql=slow, confirm=True)
    for _ in range(100):
        if database.psql(running) == "1":
            break
        time.sleep(0.02)
    client.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": client._next}})
    for _ in range(150):
        if database.psql(running) == "0":
            break
        time.sleep(0.02)
    check("a cancel reaches the server through the pooler", database.psql(running) == "0")
    error = client.call("execute", sql=slow, confirm=True).get("error", {})
    check("the timeout holds", error.get("code") == "deadline_exceeded", error)
    check("and calls go on", client.call("execute", sql="SELECT 2 AS two").get("rows") == [[2]])


def strangers(client, bouncer, scratch):
    """Another client of the pooler leaves its settings behind; ours are set in every transaction."""
    for _ in range(8):
        bouncer.psql("SET search_path = trap; SET row_security = off; SET statement_timeout = '61s'; SET app.tenant = 'b'; SET work_mem = '64kB'")
    newcomer = Stdio(environment(scratch + "/newcomer", DATABASE_URL=bouncer.url()))
    got = newcomer.call("execute", sql="SELECT name FROM customers WHERE id IN (-1, 1)")
    check("nor is it taken for ours by who comes new", got.get("rows") == [["name 1"]], got)
    newcomer.close()
    for _ in range(8):
        bouncer.psql("SET search_path = trap")
    rows = [client.call("execute", sql="SELECT name FROM customers WHERE id IN (-1, 1)").get("rows") for _ in range(6)]
    check("a search path left behind by a stranger does not choose our tables", all(row == [["name 1"]] for row in rows), rows)
    for _ in range(8):
        bouncer.psql("DISCARD ALL")


def changes(client, database):
    where = [{"column": "id", "op": "=", "value": 3}]
    got = client.call("update_rows", table="public.customers", set={"name": "new"}, where=where)
    check("a change is tried by its own role", got.get("row_count") == 1 and got.get("applied") is False, got)
    got = client.call("update_rows", table="public.customers", set={"name": "new"}, where=where, apply=True, expected_rows=1, confirm=True)
    check("and kept", got.get("applied") is True and database.psql("SELECT name FROM customers WHERE id = 3") == "new", got)
    got = client.call("execute", sql="SELECT name FROM customers WHERE id = 3")
    check("reading afterwards is read-only again", got.get("rows") == [["new"]], got)


def roles(bouncer, scratch):
    """Row-level security by SET LOCAL ROLE, while the login role's calls go through the same two sessions."""
    path = pathlib.Path(scratch) / "clerk.yaml"
    path.write_text(f"databases:\n  - name: shop\n    url: {bouncer.url()}\n    statement_role: clerk\n  - name: plain\n    url: {bouncer.url()}\n")
    client = Stdio(environment(scratch), "--config", str(path))
    sql = "SELECT id FROM docs ORDER BY id"
    ids = [client.send("tools/call", {"name": "execute", "arguments": {"sql": sql, "database": ("shop", "plain")[i % 2]}}) for i in range(24)]
    rows = [id.get(timeout=60)["result"].get("structuredContent", {}).get("rows") for id in ids]
    check("each call has its own role's rows", rows == [[[1]], []] * 12, rows[:4])
    client.close()


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    os.chmod(scratch, 0o777)
    bouncer = Bouncer(database, tempfile.mkdtemp(dir=scratch))
    try:
        before = sessions_seen(bouncer)
        check("other clients see one kind of session", len(before) == 1, before)
        os.makedirs(scratch + "/newcomer")
        path = pathlib.Path(scratch) / "config.yaml"
        path.write_text(CONFIG.format(url=bouncer.url()))
        client = Stdio(environment(scratch), "--config", str(path))
        reading(client)
        cursors(client, bouncer)
        many(client)
        stopping(client, database)
        changes(client, database)
        roles(bouncer, scratch)
        check("what was set for our calls stays with them", sessions_seen(bouncer) == before, (before, sessions_seen(bouncer)))
        strangers(client, bouncer, scratch)
        locks = database.psql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") + database.psql("SELECT count(*) FROM pg_prepared_statements")
        check("nothing is held", locks == "00", locks)
        check("no transaction stays open", database.psql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'") == "0")
        client.close()
    finally:
        bouncer.close()
sys.exit(1 if failures else 0)
