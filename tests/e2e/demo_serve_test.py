#!/usr/bin/env python3
"""`toomai demo --serve` says "Stop with Ctrl-C", and stops: the server drains, and its database is gone. Ctrl-C is heard while
PostgreSQL starts, too."""
import os, pathlib, signal, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, failures, wait_for  # noqa: E402


def start(scratch, **more):
    os.chmod(scratch, 0o777)
    return subprocess.Popen([BINARY, "demo", "--serve", "--port", "0", "--db", "ecommerce_small"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "TMPDIR": scratch, **more})


def slow_server(folder):
    """PostgreSQL's programs as the product looks for them, with an initdb that takes longer than anybody waits."""
    programs = {"pg_config": f"echo {folder}", "initdb": f"touch {folder}/begun; exec sleep 300", "postgres": "exit 1"}
    for name, script in programs.items():
        path = pathlib.Path(folder, name)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    os.chmod(folder, 0o777)


with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as programs:
    slow_server(programs)
    child = start(scratch, PATH=programs + ":" + os.environ["PATH"])
    check("PostgreSQL starts", wait_for(lambda: os.path.exists(programs + "/begun"), patience=60))
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
