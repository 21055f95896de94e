#!/usr/bin/env python3
"""Fit templates/confidence.inc: the probability that a reading of the grammar engine is right.

  nl_calibrate.py --pred pred.jsonl --items per-item.jsonl --out templates/confidence.inc

Several files of each may follow --pred and --items. pred.jsonl holds {"id", "features": [..]} as `bench_nl_grammar --questions … --out pred.jsonl` writes it; per-item.jsonl is what score.py --out writes.
Logistic regression by gradient descent, L2; questions of set "refuse" are wrong whatever was answered. Standard library only.
Prints the calibration error and the precision at coverage with the databases left out one at a time.
"""
import argparse
import itertools
import json
import math

NAMES = ("bias unknown unknown_share unknown_any unused worst_name mean_name joins doubt doubt_any guessed ambiguous empty "
         "partial conditions tables nested grouped ordered set_operation aggregate wanted wanted_many negations dropped "
         "length grouped_many many_tables soft twice unnamed choices synonyms untyped plain unknown_wanted rival clean").split()


def predict(weights, x):
    return 1 / (1 + math.exp(-max(-30, min(30, sum(w * v for w, v in zip(weights, x))))))


def rescale(weights, rows):
    """Shrunk weights order well and promise too little: slope and bias that make the promises true."""
    logits = [(sum(w * v for w, v in zip(weights, x)), y) for x, y, _ in rows]
    slope, bias = 1.0, 0.0
    for _ in range(400):
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


def fit(rows, steps=300, rate=0.5, l2=8e-2):
    n = len(NAMES)
    scale = [max(1e-6, math.sqrt(sum(x[i] ** 2 for x, _, _ in rows) / len(rows))) for i in range(n)]
    data = [([v / s for v, s in zip(x, scale)], y) for x, y, _ in rows]
    weights, speed = [0.0] * n, [0.0] * n
    for _ in range(steps):
        slope = [0.0] + [l2 * w for w in weights[1:]]  # the bias is free
        for x, y in data:
            error = (predict(weights, x) - y) / len(data)
            for i, v in enumerate(x):
                if v:
                    slope[i] += error * v
        for i in range(n):
            speed[i] = 0.9 * speed[i] - rate * slope[i]
            weights[i] += speed[i]
    return rescale([w / s for w, s in zip(weights, scale)], rows)


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
            features[row["id"]] = row["features"]
    rows = []
    for line in itertools.chain.from_iterable(open(file, encoding="utf-8") for file in args.items):
        item = json.loads(line)
        if item["id"] in features:
            right = 0 if item["dataset"] == "refuse" else int(item["ok"])
            rows.append((features[item["id"]], right, item["db"]))
    held_out = []
    for db in sorted({row[2] for row in rows}):
        weights = fit([row for row in rows if row[2] != db], steps=120)
        held_out += [(predict(weights, x), y) for x, y, d in rows if d == db]
    print("each database left out in turn:")
    report(held_out)
    weights = fit(rows)
    print("all:")
    report([(predict(weights, x), y) for x, y, _ in rows])
    with open(args.out, "w", encoding="utf-8") as out:
        out.write("// Fitted by tests/bench/nl_calibrate.py.\n")
        for name, weight in zip(NAMES, weights):
            out.write(f"TOOMAI_WEIGHT({name}, {weight:.4f})\n")


if __name__ == "__main__":
    main()
