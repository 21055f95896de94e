#!/usr/bin/env python3
"""Line and branch coverage per folder from an instrumented build that has run, and per file of the folders that are named.
A build of the preset coverage is counted with gcov, one of the preset branches with llvm-cov (see HACKING.md).
With --missed, instead: each condition below the folders that never went one way (of a build of the preset branches).
Usage: coverage.py [--missed] BUILD_DIRECTORY [FOLDER...]"""
import collections
import glob
import json
import os
import subprocess
import sys

# Parts of a folder that are told apart: they are reported beside it, or instead of it.
APART = {"engine/pg/": "engine/pg"}
BESIDE = {"app/config": "app/config", "schema/linker": "schema/linker"}


def measure(build):
    profiles = glob.glob(f"{build}/**/*.profraw", recursive=True)
    return measure_source(build, profiles) if profiles else measure_machine_code(build)


def source_files(build, profiles, *options):
    """What llvm-cov says of each source file: the counts of all programs that ran, added up."""
    merged = f"{build}/all.profdata"
    subprocess.run(["llvm-profdata", "merge", "-sparse", *profiles, "-o", merged], check=True)
    programs = [p for p in glob.glob(f"{build}/tests/*") + [f"{build}/toomai"] if os.path.isfile(p) and os.access(p, os.X_OK)]
    objects = [part for program in programs[1:] for part in ("-object", program)]
    report = subprocess.run(["llvm-cov", "export", "-instr-profile", merged, programs[0], *objects, *options],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(report)["data"][0]["files"]


def print_missed(build, folders):
    profiles = glob.glob(f"{build}/**/*.profraw", recursive=True)
    for entry in source_files(build, profiles, *folders):
        ways = collections.defaultdict(lambda: (0, 0))
        for line, column, _, _, taken, passed, *_ in entry["branches"]:  # a template has them once for each instance
            ways[line, column] = tuple(map(max, ways[line, column], (taken, passed)))
        for (line, column), (taken, passed) in sorted(ways.items()):
            if not taken or not passed:
                never = "reached" if not taken and not passed else "false" if taken else "true"
                print(f"{os.path.relpath(entry['filename'])}:{line}:{column}: never {never}")


def measure_source(build, profiles):
    for entry in source_files(build, profiles, "-summary-only"):
        name = os.path.relpath(entry["filename"])
        if not name.startswith(("..", "tests/", "build/")):
            counts = entry["summary"]
            yield {"filename": name, **{f"{short}_{to}": counts[kind][of] for short, kind in (("line", "lines"), ("branch", "branches"))
                                        for to, of in (("covered", "covered"), ("total", "count"))}}


def measure_machine_code(build):
    report = subprocess.run(
        ["gcovr", "--root", ".", "--object-directory", build, "--json-summary", "-", "--exclude-unreachable-branches",
         "--exclude-throw-branches", "--exclude", "tests/", "--exclude", "build/", "--gcov-ignore-parse-errors",
         "-j", str(os.cpu_count() or 2), build],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(report)["files"]


def folders_of(name):
    first = next((folder for start, folder in APART.items() if name.startswith(start)), name.split("/")[0])
    return [first] + [folder for start, folder in BESIDE.items() if name.startswith(start)]


def row(name, counts):
    lines, all_lines, branches, all_branches = counts
    share = lambda part, whole: 100 * part / whole if whole else 100
    return (f"{name:<34} {lines:>6}/{all_lines:<6} {share(lines, all_lines):5.1f}% "
            f"{branches:>6}/{all_branches:<6} {share(branches, all_branches):5.1f}%")


def main(arguments):
    missed = arguments[0] == "--missed"
    build, *wanted = arguments[missed:]
    if missed:
        return print_missed(build, wanted)
    folders, files = collections.defaultdict(lambda: [0, 0, 0, 0]), {}
    for entry in measure(build):
        counts = [entry[key] for key in ("line_covered", "line_total", "branch_covered", "branch_total")]
        for folder in folders_of(entry["filename"]):
            folders[folder] = [a + b for a, b in zip(folders[folder], counts)]
            if folder in wanted:
                files[entry["filename"]] = counts
    print(f"{'':<34} {'lines':>13}        {'branches':>13}")
    for name, counts in sorted(files.items()):
        print(row(name, counts))
    for folder, counts in sorted(folders.items()):
        print(row(folder, counts))


if __name__ == "__main__":
    main(sys.argv[1:])
