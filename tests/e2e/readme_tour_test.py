#!/usr/bin/env python3
"""The README's tour shows what the program really prints. A confidence may differ by a few percent."""
import os
import re
import subprocess
import sys

TOOMAI = os.environ["TOOMAI_BINARY"]


def tour():
    text = open("README.md", encoding="utf-8").read()
    return re.search(r"## Thirty seconds of it.*?```console\n(.*?)```", text, re.S).group(1).splitlines()


def printed(arguments, stdin=""):
    done = subprocess.run([TOOMAI, *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300)
    return done.stdout.splitlines()


def without_figures(line):
    return re.sub(r"confidence \d+ %", "confidence", line)


def main():
    check = next(line for line in tour() if line.startswith("$ echo"))
    statement = re.search(r'echo "(.*)"', check).group(1)
    real = printed(["demo", "--db", "ecommerce_small"]) + printed(["check", "--syntax-only"], statement + "\n")
    real = {without_figures(line) for line in real}
    shown = [line for line in tour() if line and not line.startswith("$")]
    missing = [line for line in shown if without_figures(line) not in real]
    for line in missing:
        print("README.md shows what is not printed:", line)
    print(f"{len(shown) - len(missing)} passed, {len(missing)} failed")
    sys.exit(bool(missing) or len(shown) < 10)


main()
