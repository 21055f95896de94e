"""Runs the npm clients against the binary on a private PostgreSQL. Usage: mcp_clients.py BINARY NPM_CACHE"""
import json, os, pathlib, signal, socket, subprocess, sys, tempfile, time

binary, cache = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here))
import wire_record  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

TOOLS = ["list_databases", "describe_schema", "generate_sql", "execute", "ask", "check_sql", "explain_sql", "query_history"]
SCHEMA = """CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob'); ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON customers TO reader;"""
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:600]), flush=True)
    if not good:
        failures.append(name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_client(library, mode, transport, target, env):
    name = f"{library} {mode} over {transport}"
    done = subprocess.run(["node", str(here / "mcp_clients.mjs"), library, mode, transport, target], env=env, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return check(name, False, done.stderr)
    outcome = json.loads(done.stdout)
    wrong = [tool for tool, result in outcome["results"].items() if result["isError"] or json.loads(result["text"]) != result["structured"]]
    rows = outcome["results"]["execute"]["structured"] or {}
    good = outcome["tools"] == TOOLS and not wrong and rows.get("rows") == [["Ann"], ["Bob"]] and outcome["prompts"] == 3 and outcome["templates"] == 5
    check(name, good, (outcome["tools"], {t: outcome["results"][t]["text"] for t in wrong}, rows))


def run_inspector(name, target, extra, method, env, then=()):
    inspector = os.path.join(cache, "node_modules/.bin/mcp-inspector")
    command = [inspector, "--cli", *target, *extra, "--method", method, *then, "--format", "json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    check(f"inspector {name} {method}", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])


def check_schema(name, recorded, env):
    lines = "".join(json.dumps(line) + "\n" for line in recorded)
    done = subprocess.run(["node", str(here / "wire_schema.mjs")], input=lines, env=env, capture_output=True, text=True, timeout=120)
    check(f"every message over {name} is valid by the schema of its revision: {done.stdout.strip().splitlines()[-1:]}", done.returncode == 0, done.stdout + done.stderr[-300:])


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    env = {**os.environ, "DATABASE_URL": database.url("reader"), "TOOMAI_NPM_CACHE": cache, "HOME": scratch,
           "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config"}
    port = free_port()
    log = open(scratch + "/serve.log", "w")
    server = subprocess.Popen([binary, "serve", "--port", str(port)], env=env, stderr=log)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port}/mcp"
        for transport, target in (("stdio", binary), ("http", url)):
            run_client("sdk", "legacy", transport, target, env)
            for mode in ("legacy", "auto", "modern"):
                run_client("client", mode, transport, target, env)
        call = ("--tool-name", "execute", "--tool-args-json", json.dumps({"sql": "SELECT count(*) FROM customers"}))
        passed_env = ["-e", "DATABASE_URL=" + env["DATABASE_URL"]]
        for era in ("legacy", "modern"):
            http = [url, "--transport", "http", "--protocol-era", era]
            stdio = [*passed_env, "--protocol-era", era, binary, "mcp"]
            for name, target in (("http " + era, http), ("stdio " + era, stdio)):
                run_inspector(name, target, ["--strict"], "tools/list", env)
                run_inspector(name, target, [], "tools/call", env, call)
        check_schema("stdio", wire_record.over_stdio(binary, env), env)
        check_schema("HTTP", wire_record.over_http(port), env)
    finally:
        server.send_signal(signal.SIGTERM)
        check("the HTTP server ends on SIGTERM", server.wait(15) == 0)
sys.exit(1 if failures else 0)
