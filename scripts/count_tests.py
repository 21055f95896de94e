#!/usr/bin/env python3
"""Adds up single tests: GoogleTest programs write one XML each, every other ctest entry counts as one test.

Prints each failed test again and, last, the line "N passed, N failed" (", N skipped" when some were)."""
import pathlib
import sys
import xml.etree.ElementTree as ET

folder = pathlib.Path(sys.argv[1])
passed, failed, skipped, failures = 0, 0, 0, []
programs = set()

for path in sorted(folder.glob("*.xml")):
    programs.add(path.stem)
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            failed += 1
            failures.append(f"{path.stem}: {name}")
        elif case.get("status") == "notrun":
            continue
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped += 1
        else:
            passed += 1

junit = folder / "ctest.junit"
if junit.exists():
    for case in ET.parse(junit).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        # A program that crashed or timed out has failed, whatever its tests wrote before.
        if status == "fail" and (name not in programs or not any(f.startswith(name + ":") for f in failures)):
            failed += 1
            failures.append(name)
        elif name in programs:
            continue
        elif status == "run":
            passed += 1
        elif status in ("notrun", "disabled", "skipped"):
            skipped += 1

for failure in failures:
    print("failed:", failure)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
