#!/usr/bin/env python3
"""The review page in headless Chromium over the real binary and a real PostgreSQL: list, search, open, approve, reject, correct,
re-run, trends, drift, schema, keys, with 10,000 entries; hostile text in each field shows as text; nothing leaves the host. Skipped
(77) without Chromium. TOOMAI_SCREENSHOTS names a directory for pictures; TOOMAI_REVIEW_ENTRIES another number of entries."""
import concurrent.futures, http.client, json, os, pathlib, signal, socket, subprocess, sys, tempfile, threading, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chromium import Chromium  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

binary = os.environ.get("TOOMAI_BINARY", "build/dev/toomai")
if not Chromium.program():
    print("skipped: Chromium is not installed")
    sys.exit(77)
pictures = os.environ.get("TOOMAI_SCREENSHOTS", "")
count = int(os.environ.get("TOOMAI_REVIEW_ENTRIES", "10000"))
HOSTILE = ["<img src=x onerror=\"window.hacked=1\">", "<script>window.hacked=1</script>", "\"><svg onload=window.hacked=1>", "'; DROP TABLE customers; --",
           "right \u202eot tfel\u202c mark", "bell \u0007 and escape \u001b[31m", "{{7*7}} ${7*7}", "javascript:window.hacked=1", "顧客は何人いますか"]
SCHEMA = """CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric(10,2));
COMMENT ON TABLE orders IS '<img src=x onerror="window.hacked=1">';
INSERT INTO customers VALUES (1, 'Ann'), (2, '<b onmouseover="window.hacked=1">Bob</b>'); ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;"""
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:500]), flush=True)
    if not good:
        failures.append(name)


kept = threading.local()  # a connection for each thread


def request(port, method, path, body=None):
    connection = getattr(kept, "connection", None)
    if connection is None:
        connection = kept.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body and json.dumps(body).encode(), {"Content-Type": "application/json", "Accept": "application/json", "MCP-Protocol-Version": "2025-06-18"})
    return json.loads(connection.getresponse().read())


