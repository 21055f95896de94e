#!/usr/bin/env python3
"""`toomai demo --serve` says "Stop with Ctrl-C", and stops: the server drains, and its database is gone."""
import os, pathlib, signal, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, failures  # noqa: E402

with tempfile.TemporaryDirectory() as scratch:
    os.chmod(scratch, 0o777)
    child = subprocess.Popen([BINARY, "demo", "--serve", "--port", "0", "--db", "ecommerce_small"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             env={**os.environ, "TMPDIR": scratch})
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
