#!/usr/bin/env python3
"""Recorded answers of real models, through the whole pipeline, against gold results on PostgreSQL.

  tests/bench/bench_nl_model.py [--bench BINARY] [--dsn "host=127.0.0.1 port=55433 user=bench_ro"] [--shared DIR]

Starts the replay server (recorded predictions as they were written, for SQLite), asks each question once per model with
bench_nl_model (no second call; where the model gives nothing usable, the grammar engine's answer, as the product does), scores
with the benchmark's own scorer, and prints a table, also for either half of the databases; each answer that was right as written
and is wrong now is named. Then what mending does to recorded statements (bench_mend.py says more). The databases must
be loaded (load.py of the benchmark); without --dsn a private server is made in a temporary directory. Last line:
"nl-model: EX" of dail_gpt4, in per cent.

The three models that vote are one of each kind in the store, the best known of its kind before this was measured: GPT-4 with
chosen examples, ChatGPT with a long prompt, a fine-tuned T5. They were not picked by how well they do together.
"""
import argparse
import collections
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import mend_rows

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = [("dail_gpt4", 82.0), ("c3_chatgpt", 79.0), ("gpt4_zero", 71.0), ("graphix_t5", 79.0)]
THREE = "dail_gpt4,c3_chatgpt,graphix_t5"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def configure(port, **options):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/admin/config", json.dumps(options).encode())
    urllib.request.urlopen(request).read()


