#!/usr/bin/env python3
"""Line and branch coverage per folder from a build with --coverage. Usage: coverage.py BUILD_DIRECTORY"""
import collections
import json
import subprocess
import sys

build = sys.argv[1]
report = subprocess.run(
    ["gcovr", "--root", ".", "--object-directory", build, "--json-summary", "-", "--exclude-unreachable-branches",
     "--exclude-throw-branches", "--exclude", "tests/", "--exclude", "build/", "--gcov-ignore-parse-errors"],
    check=True, capture_output=True, text=True).stdout
folders = collections.defaultdict(lambda: [0, 0, 0, 0])
for entry in json.loads(report)["files"]:
    name = entry["filename"]
    keys = {name.split("/")[0]}
    if name.startswith("engine/pg/"):
        keys = {"engine/pg"}
    if name.startswith("app/config"):
        keys.add("app/config")
    for key in keys:
        total = folders[key]
        total[0] += entry["line_covered"]
        total[1] += entry["line_total"]
        total[2] += entry["branch_covered"]
        total[3] += entry["branch_total"]
print(f"{'folder':<12} {'lines':>16} {'branches':>16}")
for key, (lines, all_lines, branches, all_branches) in sorted(folders.items()):
    line_share = 100 * lines / all_lines if all_lines else 100
    branch_share = 100 * branches / all_branches if all_branches else 100
    print(f"{key:<12} {lines:>6}/{all_lines:<6} {line_share:5.1f}% {branches:>6}/{all_branches:<6} {branch_share:5.1f}%")
