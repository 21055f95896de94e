#!/usr/bin/env python3
"""`toomai demo --serve` says "Stop with Ctrl-C", and stops: the server drains, and its database is gone. Ctrl-C is heard while
PostgreSQL starts, too."""
import os, pathlib, signal, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, failures  # noqa: E402



def start(scratch):
    os.chmod(scratch, 0o777)
    return subprocess.Popen([BINARY, "demo", "--serve", "--port", "0", "--db", "ecommerce_small"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "TMPDIR": scratch})


def wait_for_folder(scratch, patience=30):
    until = time.monotonic() + patience
    while time.monotonic() < until and not any(name.startswith("toomai-pg-") for name in os.listdir(scratch)):
        time.sleep(0.01)


with tempfile.TemporaryDirectory() as scratch:
    child = start(scratch)
    wait_for_folder(scratch)  # initdb is about to run
    child.send_signal(signal.SIGINT)
    said, told = child.communicate(timeout=60)
    check("Ctrl-C is heard while PostgreSQL starts", child.returncode == 1 and "cancelled" in told and "version" not in said, (child.returncode, said, told))
    left = os.listdir(scratch)
    check("and nothing was left behind", not left, left)

with tempfile.TemporaryDirectory() as scratch:
    child = start(scratch)
    told = ""
    for line in child.stdout:
        told += line
        if "Stop with Ctrl-C" in line:
            break
    check("it serves", "MCP endpoint: http://127.0.0.1:" in told, told)
    child.send_signal(signal.SIGINT)
    try:
        check("one Ctrl-C ends it", child.wait(60) == 0, child.returncode)
    except subprocess.TimeoutExpired:
        child.kill()
        check("one Ctrl-C ends it", False)
    left = os.listdir(scratch)
    check("and nothing is left behind", not left, left)
sys.exit(1 if failures else 0)
