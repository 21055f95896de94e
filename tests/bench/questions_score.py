#!/usr/bin/env python3
"""Questions of our own (fixtures/questions) on the sample databases, in English, Chinese and Japanese: how many are answered right?

  questions_score.py --toomai build/release/toomai                        # starts a private PostgreSQL itself
  questions_score.py --toomai … --url 'postgresql://toomai_reader@/{db}?host=/tmp/x'
  questions_score.py --toomai … --lang zh --db erp_large --show wrong --source grammar

Right: the rows of the statement equal those of the gold statement, as a multiset; the columns may come in any order, and further
columns beside the gold's are allowed (an id beside a name). Strict: the same without further columns. Numbers are compared to 6
digits, and a moment at midnight equals its date. A question whose gold is null cannot be answered from the data: right is to refuse.

Python's standard library and psql only. Each question and language is one line to `toomai generate --batch`.
"""
import argparse
import collections
import csv
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATABASES = ["ecommerce_small", "social_medium", "erp_large"]
LANGUAGES = ["en", "zh", "ja"]
NULL = "\\N"


def pinned(sql, today):
    """The text as if it were run on that day, at noon."""
    if not today:
        return sql
    sql = re.sub(r"\bcurrent_date\b", f"date '{today}'", sql, flags=re.IGNORECASE)
    return re.sub(r"\bnow\(\)|\bcurrent_timestamp\b", f"timestamptz '{today} 12:00'", sql, flags=re.IGNORECASE)


class PrivateServer:
    """PostgreSQL in a temporary directory with the sample databases, as they are on a day."""

    def __init__(self, today=None):
        self.today = today
        self.directory = tempfile.mkdtemp(prefix="toomai-questions-")
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        initdb = str(found[-1]) if found else shutil.which("initdb")
        if not initdb:
            sys.exit("PostgreSQL is not installed: apt-get install postgresql")
        self.bin = pathlib.Path(initdb).parent
        self.user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = "postgres"
            shutil.chown(self.directory, "postgres")
        data = f"{self.directory}/data"
        subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
                       check=True, stdout=subprocess.DEVNULL, user=self.user)
        self.server = subprocess.Popen([str(self.bin / "postgres"), "-D", data, "-k", self.directory, "-c", "listen_addresses=", "-c",
                                        "fsync=off", "-c", "port=5432"], stderr=subprocess.DEVNULL, user=self.user)
        self.env = dict(os.environ, PGHOST=self.directory, PGPORT="5432", PGUSER="postgres")
        for _ in range(200):
            if subprocess.run(["pg_isready", "-q"], env=self.env).returncode == 0:
                break
            time.sleep(0.05)
        folder = ROOT / "fixtures/databases"
        self.psql("postgres", folder / "roles.sql")
        for name in DATABASES:
            subprocess.run(["psql", "-Xqc", f"CREATE DATABASE {name}", "postgres"], env=self.env, check=True)
            self.psql(name, folder / f"{name}.sql")

    def psql(self, database, file):
        subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", database], input=pinned(file.read_text(), self.today), env=self.env, check=True,
                       stdout=subprocess.DEVNULL, text=True)

    def url(self):
        return "postgresql://toomai_reader@/{db}?host=" + self.directory + "&port=5432"

    def stop(self):
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def normalise(cell):
    if cell == NULL:
        return None
    if cell in ("t", "f"):
        return cell == "t"
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", cell):
        return float("%.6g" % float(cell)) + 0.0
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T]00:00:00(\.0+)?([-+]00(:00)?)?", cell)
    if moment:
        return moment[1]
    return cell + "-01" if re.fullmatch(r"\d{4}-\d\d", cell) else cell


