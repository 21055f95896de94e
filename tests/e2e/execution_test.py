#!/usr/bin/env python3
"""Rows through `toomai mcp` with a real PostgreSQL: response modes of ask, links to the whole result as CSV, budgets that hold while other
callers are served, row-level security by claims, and the cost gate with its confirmation."""
import json, os, pathlib, statistics, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, city text, email text);
INSERT INTO customers SELECT i, 'name ' || i, (ARRAY['Oslo', 'Lyon', 'Pune'])[1 + i % 3], 'secret' || i || '@x.example' FROM generate_series(1, 3000) i;
CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS n;
ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""
CONFIG = """databases:
  - name: shop
    url: {url}
    masks: [{{column: public.customers.email, method: redact}}]
    execution: {{statement_timeout: 2s, work_mem: 1MB, max_cost: {cost}}}
"""
# Each is one way to spend more than was given: rows, cells, generated rows, recursion, joins, patterns, texts, sorts.
BOMBS = {
    "row bomb": "SELECT a.n FROM numbers a, numbers b, numbers c",
    "cartesian count": "SELECT count(*) FROM numbers a, numbers b, numbers c",
    "wide cells": "SELECT repeat('x', 900000) FROM numbers",
    "wide rows": "SELECT " + ", ".join("repeat('x', 90000)" for _ in range(50)) + " FROM numbers",
    "generate_series": "SELECT count(*) FROM generate_series(1, 1000000000)",
    "nested generate_series": "SELECT count(*) FROM generate_series(1, 900000) a, generate_series(1, 900000) b",
    "recursive CTE": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "growing CTE": "WITH RECURSIVE r(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM r) SELECT length(t) FROM r",
    "regex": "SELECT count(*) FROM numbers a, numbers b WHERE repeat(a.n::text, 40) ~ '(([0-9]+)+)+x' AND b.n > 0",
    "repeat": "SELECT length(repeat(repeat('x', 1000000), 1000))",
    "string_agg": "SELECT length(string_agg(repeat('x', 100000), '')) FROM numbers a, numbers b",
    "array_agg": "SELECT array_length(array_agg(a.n), 1) FROM numbers a, numbers b",
    "big sort": "SELECT a.n FROM numbers a, numbers b ORDER BY md5(a.n::text || b.n::text)",
    "distinct": "SELECT count(DISTINCT (a.n, b.n)) FROM numbers a, numbers b",
    "window": "SELECT max(s) FROM (SELECT sum(a.n) OVER (ORDER BY md5(b.n::text), a.n) s FROM numbers a, numbers b) t",
    "lateral": "SELECT count(*) FROM numbers a, LATERAL (SELECT count(*) FROM numbers b, numbers c WHERE b.n < a.n) x",
    "format width": "SELECT length(format('%1000000000s', 'x'))",
    "array_fill": "SELECT cardinality(array_fill(1, ARRAY[100000000]))",
    "xml": "SELECT count(*) FROM numbers a, numbers b WHERE xmlelement(name x, a.n)::text <> 'y' AND b.n > 0",
    "json": "SELECT length(jsonb_agg(a)::text) FROM numbers a, numbers b",
}


def parameters(client):
    got = client.call("execute", sql="SELECT name FROM customers WHERE id = $1", parameters=[7])
    check("a parameter has its value", got.get("rows") == [["name 7"]], got)
    for sql, values in [("SELECT 1", ["x"]), ("SELECT $1::int, $2::int", [1]), ("SELECT $1::int", [1, 2])]:
        error = client.call("execute", sql=sql, parameters=values).get("error", {})
        check(f"{len(values)} value(s) for {sql}: told before anything is sent", error.get("code") == "invalid_argument" and "given" in error.get("reason", "") and "sqlstate" not in error, error)
    error = client.call("execute", sql="SELECT $1::int").get("error", {})
    check("a parameter without a value is refused", error.get("code") == "rejected", error)


def metering(scratch, path):
    limited = Stdio(environment(scratch + "/a"), "--config", str(path), "--set", "calls_per_minute=3")
    served = ["error" not in limited.call(tool, sql="SELECT 1") for tool in ("execute", "check_sql", "explain_sql")]
    check("each call counts once: three of three a minute are served", served == [True] * 3, served)
    refused = limited.call("execute", sql="SELECT 1").get("error", {})
    check("and the fourth is told so", "3 calls per minute" in refused.get("reason", ""), refused)
    limited.close()


def modes(client):
    question = "how many customers are there in each city?"
    rows = client.call("ask", question=question)
    check("ask gives rows", rows.get("status") == "ok" and len(rows.get("rows", [])) == 3, rows)
    check("rows alone: no plan, no provenance", "plan" not in rows and "tables" not in rows and "confidence" in rows, rows)
    only = client.call("ask", question=question, mode="sql_only")
    check("sql_only runs nothing", only.get("sql") and "rows" not in only and only.get("status") == "ok", only)
    full = client.call("ask", question=question, mode="full")
    check("full has rows, provenance and plan", full.get("rows") == rows.get("rows") and "cost" in full.get("plan", {}) and full.get("tables"), full)
    summary = client.call("ask", question="list all customers", mode="summary")
    names = {column["name"]: column for column in summary.get("columns", [])}
    check("summary has few rows and the shape of all", len(summary.get("rows", [])) <= 5 and summary.get("row_count", 0) > 5, summary)
    check("with nulls, distinct values and ends", any("min" in column and "max" in column for column in names.values()) and all("nulls" in column for column in names.values()), names)
    check("and no ends of a masked column", "secret" not in json.dumps(summary), summary)
    refused = client.call("ask", question="zorblify the quux", mode="summary")
    check("a refusal is a refusal in every mode", refused.get("status") == "refused", refused)


