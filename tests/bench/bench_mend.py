#!/usr/bin/env python3
"""Mending of recorded statements: what was right stays right, and how much of what PostgreSQL refuses is saved.

  tests/bench/bench_mend.py [--dsn "host=127.0.0.1 port=55433 user=bench_ro"] [--shared DIR] [--show]

--show prints each statement that gives other rows and each that is still refused. Last line: "mend: SHARE" of the refused
statements that PostgreSQL takes after mending, in per cent.
"""
import argparse
import os
import sys

import mend_rows

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    build = os.environ.get("TOOMAI_BUILD", os.path.join(HERE, "..", "..", "build", "release"))
    ap = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    ap.add_argument("--bench", default=os.path.join(build, "tests", "bench_mend"))
    ap.add_argument("--dsn", default=os.environ.get("EVAL_DSN", "host=127.0.0.1 port=55433 user=bench_ro"))
    ap.add_argument("--shared", default=os.environ.get("TOOMAI_SHARED", os.path.join(HERE, "..", "..", "..", "shared")))
    ap.add_argument("--show", action="store_true")
    a = ap.parse_args()
    data = os.path.join(a.shared, "bench-data")
    if not os.path.isdir(data):
        print("mend: skipped, no benchmark data in", data)
        return 77
    sys.path.insert(0, data)
    import pgmini
    import score
    _, share = mend_rows.report(a.bench, a.dsn, pgmini.parse_dsn(a.dsn), score, os.path.join(data, "sql-accepted-dev.jsonl"),
                                os.path.join(data, "sql-rejected-dev.jsonl"), os.path.join(data, "replay-dev.jsonl"), a.show)
    print("mend: %.1f" % share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
