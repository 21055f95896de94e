#!/usr/bin/env python3
"""`toomai ask` and `execute` as a person at a terminal and a script behind a pipe meet them: formats, files, response modes, charts, the pager,
progress, the question before something expensive, and what is said when rows are missing."""
import fcntl, json, os, pathlib, pty, re, select, struct, subprocess, sys, tempfile, termios, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, city text, spent numeric);
INSERT INTO customers SELECT i, 'name ' || i, (ARRAY['Oslo', 'Lyon', 'Pune'])[1 + i % 3], i * 1.5 FROM generate_series(1, 2000) i;
CREATE TABLE days AS SELECT '2026-01-01'::date + i AS day, i % 7 AS visits FROM generate_series(0, 30) i;
CREATE TABLE odd AS SELECT E'\\u001b[31mred\\u001b[0m\\nnext' AS t, NULL::text AS nothing, '' AS empty;
ANALYZE; CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""
CITIES = "SELECT city, count(*) AS n FROM customers GROUP BY city ORDER BY city"
SLOW = "SELECT count(*) FROM customers a, customers b WHERE b.id <= 400 AND md5(a.name || b.name) < '0'"
DEAR = "SELECT count(*) FROM customers a, customers b"


class Person:
    def __init__(self, scratch, url, config=""):
        path = pathlib.Path(scratch) / "person.yaml"
        path.write_text(f"databases:\n  - name: shop\n    url: {url}\n{config}")
        self.env = {**os.environ, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config", "TERM": "xterm", "TOOMAI_CONFIG": str(path)}
        for name in ("DATABASE_URL", "NO_COLOR", "PAGER"):
            self.env.pop(name, None)

    def pipe(self, *words, given=None):
        done = subprocess.run([BINARY, *words], env=self.env, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def terminal(self, *words, rows=50, columns=100, types="", env=None):
        """What appears on a terminal of that size, and the exit status. `types` is typed at the first question mark."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        child = subprocess.Popen([BINARY, *words], stdin=theirs, stdout=theirs, stderr=theirs, env={**self.env, **(env or {})}, start_new_session=True)
        os.close(theirs)
        seen, until = b"", time.monotonic() + 120
        while time.monotonic() < until:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:
                    break
                if not piece:
                    break
                seen += piece
                if types and b"[y/N]" in seen:
                    os.write(ours, types.encode())
                    types = ""
            elif child.poll() is not None:
                break
        os.close(ours)
        return child.wait(30), seen.decode(errors="replace").replace("\r\n", "\n")


def formats(person, scratch):
    status, out, said = person.pipe("execute", CITIES)
    check("a table in a pipe: no colours, counted", status == 0 and "│ Lyon │" in out and "(3 rows)" in out and "\033" not in out and said == "", (out, said))
    status, out = person.terminal("execute", CITIES)
    check("a table at a terminal: bold names", status == 0 and "\033[1m" in out and "│ Lyon" in out, out)
    check("NO_COLOR is heard", "\033[1m" not in person.terminal("execute", CITIES, env={"NO_COLOR": "1"})[1])
    check("csv", person.pipe("execute", CITIES, "--format", "csv")[1] == "city,n\nLyon,667\nOslo,666\nPune,667\n", person.pipe("execute", CITIES, "--format", "csv")[1])
    check("json", json.loads(person.pipe("execute", CITIES, "-f", "json")[1])["rows"] == [["Lyon", 667], ["Oslo", 666], ["Pune", 667]])
    check("ndjson", [json.loads(line)["n"] for line in person.pipe("execute", CITIES, "-f", "ndjson")[1].splitlines()] == [667, 666, 667])
    check("markdown", "| Lyon | 667 |" in person.pipe("execute", CITIES, "-f", "markdown")[1])
    status, out = person.terminal("execute", "TABLE odd")
    check("data cannot paint a terminal", "\033[31m" not in out and "red" in out, out)
    check("SQL from standard input", "666" in person.pipe("execute", "-", given=CITIES.encode())[1])
    narrow = person.terminal("execute", "SELECT repeat('wide ', 60) AS text, 1 AS n", columns=60, env={"NO_COLOR": "1"})[1].split("\033[K")[-1]
    check("a table fits the terminal", max(len(line) for line in narrow.split("\n")) <= 60 and "…" in narrow, narrow)
    file = f"{scratch}/cities.csv"
    status, out, said = person.pipe("execute", CITIES, "--output", file)
    check("the file's ending chooses the format", status == 0 and pathlib.Path(file).read_text().startswith("city,n\n") and out == "", said)


def missing_rows(person, scratch):
    status, out, said = person.pipe("execute", "SELECT id FROM customers", "--format", "csv", "--max-rows", "10")
    check("a cut CSV says so beside the rows", status == 0 and out.count("\n") == 11 and "there are more rows" in said and "--all" in said, said)
    check("a table says so itself", "cut at the limit of rows" in person.pipe("execute", "SELECT id FROM customers", "--max-rows", "10")[1])
    file = pathlib.Path(scratch) / "all.csv"
    status, out, said = person.pipe("execute", "SELECT id FROM customers", "--all", "-o", str(file))
    check("--all writes every row", status == 0 and file.read_text().count("\n") == 2001 and "2000 rows written" in said, said)
    status, out, said = person.pipe("execute", "SELECT nosuch FROM customers", "--all", "-o", str(file))
    check("a statement that fails leaves an older file as it is", status != 0 and file.read_text().count("\n") == 2001, said)
    status, out, said = person.pipe("execute", "SELECT 1 / (id - 1999) FROM customers ORDER BY id", "--all", "-o", str(file))
    check("one that fails midway says how far it came", status != 0 and ("only the first" in said or "division" in said), said)
    check("a file that cannot be made is told", person.pipe("execute", CITIES, "--all", "-o", "/nonexistent/x.csv")[0] == 2)
    if os.path.exists("/dev/full"):
        status, out, said = person.pipe("execute", "SELECT * FROM customers", "--all", "-o", "/dev/full")
        check("a full disk is told", status != 0 and "could not be written" in said, said)


def modes(person):
    question = "how many customers are there in each city?"
    status, out, said = person.pipe("ask", question)
    check("ask: SQL, where it came from, rows", status == 0 and "SELECT" in out and "source:" in out and "Oslo" in out, out)
    status, out, said = person.pipe("ask", question, "--mode", "sql_only")
    check("sql_only: the SQL alone", status == 0 and out.startswith("SELECT") and out.count("\n") == 1 and "Oslo" not in out, out)
    check("--sql-only is the same", person.pipe("ask", question, "--sql-only")[1] == out)
    status, full, said = person.pipe("ask", question, "--mode", "full")
    check("full: also tables, timings and the plan", status == 0 and "tables:" in full and "validating" in full and "(cost " in full and "Oslo" in full, full)
    status, out, said = person.pipe("ask", "list all customers", "--mode", "summary")
    check("summary: the shape, and the first rows", status == 0 and "distinct" in out and "smallest" in out and "(5 rows" in out and "the first 5 rows" in out, out)
    status, out, said = person.pipe("ask", question, "--mode", "full", "--format", "csv")
    check("in other formats only rows are on stdout", status == 0 and out.startswith("city,") and "(cost " in said, (out, said))
    status, out, said = person.pipe("ask", "zorblify the quux")
    check("a refusal is a failure with words", status == 1 and out == "" and "zorblify" in said, said)
    check("an unknown mode is a usage error", person.pipe("ask", question, "--mode", "nosuch")[0] != 0)


def charts(person, scratch):
    status, out, said = person.pipe("execute", CITIES, "--chart")
    check("bars", status == 0 and "█" in out, out)
    status, out, said = person.pipe("execute", "SELECT day, visits FROM days ORDER BY day", "--chart")
    check("a line over time", status == 0 and out.count("\n") > 10, out)
    file = pathlib.Path(scratch) / "cities.svg"
    status, out, said = person.pipe("execute", CITIES, "--output", str(file))
    text = file.read_text() if file.exists() else ""
    check("an SVG file that stands alone", status == 0 and text.startswith("<svg") and "Lyon" in text and "<script" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", ""), text[:200])
    status, out, said = person.pipe("execute", "TABLE odd", "--output", str(file))
    check("nothing to draw is told", status != 0 and "no chart" in said, said)


def at_a_terminal(person, dear):
    status, out = person.terminal("execute", "SELECT id FROM customers", rows=20, env={"PAGER": "sed s/^/PAGED/"})
    check("a long table goes through the pager", status == 0 and out.count("PAGED") > 900, out[:200])
    check("a short one does not", "PAGED" not in person.terminal("execute", CITIES, env={"PAGER": "sed s/^/PAGED/"})[1])
    status, out = person.terminal("execute", SLOW)
    check("progress while it is slow, and none is left", re.search(r"executing.* \d\.\d s", out) and status == 0, out[-300:])
    check("nothing of it in a pipe", person.pipe("execute", SLOW)[2] == "")
    status, out = dear.terminal("execute", DEAR, types="y\n")
    check("what is expensive is asked about; yes", status == 0 and "4000000" in out and "[y/N]" in out, out)
    status, out = dear.terminal("execute", DEAR, types="n\n")
    check("no", status == 1 and "│" not in out, out)
    status, out, said = dear.pipe("execute", DEAR)
    check("nobody is asked in a script: it fails, with the way on", status == 1 and "confirm" in said, said)
    check("--confirm", "4000000" in dear.pipe("execute", DEAR, "--confirm")[1])
    check("--all passes the same gate", dear.pipe("execute", DEAR, "--all")[0] == 1)
    status, out, said = person.pipe("execute", DEAR, "--explain")
    check("the plan, with advice", status == 0 and "└─" in out and "advice:" in out, out)
    status, out, said = person.pipe("execute", DEAR, "--analyze")
    check("analyze must be allowed", status == 1 and "execution.allow_analyze" in said, said)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    os.makedirs(scratch + "/dear")
    person = Person(scratch, database.url("reader"))
    dear = Person(scratch + "/dear", database.url("reader"), "execution: {max_cost: 1000}\n")
    formats(person, scratch)
    missing_rows(person, scratch)
    modes(person)
    charts(person, scratch)
    at_a_terminal(person, dear)
sys.exit(1 if failures else 0)
