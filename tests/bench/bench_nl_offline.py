#!/usr/bin/env python3
"""Answers without a model on the development half of the benchmark data (../shared/bench-data, or TOOMAI_SHARED).

  ./run bench nl-offline [--dsn "host=… port=… user=bench_ro"] [--keep DIR]

Starts a private PostgreSQL with the benchmark's databases (unless --dsn names one), asks every question through
`toomai generate --batch --source grammar` with the threshold off, scores with the benchmark's own score.py, and prints
execution accuracy, precision at coverage, calibration error, refusals of unanswerable questions and time per question.
Questions on databases that have a file in fixtures/glossary are asked again with it; the engine alone is timed on 1,000 tables.
The last line is `nl-offline: POOLED EX`. Skips (exit 77) where the data are absent.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("TOOMAI_SHARED", ROOT.parent / "shared")) / "bench-data"
PORT = 55491


def start(folder):
    subprocess.run([sys.executable, str(DATA / "load.py"), "--start", folder, "--port", str(PORT)], check=True, stdout=subprocess.DEVNULL)
    return f"host=127.0.0.1 port={PORT} user=bench_ro"


def stop(folder):
    for file in pathlib.Path(folder).rglob("postmaster.pid"):
        os.kill(int(file.read_text().splitlines()[0]), signal.SIGINT)
    shutil.rmtree(folder, ignore_errors=True)


def glossary(db):
    """The words of the people who ask, as an operator would write them; None where there are none."""
    file = ROOT / f"fixtures/glossary/{db}.yaml"
    return str(file) if file.exists() else None


def ask(binary, dsn, questions, folder, with_glossary=False):
    databases = [{"name": db, "url": f"{dsn} dbname={db}", "scan_values": True} for db in sorted({q["db"] for q in questions})]
    for database in databases:
        if with_glossary:
            database["glossary"] = glossary(database["name"])
    config = {"databases": databases, "generation": {"low_confidence": 0.0}}
    path = pathlib.Path(folder) / "config.json"  # JSON is YAML
    path.write_text(json.dumps(config))
    lines = "".join(json.dumps({"id": q["id"], "db": q["db"], "question": q["question"], "evidence": q["evidence"] or ""}) + "\n" for q in questions)
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith(("OPENAI_", "PG"))}
    env.update(XDG_STATE_HOME=folder, XDG_CACHE_HOME=folder, XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder)
    done = subprocess.run([binary, "-c", str(path), "generate", "--batch", "--source", "grammar"], input=lines, env=env, capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"toomai generate: status {done.returncode}\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", help="server that has the databases already")
    parser.add_argument("--keep", help="leave answers.jsonl and items.jsonl in this directory")
    options = parser.parse_args()
    if not (DATA / "score.py").exists():
        print(f"skipped: no benchmark data in {DATA}")
        sys.exit(77)
    binary = os.environ.get("TOOMAI_BINARY", str(ROOT / "build/release/toomai"))
    folder = tempfile.mkdtemp(prefix="toomai-nl-")
    if os.geteuid() == 0:
        os.chmod(folder, 0o755)
    server = None if options.dsn else f"{folder}/pg"
    try:
        dsn = options.dsn or start(server)
        questions = [json.loads(line) for line in open(DATA / "questions-dev.jsonl", encoding="utf-8")]
        answers = ask(binary, dsn, questions, folder)
        glossed = [q for q in questions if glossary(q["db"])]
        glossed_items = score(ask(binary, dsn, glossed, folder, True), glossed, dsn, folder, "glossary-") if glossed else []
        ex = report(answers, score(answers, questions, dsn, folder, ""), glossed_items)
        time_many_tables(binary)
        print(f"nl-offline: {ex:.1f}")
        if options.keep:
            pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
            for name in ("answers.jsonl", "items.jsonl"):
                shutil.copy(pathlib.Path(folder) / name, options.keep)
    finally:
        if server:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def score(answers, questions, dsn, folder, prefix):
    """The benchmark's own verdicts."""
    folder = pathlib.Path(folder)
    for name, rows in (("questions", questions), ("answers", answers)):
        (folder / f"{prefix}{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    subprocess.run([sys.executable, str(DATA / "score.py"), "--questions", str(folder / f"{prefix}questions.jsonl"), "--pred",
                    str(folder / f"{prefix}answers.jsonl"), "--dsn", dsn, "--out", str(folder / f"{prefix}items.jsonl")],
                   check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in open(folder / f"{prefix}items.jsonl", encoding="utf-8")]


def time_many_tables(binary):
    """The engine alone on 1,000 tables, where its bench was built."""
    program = pathlib.Path(binary).parent / "tests/bench_nl_grammar"
    if program.exists():
        done = subprocess.run([str(program), "--tables", "1000"], capture_output=True, text=True, check=True)
        print(done.stdout.splitlines()[0])
    else:
        print("1000 tables: not timed, bench_nl_grammar is not built beside the program")


def report(answers, items, glossed):
    by_id = {a["id"]: a for a in answers}
    sets = collections.defaultdict(list)
    for item in items:
        answer = by_id.get(item["id"], {})
        confidence = answer.get("confidence", 0) if answer.get("sql") else 0
        sets[item["dataset"]].append((confidence, bool(item["ok"]) and bool(answer.get("sql"))))
    refuse = [c for c, _ in sets.pop("refuse", [])]
    pooled = sorted((row for rows in sets.values() for row in rows), reverse=True)
    print(f"{'set':<20}{'questions':>10}{'EX %':>8}")
    for name, rows in sorted(sets.items()):
        print(f"{name:<20}{len(rows):>10}{100 * sum(ok for _, ok in rows) / len(rows):>8.1f}")
    for name in sorted({item["dataset"] for item in glossed}):
        rows = [bool(item["ok"]) for item in glossed if item["dataset"] == name]
        print(f"{name + ' + glossary':<20}{len(rows):>10}{100 * sum(rows) / len(rows):>8.1f}")
    ex = 100 * sum(ok for _, ok in pooled) / len(pooled)
    print(f"{'pooled':<20}{len(pooled):>10}{ex:>8.1f}\n")
    for share in (0.20, 0.45, 0.60):
        top = pooled[:int(share * len(pooled))]
        threshold = top[-1][0]
        kept = sum(c < threshold for c in refuse) / max(1, len(refuse))
        print(f"answering {100 * share:.0f} % (confidence {threshold:.2f} and above): right {100 * sum(ok for _, ok in top) / len(top):.1f} %, "
              f"unanswerable refused {100 * kept:.1f} %")
    error = 0
    for b in range(10):
        rows = [r for r in pooled if b / 10 <= r[0] < (b + 1) / 10 or (b == 9 and r[0] >= 1)]
        if rows:
            error += abs(sum(c for c, _ in rows) - sum(ok for _, ok in rows)) / len(pooled)
    print(f"calibration error {error:.3f}")
    times = sorted(a["ms"] for a in answers if "ms" in a)
    if times:
        print(f"generate: p50 {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms (validation and bookkeeping included)")
    return ex


if __name__ == "__main__":
    main()
