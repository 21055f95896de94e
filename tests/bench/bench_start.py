#!/usr/bin/env python3
"""Spawn to answered `initialize`, and idle memory, side by side with peers that npm can install. No database is needed.

Usage: bench_start.py [BINARY] [--runs N] [--peers]   (--peers: also @toolbox-sdk/server from npm, in a cache directory)
The last line is `start: MEDIAN ms`.
"""
import json, os, pathlib, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}}) + "\n"


def once(command, env):
    began = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, bufsize=0)
    child.stdin.write(INITIALIZE.encode())
    line = child.stdout.readline()
    took = (time.perf_counter() - began) * 1000
    good = b'"result"' in line
    time.sleep(0.05)
    memory = 0
    try:
        for status in open(f"/proc/{child.pid}/status"):
            if status.startswith(("RssAnon", "RssFile", "RssShmem")):
                memory += int(status.split()[1])
    except OSError:
        pass
    child.stdin.close()
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return took, memory, good


def peers():
    cache = pathlib.Path(os.environ.get("TOOMAI_NPM_CACHE", pathlib.Path.home() / ".cache/toomai-bench-peers"))
    program = cache / "node_modules/@toolbox-sdk/server"
    if not program.exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private":true}')
        subprocess.run(["npm", "install", "--prefix", str(cache), "--no-audit", "--no-fund", "--loglevel=error", "@toolbox-sdk/server@1"], check=False)
    found = [path for path in cache.glob("node_modules/@toolbox-sdk/server*/**/toolbox*") if path.is_file() and os.access(path, os.X_OK) and path.stat().st_size > 1_000_000]
    return [("@toolbox-sdk/server", [str(found[0]), "--stdio", "--prebuilt", "sqlite"])] if found else []


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    runs = int(next((word[7:] for word in sys.argv if word.startswith("--runs=")), 40))
    binary = words[0] if words else str(HERE / "build/release/toomai")
    with tempfile.TemporaryDirectory() as scratch:
        env = {**os.environ, "XDG_STATE_HOME": scratch, "DATABASE_URL": "postgresql://127.0.0.1:1/none", "SQLITE_DATABASE": scratch + "/x.db"}
        rows = [("toomai mcp", [binary, "mcp"]), ("cat (floor of this harness)", ["/bin/cat"])]
        if "--peers" in sys.argv:
            rows += peers()
        print(f"{'program':34} {'median ms':>10} {'p90 ms':>8} {'idle MiB':>9}  answered")
        median = {}
        for name, command in rows:
            samples = [once(command, env) for _ in range(runs)]
            times = sorted(sample[0] for sample in samples)
            median[name] = statistics.median(times)
            memory = statistics.median(sample[1] for sample in samples) / 1024
            print(f"{name:34} {median[name]:10.1f} {times[int(len(times) * .9)]:8.1f} {memory:9.1f}  {sum(s[2] for s in samples)}/{runs}")
        print(f"start: {median['toomai mcp']:.1f} ms")


main()
