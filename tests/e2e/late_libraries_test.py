#!/usr/bin/env python3
"""What a start pays for: libraries that are loaded with the first call that needs them, not before; a broken one is told of by name.
Skipped (77) where the program was linked with them as usual. TOOMAI_BINARY is the program."""
import pathlib, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, Stdio, check, environment, failures  # noqa: E402

LATE = ("libpq", "libcurl", "libssl", "libcrypto", "libsqlite3", "libstemmer")


def loaded(client):
    maps = pathlib.Path(f"/proc/{client.child.pid}/maps").read_text()
    return {name for name in LATE if "/" + name + "." in maps or "/" + name + "-" in maps}


with tempfile.TemporaryDirectory() as scratch:
    env = environment(scratch, DATABASE_URL="postgresql://127.0.0.1:1/none")
    client = Stdio(env)
    if "libpq" in loaded(client):
        print("skipped: this program was linked with its libraries as usual")
        sys.exit(77)
    check("after the handshake none of them is loaded", not loaded(client), loaded(client))
    client.tools()
    client.call("list_databases")
    check("nor for what needs no database", not loaded(client) & {"libpq", "libcurl", "libssl"}, loaded(client))
    client.call("execute", sql="SELECT 1")
    check("a call that needs one loads it", "libpq" in loaded(client), loaded(client))
    check("and the program goes on", client.ask("ping", {})["result"] == {})
    client.close()

    broken = pathlib.Path(scratch) / "libpq.so.5"
    broken.write_text("")
    done = subprocess.run([BINARY, "execute", "SELECT 1"], env={**env, "LD_LIBRARY_PATH": scratch}, capture_output=True, text=True, timeout=30)
    check("a broken library is named, with what to do", done.returncode == 127 and "libpq.so.5" in done.stderr and "install" in done.stderr, (done.returncode, done.stderr))
sys.exit(1 if failures else 0)