def run(url, sql, today):
    """The rows, or the error as a text."""
    env = dict(os.environ, PGOPTIONS="-c default_transaction_read_only=on -c statement_timeout=20000 -c timezone=UTC")
    done = subprocess.run(["psql", "-X", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-P", "null=" + NULL, "-d", url, "-c", pinned(sql, today)],
                          env=env, capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr.strip()
    return [tuple(normalise(cell) for cell in row) for row in csv.reader(io.StringIO(done.stdout))]


def matches(gold, rows, strict):
    """Is there a choice of the columns of `rows` that gives the rows of `gold`?"""
    if len(gold) != len(rows):
        return False
    if not gold:
        return True
    if len(rows[0]) < len(gold[0]) or (strict and len(rows[0]) != len(gold[0])):
        return False
    counted = [collections.Counter(row[i] for row in rows) for i in range(len(rows[0]))]
    fits = [[i for i, column in enumerate(counted) if column == collections.Counter(row[g] for row in gold)] for g in range(len(gold[0]))]
    wanted = collections.Counter(gold)

    def choose(chosen):
        if len(chosen) == len(fits):
            return collections.Counter(tuple(row[i] for i in chosen) for row in rows) == wanted
        return any(choose(chosen + [i]) for i in fits[len(chosen)] if i not in chosen)

    return choose([])


def generate(toomai, url, source, today, questions):
    """The answers of one `toomai generate --batch`, by id."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config.json"  # JSON is YAML
        config.write_text(json.dumps({"databases": [{"name": name, "url": url.format(db=name)} for name in DATABASES]}))
        lines = "".join(json.dumps({"id": key, "db": q["db"], "question": text, **({"today": today} if today else {})}, ensure_ascii=False) + "\n" for key, q, text in questions)
        command = [toomai, "-c", str(config), "generate", "--batch"] + (["--source", source] if source else [])
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("OPENAI_")}
        env.update(XDG_STATE_HOME=folder, XDG_CACHE_HOME=folder, XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder)
        done = subprocess.run(command, input=lines, env=env, capture_output=True, text=True)
        if done.returncode not in (0, 1) or not done.stdout:
            sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
        return {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toomai", default=str(ROOT / "build/release/toomai"))
    parser.add_argument("--url", help="connection URL with {db} in it; without it a private server is started")
    parser.add_argument("--lang", choices=LANGUAGES + ["mixed"], action="append")
    parser.add_argument("--db", choices=DATABASES, action="append")
    parser.add_argument("--source", default="grammar", help="how to answer (generate --source); empty: as configured")
    parser.add_argument("--today", help="YYYY-MM-DD that 'last month' counts from, in the sample data, too; with --url: the day it was loaded")
    parser.add_argument("--questions", help="another file of fixtures/questions, such as held_out or mixed")
    parser.add_argument("--show", choices=["wrong", "refused", "all"], help="print these questions with their SQL")
    parser.add_argument("--gold", action="store_true", help="score the gold statements: checks this program and the questions")
    parser.add_argument("--out", help="write one JSON line per question and language")
    parser.add_argument("--pred", help="score these answers (JSONL with id, sql, confidence) instead of asking toomai")
    parser.add_argument("--ask", help="write the questions as bench_nl_grammar reads them, and stop")
    parser.add_argument("--items", help="write id, dataset, ok, db per question, as nl_calibrate.py reads them")
    return parser.parse_args(arguments)


def questions_of(options):
    names = [options.questions] if options.questions else options.db or DATABASES
    return [json.loads(line) for name in names for line in (ROOT / f"fixtures/questions/{name}.jsonl").read_text().splitlines()]


def main():
    options = options_of(None)
    questions = questions_of(options)
    if options.ask:
        lines = [{"id": key, "db": q["db"], "question": text} for key, q, text in asked_in(options, questions)]
        pathlib.Path(options.ask).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        return 0
    server = None if options.url else PrivateServer(options.today)
    try:
        score(options, questions, options.url or server.url())
        return 0
    finally:
        if server:
            server.stop()


def languages_of(options, questions):
    return [lang for lang in options.lang or LANGUAGES + ["mixed"] if lang in questions[0]]


def asked_in(options, questions):
    return [(f"{q['id']}/{lang}", q, q[lang]) for lang in languages_of(options, questions) for q in questions]


def answers_to(options, url, asked):
    if options.gold:
        return {key: {"sql": q["gold"]} for key, q, _ in asked}
    if options.pred:
        return {answer["id"]: answer for answer in map(json.loads, open(options.pred, encoding="utf-8"))}
    return generate(options.toomai, url, options.source, options.today, asked)


def score(options, questions, url):
    languages = languages_of(options, questions)
    asked = asked_in(options, questions)
    answers = answers_to(options, url, asked)
    gold_rows, seen = {}, {}
    table = {lang: collections.Counter() for lang in languages}
    out = open(options.out, "w") if options.out else None
    items = open(options.items, "w") if options.items else None
    for key, q, text in asked:
        lang = key.split("/")[1]
        sql = answers.get(key, {}).get("sql")
        if q["gold"] is None:
            verdict = "refused, rightly" if sql is None else "answered the unanswerable"
        elif sql is None:
            verdict = "refused"
        else:
            if q["id"] not in gold_rows:
                gold_rows[q["id"]] = run(url.format(db=q["db"]), q["gold"], options.today)
                if isinstance(gold_rows[q["id"]], str):
                    sys.exit(f"{q['id']}: the gold statement fails: {gold_rows[q['id']]}")
                if not gold_rows[q["id"]]:
                    print(f"{q['id']}: the gold statement gives no rows today; the question is left out")
            if not gold_rows[q["id"]]:
                continue
            place = (q["db"], sql)
            if place not in seen:
                seen[place] = run(url.format(db=q["db"]), sql, options.today)
            rows, gold = seen[place], gold_rows[q["id"]]
            if isinstance(rows, str):
                verdict = "failed"
            else:
                verdict = "right" if matches(gold, rows, False) else "wrong"
                table[lang]["strict"] += matches(gold, rows, True)
        table[lang][verdict] += 1
        table[lang]["of"] += q["gold"] is not None
        table[lang]["unanswerable"] += q["gold"] is None
        if items:
            items.write(json.dumps({"id": key, "dataset": "own" if q["gold"] else "refuse", "ok": verdict == "right", "db": q["db"]}) + "\n")
        if out:
            out.write(json.dumps({"id": key, "verdict": verdict, "question": text, "gold": q["gold"], **answers.get(key, {})}, ensure_ascii=False) + "\n")
        bad = verdict in ("wrong", "failed", "answered the unanswerable")
        if options.show == "all" or (options.show == "wrong" and bad) or (options.show == "refused" and verdict == "refused"):
            print(f"{key}  {verdict}: {text}\n    gold   {q['gold']}\n    answer {sql}")

    print(f"{'language':<10}{'questions':>10}{'right %':>9}{'strict %':>9}{'wrong':>7}{'failed':>7}{'refused':>8}{'unanswerable refused':>22}")
    percent = {}
    for lang in languages:
        row = table[lang]
        percent[lang] = 100 * row["right"] / max(1, row["of"])
        refused = f"{row['refused, rightly']}/{row['unanswerable']}"
        print(f"{lang:<10}{row['of']:>10}{percent[lang]:>9.1f}{100 * row['strict'] / max(1, row['of']):>9.1f}{row['wrong']:>7}{row['failed']:>7}"
              f"{row['refused']:>8}{refused:>22}")
    print(f"questions: {min(percent.values()):.1f}")  # the language that is furthest behind
    return table


if __name__ == "__main__":
    sys.exit(main())
