"""What mending does to recorded statements: does it change what is right, and does it save what PostgreSQL refuses?

For bench_mend.py and bench_nl_model.py. `bench_mend` (the program) does the mending; the rows are compared here.
"""
import collections
import json
import os
import subprocess

KINDS = ("right already", "mended, nothing to check", "mended, please check", "still refused")


def mend(bench, dsn, path):
    with open(path, encoding="utf-8") as lines:
        done = subprocess.run([bench, "--dsn", dsn], stdin=lines, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def changed_rows(score, dsn, path, rows):
    """Statements whose rows are others after mending -> [(row, as written)], and how many were compared."""
    runner = score.Runner(dsn, 20000)
    changed = []
    for written, row in zip(score.load_jsonl(path), rows):
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


def report(bench, dsn_text, dsn, score, accepted, rejected, show=False):
    """Prints both tables. -> (statements that lost their rows, share of the refused that are taken, in per cent)"""
    lost, share = [], 0.0
    if os.path.exists(accepted):
        rows = mend(bench, dsn_text, accepted)
        changed = changed_rows(score, dsn, accepted, rows)
        lost = [item for item in changed if not item[0]["was_empty"]]
        corrected = [item for item in changed if item[0]["was_empty"]]
        print("%d statements that PostgreSQL accepts: %d untouched, %d edited; of these %d give other rows, and %d that found "
              "nothing as written find rows" % (len(rows), sum(not r["repairs"] for r in rows), sum(bool(r["repairs"]) for r in rows),
                                                 len(lost), len(corrected)))
        for title, items in (("other rows", lost), ("found nothing", corrected)):
            rules = collections.Counter("+".join(sorted({r["rule"] for r in row["repairs"]})) for row, _ in items)
            for rule, count in rules.most_common():
                print("   %-16s %4d  %s" % (title, count, rule))
            for row, written in items if show else []:
                print("      %s %s\n        %s\n     -> %s" % (row["source"], row["db"], written, row["sql"]))
    if os.path.exists(rejected):
        rows = mend(bench, dsn_text, rejected)
        kinds = collections.Counter(kind_of(row) for row in rows)
        share = 100.0 * (len(rows) - kinds[KINDS[3]]) / max(1, len(rows))
        print("%d statements that PostgreSQL refuses: %.1f %% accepted after mending (%s)" %
              (len(rows), share, ", ".join("%s %d" % (kind, kinds[kind]) for kind in KINDS[1:])))
        for row in rows if show else []:
            if not row["accepted"]:
                print("      %s %s\n        %s\n        %s" % (row["db"], row["error"], row["sql"], row["refused"]))
    return lost, share
