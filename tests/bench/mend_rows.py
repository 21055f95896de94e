"""What mending does to recorded statements: does it change what is right, and does it save what PostgreSQL refuses?

For bench_mend.py and bench_nl_model.py. `bench_mend` (the program) does the mending; the rows are compared here.
"""
import collections
import json
import os
import subprocess

KINDS = ("right already", "mended, nothing to check", "mended, please check", "still refused")


def mend(bench, dsn, statements):
    lines = "".join(json.dumps(s) + "\n" for s in statements)
    done = subprocess.run([bench, "--dsn", dsn], input=lines.encode("utf-8"), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def with_questions(statements, store):
    """Those statements that a recorded model wrote, beside the question that it answered."""
    questions = {}
    for asked in store:
        for written in asked["predictions"].values():
            for sql in written.values():
                questions.setdefault((asked["db"], sql.strip()), asked["question"])
    found = [dict(s, question=questions.get((s["db"], s["sql"].strip()))) for s in statements]
    return [s for s in found if s["question"]]


def changed_rows(score, dsn, statements, rows):
    """Statements whose rows are others after mending -> [(row, as written)]."""
    runner = score.Runner(dsn, 20000)
    changed = []
    for written, row in zip(statements, rows):
        if row["sql"] == written["sql"]:
            continue
        results = []
        for sql in (written["sql"], row["sql"]):
            try:
                results.append(collections.Counter(score.norm_rows(runner.run(row["db"], score.clean(sql))[1])))
            except Exception as error:  # what failed as written may only become better
                results.append(str(error))
        if isinstance(results[0], str) or results[0] == results[1]:
            continue
        row["was_empty"] = not results[0]
        changed.append((row, written["sql"]))
    return changed


def kind_of(row):
    if not row["accepted"]:
        return KINDS[3]
    if not row["repairs"]:
        return KINDS[0]
    return KINDS[2] if any(r["risky"] for r in row["repairs"]) else KINDS[1]


def report_accepted(bench, dsn_text, dsn, score, statements, title, show):
    rows = mend(bench, dsn_text, statements)
    changed = changed_rows(score, dsn, statements, rows)
    lost = [item for item in changed if not item[0]["was_empty"]]
    corrected = [item for item in changed if item[0]["was_empty"]]
    print("%d statements that PostgreSQL accepts, %s: %d untouched, %d edited; of these %d give other rows, and %d that found nothing as "
          "written find rows" % (len(rows), title, sum(not r["repairs"] for r in rows), sum(bool(r["repairs"]) for r in rows), len(lost),
                                 len(corrected)))
    for title, items in (("other rows", lost), ("found nothing", corrected)):
        rules = collections.Counter("+".join(sorted({r["rule"] for r in row["repairs"]})) for row, _ in items)
        for rule, count in rules.most_common():
            print("   %-16s %4d  %s" % (title, count, rule))
        for row, written in items if show else []:
            print("      %s %s\n        %s\n     -> %s" % (row["source"], row["db"], written, row["sql"]))
    return lost


def report(bench, dsn_text, dsn, score, accepted, rejected, replay="", show=False):
    """Prints both tables. -> (statements that lost their rows, share of the refused that are taken, in per cent)"""
    lost, share = [], 0.0
    if os.path.exists(accepted):
        statements = list(score.load_jsonl(accepted))
        lost = report_accepted(bench, dsn_text, dsn, score, statements, "by themselves", show)
        if os.path.exists(replay):
            asked = with_questions(statements, score.load_jsonl(replay))
            report_accepted(bench, dsn_text, dsn, score, asked, "spelt as their questions name values", show)
    if os.path.exists(rejected):
        rows = mend(bench, dsn_text, score.load_jsonl(rejected))
        kinds = collections.Counter(kind_of(row) for row in rows)
        share = 100.0 * (len(rows) - kinds[KINDS[3]]) / max(1, len(rows))
        print("%d statements that PostgreSQL refuses: %.1f %% accepted after mending (%s)" %
              (len(rows), share, ", ".join("%s %d" % (kind, kinds[kind]) for kind in KINDS[1:])))
        for row in rows if show else []:
            if not row["accepted"]:
                print("      %s %s\n        %s\n        %s" % (row["db"], row["error"], row["sql"], row["refused"]))
    return lost, share
