#!/usr/bin/env python3
"""Operator templates as MCP tools of their own, over stdio and HTTP and a real PostgreSQL: typed arguments, the answer and the history entry
of any question, masks and budgets, tools that come and go with the file and the schema, tokens. TOOMAI_BINARY is the program."""
import json, pathlib, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Http, Stdio, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SHOP = """
    CREATE TYPE state AS ENUM ('open', 'paid');
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric NOT NULL, status state NOT NULL, placed_on date NOT NULL);
    INSERT INTO customers SELECT n, 'C' || n, 'c' || n || '@example.com' FROM generate_series(1, 20) n;
    INSERT INTO orders SELECT n, n % 20 + 1, n * 10, (CASE WHEN n % 2 = 0 THEN 'paid' ELSE 'open' END)::state, DATE '2024-01-01' + n FROM generate_series(1, 200) n;
    CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"""

TOP = """
- id: top_customers
  title: Best customers
  description: Customers by what they spent
  tool: true
  patterns: ["top {n} customers in {period}"]
  params:
    n: {type: int, min: 1, max: 50, default: 10, description: How many customers}
    period: {type: date_range}
    state: {type: enum, column: orders.status, default: paid}
  sql: |
    SELECT c.name, c.email, sum(o.total) AS spent FROM customers c JOIN orders o ON o.customer_id = c.id
    WHERE o.status = :state AND o.placed_on >= :period.start AND o.placed_on < :period.end
    GROUP BY c.id, c.name, c.email ORDER BY spent DESC NULLS LAST, c.id LIMIT :n
"""
EXTRA = """
- {id: all_orders, tool: true, description: Every order, patterns: ["every single order"], sql: "SELECT id FROM orders ORDER BY id"}
- {id: broken, tool: true, patterns: ["what is gone"], sql: "SELECT gone FROM orders"}
- {id: ask, tool: true, patterns: ["what shall I ask"], sql: "SELECT 1"}
"""


def configuration(scratch, database, rest=""):
    path = pathlib.Path(scratch) / "config.yaml"
    path.write_text(f"databases:\n  - {{name: shop, url: '{database.url('reader')}', templates: [shop.yaml],\n"
                    f"     masks: [{{column: customers.email, method: hash}}]}}\n{rest}")
    return str(path)


def told(server):
    """Whether news of the tools came; what came before is forgotten."""
    def heard():
        return any(notice["method"] == "notifications/tools/list_changed" for notice in list(server.notices.queue))
    found = wait_for(heard)
    server.notices.queue.clear()
    return found


def error_of(answer):
    return answer.get("error", {})


def over_stdio(database, scratch):
    templates = pathlib.Path(scratch) / "shop.yaml"
    templates.write_text(TOP + EXTRA)
    path = configuration(scratch, database)
    env = environment(scratch)
    server = Stdio(env, "--config", path)
    check("the handshake promises news of tools", server.initialized["capabilities"]["tools"]["listChanged"] is True)
    tools = {tool["name"]: tool for tool in server.ask("tools/list", {})["result"]["tools"]}
    check("the first list has the working ones", {"top_customers", "all_orders", "ask"} <= set(tools) and "broken" not in tools, list(tools))
    top = tools["top_customers"]
    properties = top["inputSchema"]["properties"]
    check("title, description and hints are the template's", top["title"] == "Best customers" and top["description"].startswith("Customers by what they spent.")
          and top["annotations"]["readOnlyHint"], top)
    check("arguments are typed", properties["n"] == {"type": "integer", "minimum": 1, "maximum": 50, "default": 10, "description": "How many customers."}
          and properties["state"]["enum"] == ["open", "paid"] and properties["state"]["default"] == "paid" and top["inputSchema"]["required"] == ["period"], properties)

    answer = server.call("top_customers", period="2024", n=2)
    check("a call gives rows", [row[0] for row in answer.get("rows", [])] == ["C1", "C19"] and answer["source"] == "template", answer)
    check("masks hold", "example.com" not in json.dumps(answer), answer)
    check("values are bound and told", answer["parameters"] == ["paid", "2"] and "$" not in answer["paraphrase"], answer)
    entry = server.call("query_history", id=answer["history_id"])
    check("the history knows the template", "template top_customers" in json.dumps(entry) and "top_customers(n = 2" in json.dumps(entry), entry)
    every = server.call("all_orders", limit=3)
    check("budgets hold", every["row_count"] == 3 and every["truncated"], every)
    wrong = error_of(server.call("top_customers", period="2024", n=51))
    check("a number out of range is named", wrong["field"] == "n" and wrong["reason"] == "must be at least 1 and at most 50", wrong)
    wrong = error_of(server.call("top_customers", period="when pigs fly"))
    check("a time that is none is named with what to write", wrong["field"] == "period" and "'Q1 2024'" in wrong["suggestion"], wrong)
    hostile = error_of(server.call("top_customers", period="2024'; DROP TABLE orders; --"))
    check("SQL in an argument is just a wrong argument", hostile["field"] == "period", hostile)

    listed = subprocess.run([BINARY, "--config", path, "templates"], env=env, capture_output=True, text=True)
    check("the command tells which are tools and why others are not", "in use, also as a tool" in listed.stdout and "no tool: there is a tool 'ask' already" in listed.stdout
          and "disabled:" in listed.stdout, listed.stdout)
    doctor = subprocess.run([BINARY, "--config", path, "doctor"], env=env, capture_output=True, text=True)
    check("doctor tells it too", "template 'ask' is no tool" in doctor.stdout and "template 'broken' is disabled" in doctor.stdout, doctor.stdout)

    server.notices.queue.clear()
    templates.write_text(TOP.replace("top_customers", "best_customers"))
    check("a changed file is told", told(server))
    check("the list follows the file", "best_customers" in server.tools() and "top_customers" not in server.tools())

    database.psql("ALTER TABLE orders RENAME COLUMN total TO amount")
    def gone():  # a statement that fails shows the change
        time.sleep(0.2)
        return server.call("best_customers", period="2024") and "best_customers" not in server.tools()
    check("a changed schema takes the tool away", wait_for(gone))
    check("and that is told", told(server))
    database.psql("ALTER TABLE orders RENAME COLUMN amount TO total")
    server.close()
    check("no line of the protocol was broken", server.bad == [], server.bad)


def over_http(database, scratch):
    (pathlib.Path(scratch) / "shop.yaml").write_text(TOP + EXTRA)
    tokens = ("http: {tokens: [{name: one, token: one-token-long-enough, tools: [top_customers]},\n"
              "                {name: none, token: none-token-long-enough, databases: [other]}]}\n")
    path = configuration(scratch, database, f"  - {{name: other, url: '{database.url('reader')}'}}\n" + tokens)
    server = Http(environment(scratch), "--config", path, token="one-token-long-enough")
    check("a token sees the tools it names", server.tools() == ["top_customers"], server.tools())
    check("and may call them", len(server.call("top_customers", period="2024")["rows"]) == 10)
    server.shake_hands("none-token-long-enough")
    check("a token without the database sees none of its tools", "top_customers" not in server.tools())
    check("nor may it call them", "there is no tool" in json.dumps(server.result("top_customers", period="2024")))
    server.stop()


with PrivatePostgres(SHOP) as database:
    for part in (over_stdio, over_http):
        with tempfile.TemporaryDirectory() as scratch:
            part(database, scratch)
sys.exit(1 if failures else 0)