def main():
    build = os.environ.get("TOOMAI_BUILD", os.path.join(HERE, "..", "..", "build", "release"))
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--bench", default=os.path.join(build, "tests", "bench_nl_model"))
    default_mend = os.path.join(build, "tests", "bench_mend")
    ap.add_argument("--bench-mend", default=default_mend)
    ap.add_argument("--dsn", default=os.environ.get("EVAL_DSN", ""))
    ap.add_argument("--shared", default=os.environ.get("TOOMAI_SHARED", os.path.join(HERE, "..", "..", "..", "shared")))
    ap.add_argument("--no-compare", action="store_true", help="run no candidate: as `generate` does by default")
    a = ap.parse_args()
    data = os.path.join(a.shared, "bench-data")
    if not os.path.isdir(data):
        print("nl-model: skipped, no benchmark data in", data)
        return 77
    sys.path.insert(0, data)
    import pgmini
    import score
    work = tempfile.mkdtemp(prefix="nl-model-")
    os.chmod(work, 0o755)
    started = ""
    dsn = a.dsn
    if not dsn:
        port = free_port()
        started = os.path.join(work, "pg")
        subprocess.run([sys.executable, os.path.join(data, "load.py"), "--start", started, "--port", str(port)], check=True,
                       stdout=subprocess.DEVNULL)
        dsn = f"host=127.0.0.1 port={port} user=bench_ro"

    def file(name):  # the development split, or whatever single split lies there
        found = sorted(f for f in os.listdir(data) if f.startswith(name + "-") and f.endswith(".jsonl"))
        wanted = name + "-dev.jsonl"
        return os.path.join(data, wanted if wanted in found or not found else found[0])

    questions = [q for q in score.load_jsonl(file("questions")) if q["dataset"] == "spider"]
    replay_port = free_port()
    replay = subprocess.Popen([sys.executable, os.path.join(a.shared, "tools", "replay-llm", "replay_llm.py"), "--store",
                               file("replay"), "--port", str(replay_port), "--arm", "raw"],
                              stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                configure(replay_port, model="dail_gpt4")
                break
            except OSError:
                time.sleep(0.1)
        store = score.load_jsonl(file("replay"))

        def ex(predictions):
            results = score.score_all(questions, predictions, pgmini.parse_dsn(dsn))
            return {r["id"]: r["ok"] for r in results}

        def run(model, samples):
            out = os.path.join(work, model.replace(",", "+") + ".jsonl")
            configure(replay_port, model=model)
            with open(out + ".log", "w", encoding="utf-8") as log:
                subprocess.run([a.bench, "--url", f"http://127.0.0.1:{replay_port}/v1", "--model", model.split(",")[0], "--samples",
                                str(samples), "--compare", "no" if a.no_compare else "yes", "--dsn", dsn, "--questions", file("questions"), "--out", out],
                           check=True, stdout=log)
            return score.load_jsonl(out)

        # By database: rules that only fit some of them would show as a gap.
        half = {db: i % 2 for i, db in enumerate(sorted({q["db"] for q in questions}))}

        runner = score.Runner(pgmini.parse_dsn(dsn), 20000)
        database = {q["id"]: q["db"] for q in questions}

        def rows_of(item, sql):
            try:
                return collections.Counter(score.norm_rows(runner.run(database[item], score.clean(sql))[1]))
            except Exception:
                return None

        def changed(written, predictions):  # PostgreSQL accepts it as written, and our statement gives other rows
            before = {p["id"]: rows_of(p["id"], written[p["id"]]) for p in predictions}
            return [p for p in predictions if before[p["id"]] is not None and (p["sql"] is None or rows_of(p["id"], p["sql"]) != before[p["id"]])]

        def row(title, raw, ours, bar, predictions, written=None):
            share = lambda ids: "%6.1f" % (100.0 * sum(ours[i] for i in ids) / max(1, len(ids)))
            halves = [[q["id"] for q in questions if half[q["db"]] == h] for h in (0, 1)]
            verified = [p["id"] for p in predictions if p.get("verified")]
            broken = [i for i in raw if raw[i] and not ours[i]]
            other = changed(written, predictions) if written else []
            print("%-34s %6s %s %6.1f %s %s %7s %7s %7d %6d %s" %
                  (title, "%.1f" % (100.0 * sum(raw.values()) / len(raw)) if raw else "", share(list(ours)), bar, share(halves[0]),
                   share(halves[1]), len(broken) if raw else "", len(other) if written else "", sum(p["sql"] is None for p in predictions), len(verified), share(verified)))
            for i in broken:
                print("   was right as written:", i)
            for p in other:
                print("   other rows:", p["id"], "by the rules" if p.get("by_rules") else p.get("repairs"))
            return 100.0 * sum(ours.values()) / len(ours)

        print("%-34s %6s %6s %6s %6s %6s %7s %7s %7s %6s %6s" % ("recorded model", "raw", "ours", "bar", "half 1", "half 2", "broken", "changed", "no SQL",
                                                          "agree", "right"))
        figures = []
        for model, bar in MODELS:
            written = {r["id"]: r["predictions"].get(model, {}).get("raw") for r in store if r["id"].startswith("spider/")}
            raw = ex([{"id": i, "sql": sql} for i, sql in written.items()])
            predictions = run(model, 1)
            figures.append(row(model, raw, ex(predictions), bar, predictions, written))
        predictions = run(THREE, 3)
        row(THREE, {}, ex(predictions), 85.0, predictions)
        print("changed: answers that PostgreSQL accepts as written, and that give other rows now")
        print("agree: answers that the grammar engine's reading confirms, and the share of them that is right")
        with open(os.path.join(work, MODELS[0][0] + ".jsonl.log"), encoding="utf-8") as log:
            print(log.readline().strip())
        if a.bench_mend == default_mend:
            subprocess.run(["ninja", "-C", build, "bench_mend"], check=True, stdout=subprocess.DEVNULL)
        mend_rows.report(a.bench_mend, dsn, pgmini.parse_dsn(dsn), score, file("sql-accepted"), file("sql-rejected"), file("replay"))
        print("nl-model: %.1f" % figures[0])
    finally:
        replay.terminate()
        replay.wait()
        if started:
            pg_ctl = next(p for p in ("/usr/lib/postgresql/%d/bin/pg_ctl" % v for v in range(20, 11, -1)) if os.path.exists(p))
            prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
            subprocess.run(prefix + [pg_ctl, "-D", started, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL, cwd=started)
        subprocess.run(["rm", "-rf", work])
    return 0


if __name__ == "__main__":
    sys.exit(main())
