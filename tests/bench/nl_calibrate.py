#!/usr/bin/env python3
"""Fit templates/confidence.inc: the probability that a reading of the grammar engine is right.

  nl_calibrate.py --pred pred.jsonl --items per-item.jsonl --out templates/confidence.inc

Several files of each may follow --pred and --items. pred.jsonl holds {"id", "features": [..]} as `bench_nl_grammar --questions … --out pred.jsonl` writes it; per-item.jsonl is what score.py --out writes.
Logistic regression by gradient descent, L2; then a rising line through a few knots that says what its number was worth on the database
left out. Questions of set "refuse" are wrong whatever was answered. Standard library only. Prints the calibration error and the precision
at coverage with the databases left out one at a time, the knots of each fitted without it.
"""
import argparse
import itertools
import json
import math

NAMES = ("bias unknown unknown_share unknown_any unused worst_name mean_name joins doubt doubt_any guessed ambiguous empty "
         "partial conditions tables nested grouped ordered set_operation aggregate wanted wanted_many negations dropped "
         "length grouped_many many_tables soft twice unnamed choices synonyms untyped plain unknown_wanted rival clean ideographs bare").split()


def predict(weights, x):
    return 1 / (1 + math.exp(-max(-30, min(30, sum(weights[i] * v for i, v in x)))))


def rescale(weights, rows):
    """Shrunk weights order well and promise too little: slope and bias that make the promises true."""
    logits = [(sum(weights[i] * v for i, v in x), y) for x, y, _ in rows]
    slope, bias = 1.0, 0.0
    for _ in range(150):
        gs = gb = 0.0
        for z, y in logits:
            error = 1 / (1 + math.exp(-max(-30, min(30, slope * z + bias)))) - y
            gs += error * z / len(logits)
            gb += error / len(logits)
        slope -= 0.3 * gs
        bias -= 0.5 * gb
    weights = [w * slope for w in weights]
    weights[0] += bias
    return weights


def fit(rows, steps=150, rate=0.5, l2=8e-2):
    n = len(NAMES)
    scale = [1e-12] * n
    for x, _, _ in rows:
        for i, v in x:
            scale[i] += v * v / len(rows)
    scale = [max(1e-6, math.sqrt(s)) for s in scale]
    data = [([(i, v / scale[i]) for i, v in x], y) for x, y, _ in rows]
    weights, speed = [0.0] * n, [0.0] * n
    for _ in range(steps):
        slope = [0.0] + [l2 * w for w in weights[1:]]  # the bias is free
        for x, y in data:
            error = (predict(weights, x) - y) / len(data)
            for i, v in x:
                slope[i] += error * v
        for i in range(n):
            speed[i] = 0.9 * speed[i] - rate * slope[i]
            weights[i] += speed[i]
    return rescale([w / s for w, s in zip(weights, scale)], rows)


def knots(scored, count=10):
    """(raw, share right) of about equally many answers each, pooled until they rise; ends flat."""
    scored = sorted(scored)
    blocks = []
    for b in range(count):
        part = scored[b * len(scored) // count:(b + 1) * len(scored) // count]
        blocks.append([sum(p for p, _ in part), sum(y for _, y in part), len(part)])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last)]
    inner = [(raw / n, (right + 0.5) / (n + 1)) for raw, right, n in blocks]
    top = [(1.0, min(0.995, inner[-1][1] + (1 - inner[-1][1]) / 2))] if inner[-1][0] < 0.97 else []
    return ([(0.0, 0.0)] if inner[0][0] > 0.02 else []) + inner + top


def promised(line, raw):
    if raw <= line[0][0]:
        return line[0][1]
    for (a, pa), (b, pb) in zip(line, line[1:]):
        if raw <= b:
            return pa + (pb - pa) * (raw - a) / (b - a)
    return line[-1][1]


def report(scored):
    scored = sorted(scored, reverse=True)
    n = len(scored)
    error = 0
    for b in range(10):
        bin_ = [(p, y) for p, y in scored if b / 10 <= p < (b + 1) / 10 or (b == 9 and p == 1)]
        if bin_:
            error += len(bin_) / n * abs(sum(p for p, _ in bin_) / len(bin_) - sum(y for _, y in bin_) / len(bin_))
    for share in (0.2, 0.3, 0.45, 0.6):
        top = scored[:int(share * n)]
        print(f"coverage {share:.2f}: precision {sum(y for _, y in top) / len(top):.3f} from confidence {top[-1][0]:.2f}")
    print(f"calibration error {error:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pred", required=True, nargs="+")
    parser.add_argument("--items", required=True, nargs="+")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    features = {}
    for line in itertools.chain.from_iterable(open(file, encoding="utf-8") for file in args.pred):
        row = json.loads(line)
        if row.get("features"):
            features[row["id"]] = [(i, v) for i, v in enumerate(row["features"]) if v]  # most are 0
    rows = []
    for line in itertools.chain.from_iterable(open(file, encoding="utf-8") for file in args.items):
        item = json.loads(line)
        if item["id"] in features:
            right = 0 if item["dataset"] == "refuse" else int(item["ok"])
            rows.append((features[item["id"]], right, item["db"]))
    databases = sorted({row[2] for row in rows})
    left_out = {}
    for db in databases:
        weights = fit([row for row in rows if row[2] != db], steps=80)
        left_out[db] = [(predict(weights, x), y) for x, y, d in rows if d == db]
    raw = [answer for db in databases for answer in left_out[db]]
    print("each database left out in turn, the regression alone:")
    report(raw)
    print("each database left out in turn, of the regression and of the knots:")
    report([(promised(knots([a for other in databases if other != db for a in left_out[other]]), p), y)
            for db in databases for p, y in left_out[db]])
    weights, line = fit(rows), knots(raw)
    print("all, as written:")
    report([(promised(line, predict(weights, x)), y) for x, y, _ in rows])
    with open(args.out, "w", encoding="utf-8") as out:
        out.write("// Fitted by tests/bench/nl_calibrate.py.\n")
        for name, weight in zip(NAMES, weights):
            out.write(f"TOOMAI_WEIGHT({name}, {weight:.4f})\n")
        for p, worth in line:
            out.write(f"TOOMAI_KNOT({p:.4f}, {worth:.4f})\n")


if __name__ == "__main__":
    main()
