#!/usr/bin/env python3
"""Approving one answer makes the same question in other words, and with another value, answered from it; rejecting takes that away.
Approved answers travel through a YAML file; two runs are compared; a trace id is kept; planted secrets are nowhere. Over the real
binary and a real PostgreSQL, with the history in SQLite and then in PostgreSQL."""
import http.client, json, os, pathlib, signal, socket, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from private_postgres import PrivatePostgres  # noqa: E402

binary = os.path.abspath(os.environ.get("TOOMAI_BINARY", "build/dev/toomai"))
SECRET, DENIED, MASKED = "pl4nted-passw0rd", "pl4nted-ssn-123", "pl4nted-mail"
SCHEMA = f"""CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL, email text, ssn text);
INSERT INTO customers SELECT i, 'customer ' || i, (ARRAY['Berlin','Paris','Rome'])[1 + i % 3], '{MASKED}' || i || '@example.org', '{DENIED}' || i FROM generate_series(1, 300) i;
ANALYZE; CREATE ROLE reader LOGIN PASSWORD '{SECRET}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; CREATE DATABASE history;"""
PAIR = "SELECT count(*) AS n FROM customers WHERE city = 'Berlin'"
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:600]), flush=True)
    if not good:
        failures.append(name)


def run_all(server, store, where):
    def toomai(*words, code=0):
        done = subprocess.run([binary, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        seen.append(done.stdout + done.stderr)
        if code is not None:
            check(f"{store}: toomai {' '.join(words)[:50]} ends with {code}", done.returncode == code, done.stdout + done.stderr)
        return done.stdout

    def ask(question):
        answer = json.loads(toomai("generate", question, "--json", code=None) or "{}")
        return answer

    seen = []
    with tempfile.TemporaryDirectory() as scratch:
        config = pathlib.Path(scratch) / "toomai.yaml"
        history = {"sqlite": "", "postgres": f"  store: {where}\n"}[store]
        config.write_text(f"""databases:
  - name: shop
    url: postgresql://reader:{SECRET}@127.0.0.1:{server.port}/postgres
    masks: [{{column: public.customers.email, method: hash}}]
    policy: {{denied_columns: [public.customers.ssn]}}
history:
{history}  jsonl_file: {scratch}/calls.jsonl
""")
        env = {**os.environ, "TOOMAI_CONFIG": str(config), "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch}
        env.pop("DATABASE_URL", None)
        first = "how many customers live in Berlin?"
        toomai("execute", PAIR)
        entry = json.loads(toomai("history", "list", "--json", "-n", "1"))
        pairs = pathlib.Path(scratch) / "pairs.yaml"
        pairs.write_text(f"format: 1\npairs:\n  - database: shop\n    question: {first}\n    sql: |\n      {PAIR}\n    reviewer: ann\n")
        check(f"{store}: an import adds the pair", "1 added" in toomai("history", "import", str(pairs)))
        check(f"{store}: importing again changes nothing", "1 as they were" in toomai("history", "import", str(pairs)))

        same = ask(first)
        check(f"{store}: the approved answer comes back with its origin", "approved answer #" in json.dumps(same), same)
        other_words = ask("how many customers are living in Berlin")
        check(f"{store}: other words are answered from it", "approved answer #" in json.dumps(other_words), other_words)
        other_value = ask("how many customers live in Paris?")
        check(f"{store}: another value is answered from it", "approved answer #" in json.dumps(other_value) and "'Paris'" in json.dumps(other_value), other_value)

        toomai("history", "pairs", "-o", scratch + "/out.yaml")
        written = pathlib.Path(scratch + "/out.yaml").read_text()
        toomai("history", "import", scratch + "/out.yaml")
        check(f"{store}: pairs round trip", toomai("history", "pairs") == written, written)
        pairs.write_text(f"format: 1\npairs:\n  - {{database: shop, question: q, sql: DELETE FROM customers}}\n")
        toomai("history", "import", str(pairs), code=1)

        toomai("schema", "refresh", code=None)
        server.psql("ALTER TABLE customers RENAME COLUMN city TO town")
        drift = json.loads(toomai("history", "drift", "--json", code=1) or "{}")
        broken = (drift.get("broken") or [{}])[0]
        check(f"{store}: a renamed column turns up with the right suggestion", "city is now town" in json.dumps(broken.get("renames")) and "town = 'Berlin'" in broken.get("suggested_sql", ""), drift)
        check(f"{store}: what broke is not answered from", "approved answer #" not in json.dumps(ask(first)))
        server.psql("ALTER TABLE customers RENAME COLUMN town TO city")
        toomai("history", "drift")
        check(f"{store}: it comes back with the schema", "approved answer #" in json.dumps(ask(first)))

        ids = [json.loads(line)["id"] for line in toomai("history", "list", "--json", "--state", "approved").splitlines()]
        check(f"{store}: one entry is approved", len(ids) == 1, ids)
        toomai("history", "reject", str(ids[0]), "--note", "no")
        after = ask("how many customers live in Paris?")
        check(f"{store}: rejecting takes it away", "approved answer #" not in json.dumps(after), after)
        check(f"{store}: a diff names the statement", "sql" in toomai("history", "diff", str(entry["id"]), str(ids[0])))

        # Attempts to make secrets appear somewhere.
        for sql in ("SELECT ssn FROM customers", "SELECT email FROM customers LIMIT 3", "SELECT email::int FROM customers"):
            toomai("execute", sql, code=None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = subprocess.Popen([binary, "serve", "--port", str(port), "--log-format", "json"], env=env, stderr=open(scratch + "/log", "w"))
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            trace = "4bf92f3577b34da6a3ce929d0e0e4736"

            def call(method, path, body=None):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request(method, path, body and json.dumps(body).encode(), {"Content-Type": "application/json", "Accept": "application/json",
                                   "MCP-Protocol-Version": "2025-06-18", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
                text = connection.getresponse().read().decode()
                seen.append(text)
                return text
            for name, arguments in (("execute", {"sql": "SELECT email, name FROM customers"}), ("execute", {"sql": "SELECT ssn FROM customers"}), ("ask", {"question": "emails of customers in Rome"})):
                call("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
            metrics = call("GET", "/metrics")
            check(f"{store}: metrics of the pipeline are there", all(name in metrics for name in ("toomai_stage_seconds", "toomai_executions_total", "toomai_history_append_seconds", "toomai_validations_total")))
            listed = json.loads(call("GET", "/api/entries?limit=1"))["entries"][0]
            check(f"{store}: the trace id is kept", trace in call("GET", f"/api/entries/{listed['id']}"))
            runs = json.loads(call("GET", f"/api/entries/{ids[0]}/runs"))
            check(f"{store}: other runs of the question are found", len(runs.get("runs", [])) >= 1, runs)
            diff = json.loads(call("GET", f"/api/entries/{entry['id']}/diff/{ids[0]}"))
            check(f"{store}: the page can compare them", diff.get("sql") and diff.get("changes"), diff)
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(15)
        toomai("history", "verify")
        toomai("history", "export")
        toomai("config", code=None)
        toomai("doctor", code=None)
        seen += [path.read_bytes().decode("utf-8", "replace") for path in pathlib.Path(scratch).rglob("*") if path.is_file() and path.name != "toomai.yaml"]
        if store == "postgres":
            seen.append(subprocess.run(["psql", where, "-Atc", "SELECT * FROM toomai.entries"], stdout=subprocess.PIPE, text=True).stdout)
            check("postgres: the entries are in PostgreSQL", "customers" in seen[-1])
        for planted in (SECRET, DENIED, MASKED):
            places = [text[max(0, text.find(planted) - 200):text.find(planted) + 60] for text in seen if planted in text]
            check(f"{store}: {planted} is nowhere", not places, places[:1])


with PrivatePostgres(SCHEMA.rsplit(" CREATE DATABASE", 1)[0]) as server:
    server.psql("CREATE DATABASE history")
    run_all(server, "sqlite", "")
    run_all(server, "postgres", f"postgresql://postgres@127.0.0.1:{server.port}/history")
sys.exit(1 if failures else 0)