def call_tool(port, name, arguments):
    return request(port, "POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})


def picture(page, name):
    if pictures:
        page.screenshot(f"{pictures}/review-{name}.png")


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "DATABASE_URL": database.url("reader"), "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config"}
    server = subprocess.Popen([binary, "serve", "--port", str(port)], env=env, stderr=open(scratch + "/log", "w"))
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        call_tool(port, "describe_schema", {})
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: call_tool(port, "execute", {"sql": f"SELECT name, {i} AS n FROM customers"}), range(count)))
        call_tool(port, "execute", {"sql": "SELECT pg_sleep(10), nothing FROM customers"})
        for text in HOSTILE:
            call_tool(port, "generate_sql", {"question": text})
        asked = call_tool(port, "ask", {"question": "how many customers are there?"})
        check("the question was answered", (asked.get("result", {}).get("structuredContent") or {}).get("status") == "ok", asked)

        hostile_entry = request(port, "GET", "/api/entries?text=hacked&limit=1")["entries"][0]["id"]
        request(port, "POST", f"/api/entries/{hostile_entry}/review", {"state": "needs_work", "note": HOSTILE[0] + HOSTILE[4], "corrected_sql": "SELECT '<img src=x onerror=window.hacked=1>' AS x"})
        request(port, "POST", f"/api/entries/{request(port, 'GET', '/api/entries?kind=execute&verdict=accept&limit=1')['entries'][0]['id']}/review", {"state": "approved", "note": ""})

        with Chromium() as page:
            page.size(1280, 860)
            page.open(f"http://127.0.0.1:{port}/")
            check("the list shows", page.wait("document.querySelectorAll('button.entry').length === 50"))
            shown = page.run("document.querySelector('ul.entries').textContent")
            for text in HOSTILE[:4] + HOSTILE[6:]:
                check("shown as text: " + text[:30], text in shown)
            check("control and direction characters are made visible", "\ufffd" in shown and "⟨202e⟩" in shown and "\u202e" not in shown)
            picture(page, "list")
            page.run("document.querySelector('#older').click()")
            check("older entries follow", page.wait("document.querySelectorAll('button.entry').length === 100"))
            page.run("document.querySelector('ul.entries').scrollTop = 1e6")
            check("scrolling brings more", page.wait("document.querySelectorAll('button.entry').length >= 150"))
            page.run("document.activeElement.blur()")
            page.key("j")
            check("keys walk through the list", page.wait("document.querySelector('button.entry[aria-current=true]') !== null && document.querySelector('#detail h2') !== null"))
            page.run(f"location.hash = ''; window.before = current.id; open({hostile_entry})")
            check("hostile text in note and correction is text", page.wait("document.querySelector('#detail dd') && document.querySelector('#detail').textContent.includes('onerror') && document.querySelectorAll('#detail img').length === 0"))

            page.run("document.querySelector('#list input').value = 'how many customers'; document.querySelector('#list form').requestSubmit()")
            check("search finds the question", page.wait("document.querySelectorAll('button.entry').length > 0 && document.querySelectorAll('button.entry').length < 20 && document.querySelector('ul.entries').textContent.includes('how many customers are there?')"))
            page.run("document.querySelector('button.entry').click()")
            check("it opens with its SQL", page.wait("document.querySelector('#detail code') && document.querySelector('#detail h2').textContent.includes('how many')"))
            check("SQL is highlighted", page.run("document.querySelectorAll('#detail code .k').length > 0"))
            page.run("document.querySelector('#run').click()")
            check("it runs again", page.wait("document.querySelector('#result table td') !== null"), page.run("document.querySelector('#message').textContent"))
            page.run("document.querySelector('#plan').click()")
            check("its plan is shown", page.wait("document.querySelector('#planned pre') !== null"), page.run("document.querySelector('#message').textContent"))
            picture(page, "detail")
            page.run("document.querySelector('#approve').click()")
            check("it is approved", page.wait("document.querySelector('#detail .tag').textContent === 'approved'"), page.run("document.querySelector('#message').textContent"))
            page.run("document.activeElement.blur()")
            page.key("r")
            check("a key rejects it", page.wait("document.querySelector('#detail .tag').textContent === 'rejected'"))
            page.run("document.querySelector('#correct').click(); document.querySelector('#detail textarea').value = 'DELETE FROM customers'; document.querySelector('#save').click()")
            check("SQL that may not run is no correction", page.wait("document.querySelector('#message').className === 'bad'"))
            page.run("document.querySelector('#detail textarea').value = 'SELECT count(*) AS customers FROM customers'; document.querySelector('#save').click()")
            check("a correction is kept and approved", page.wait("document.querySelector('#detail .tag').textContent === 'approved' && document.querySelector('#detail').textContent.includes('Corrected')"))
            page.run("document.querySelector('#list select[name=state]').value = 'approved'; document.querySelector('#list input').value = ''; document.querySelector('#list form').requestSubmit()")
            check("the filter shows the approved ones", page.wait("document.querySelectorAll('button.entry').length === 2"))
            page.run("document.querySelector('nav [data-view=trends]').click()")
            check("trends are drawn", page.wait("document.querySelectorAll('.chart').length >= 4 && document.querySelectorAll('.row i').length > 3"), page.run("document.querySelector('#message').textContent"))
            picture(page, "trends")
            page.run("document.querySelector('nav [data-view=drift]').click()")
            check("nothing drifted", page.wait("document.querySelector('#broken').textContent.includes('0 do not fit')"), page.run("document.querySelector('#broken').textContent"))
            database.psql("ALTER TABLE customers RENAME COLUMN name TO full_name")
            page.run("document.querySelector('nav [data-view=drift]').click()")
            check("a renamed column shows with its new name", page.wait("document.querySelector('#broken .item') && document.querySelector('#broken').textContent.includes('SELECT full_name')", 30), page.run("document.querySelector('#broken').textContent"))
            picture(page, "drift")
            page.run("document.querySelector('#broken .good').click()")
            check("the suggestion is approved", page.wait("document.querySelectorAll('#broken .item').length === 0 && document.querySelector('#broken').textContent.includes('0 do not fit')", 30), page.run("document.querySelector('#broken').textContent"))
            page.run("document.querySelector('nav [data-view=schema]').click()")
            check("the schema is drawn", page.wait("document.querySelectorAll('#diagram rect').length === 2 && document.querySelectorAll('#diagram path.link').length === 1"))
            picture(page, "schema")
            page.dark(True)
            picture(page, "schema-dark")
            page.run("document.querySelector('nav [data-view=trends]').click()")
            page.wait("document.querySelectorAll('.chart').length >= 4")
            picture(page, "trends-dark")
            page.run("document.querySelector('nav [data-view=list]').click()")
            picture(page, "list-dark")
            page.size(420, 800)
            check("a narrow screen needs no sideways scrolling", page.wait("document.documentElement.scrollWidth <= 421"), page.run("document.documentElement.scrollWidth"))
            picture(page, "narrow-dark")
            page.dark(False)
            picture(page, "narrow")
            unnamed = page.run("[...document.querySelectorAll('button,input,select,textarea')].filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels && e.labels.length || e.placeholder)).length")
            check("every control has a name", unnamed == 0, unnamed)
            check("no hostile text ran", page.run("window.hacked === undefined"))
            away = [url for url in page.requests if not url.startswith((f"http://127.0.0.1:{port}/", "data:", "about:"))]
            check("nothing left the host", not away, away)
            slow = page.run("performance.getEntriesByType('resource').filter(e => /entries[?]/.test(e.name)).map(e => Math.round(e.duration))")
            print(f"lists of {count} entries took {slow} ms")
            wrong = [line for line in page.console if "status of 422" not in line]
            check("no console error", not wrong, wrong)
    finally:
        server.send_signal(signal.SIGTERM)
        check("the server ends on SIGTERM", server.wait(15) == 0)
sys.exit(1 if failures else 0)