def csv_links(client, other):
    got = client.ask("tools/call", {"name": "execute", "arguments": {"sql": "SELECT id, name, email FROM customers ORDER BY id", "limit": 10}})["result"]
    value = got["structuredContent"]
    links = [block for block in got["content"] if block["type"] == "resource_link"]
    check("a cut result has a link", value["truncated"] and len(links) == 1 and links[0]["uri"] == value["csv"] and links[0]["mimeType"] == "text/csv", got["content"][1:])
    check("both copies tell of it", json.loads(got["content"][0]["text"]) == value)
    read = client.ask("resources/read", {"uri": value["csv"]})["result"]["contents"][0]
    lines = read["text"].split("\r\n")
    check("the link reads as CSV with every row", lines[0] == "id,name,email" and lines[3000].startswith("3000,name 3000,") and len(lines) == 3002, lines[:2])
    check("masked as the result was", "secret" not in read["text"] and lines[1].endswith(",[masked]"), lines[1])
    check("and says that nothing is missing", read["_meta"] == {"toomai/rows": 3000, "toomai/truncated": False}, read.get("_meta"))
    check("a whole result has none", "csv" not in client.call("execute", sql="SELECT 1"))
    check("another process does not know it", "error" in other.ask("resources/read", {"uri": value["csv"]}))
    check("nor does anybody know an id of their own", "error" in client.ask("resources/read", {"uri": "toomai://results/" + "0" * 32}))
    big = client.call("execute", sql="SELECT a.n, repeat('y', 500) FROM numbers a, numbers b")
    read = client.ask("resources/read", {"uri": big["csv"]})["result"]["contents"][0]
    check("a result beyond the limit is cut at a row", read["_meta"]["toomai/truncated"] and 1_900_000 < len(read["text"]) <= 2 << 20 and read["text"].endswith("\r\n"), len(read["text"]))


def budgets(client, database):
    """Every bomb ends in time, as a cut result or a clear error, while another caller's calls go on."""
    idle = []
    for _ in range(20):
        began = time.monotonic()
        client.call("execute", sql="SELECT 1")
        idle.append(time.monotonic() - began)
    served, failed, stop = [], [], threading.Event()

    def neighbour():
        while not stop.is_set():
            began = time.monotonic()
            got = client.call("execute", sql="SELECT count(*) FROM customers WHERE id < 100")
            (served if got.get("rows") == [[99]] else failed).append(time.monotonic() - began)
            time.sleep(0.02)

    thread = threading.Thread(target=neighbour)
    thread.start()
    for name, sql in BOMBS.items():
        began = time.monotonic()
        got = client.call("execute", sql=sql)
        took = time.monotonic() - began
        size = len(json.dumps(got))
        bounded = ("error" in got or got.get("truncated") or got.get("row_count", 0) <= 50) and size < 100_000
        check(f"budget: {name} ({took:.1f} s, {'refused or stopped' if 'error' in got else 'cut'})", bounded, (took, size, str(got)[:300]))
    stop.set()
    thread.join()
    check("other callers were served all the while", len(served) >= len(BOMBS) and not failed, (len(served), len(failed)))
    print(f"      neighbour: {len(served)} calls, median {statistics.median(served) * 1000:.1f} ms (idle {statistics.median(idle) * 1000:.1f} ms), slowest {max(served) * 1000:.0f} ms")
    check("nothing runs on afterwards", database.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active' AND now() - query_start > interval '5 s'") == "0")
    check("and PostgreSQL never restarted", database.psql("SELECT now() - pg_postmaster_start_time() > interval '1 s'") == "t")


def cost_gate(client):
    sql = "SELECT count(*) FROM customers a, customers b WHERE a.id < 100"
    got = client.call("execute", sql=sql)
    error = got.get("error", {})
    check("an expensive plan is refused, with its node and a cheaper way", error.get("code") == "not_confirmed" and "Nested Loop" in error.get("reason", "") and "confirm" in error.get("suggestion", ""), got)
    got = client.call("execute", sql=sql, confirm=True)
    check("and runs with confirm", got.get("rows") == [[99 * 3000]], got)
    plan = client.call("explain_sql", sql="SELECT a.name FROM customers a, customers b WHERE a.city = 'Oslo'")
    check("explain_sql gives a tree", "└─" in plan.get("plan", "") and plan.get("cost", 0) > 0 and plan.get("analyzed") is False, plan)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    os.makedirs(scratch + "/a"), os.makedirs(scratch + "/b")
    path = pathlib.Path(scratch) / "config.yaml"
    path.write_text(CONFIG.format(url=database.url("reader"), cost=0))
    client, other = Stdio(environment(scratch + "/a"), "--config", str(path)), Stdio(environment(scratch + "/b"), "--config", str(path))
    parameters(client)
    metering(scratch, path)
    modes(client)
    csv_links(client, other)
    other.close()
    budgets(client, database)
    client.close()
    path.write_text(CONFIG.format(url=database.url("reader"), cost=1000))
    client = Stdio(environment(scratch + "/a"), "--config", str(path))
    cost_gate(client)
    client.close()
sys.exit(1 if failures else 0)
