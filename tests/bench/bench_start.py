#!/usr/bin/env python3
"""Spawn to answered `initialize`, and idle memory, side by side with peers that npm can install. No database is needed.

Usage: bench_start.py [BINARY] [--runs=N] [--no-peers]   (peers come from npm, into a cache directory; without npm they are left out)
Programs take turns, so that all meet the same machine. The last line is `start: MEDIAN ms` and what that is of the fastest peer's time.
"""
import json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

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
    """The peer's own program, without the script that npm puts before it."""
    cache = pathlib.Path(os.environ.get("TOOMAI_NPM_CACHE", pathlib.Path.home() / ".cache/toomai-bench-peers"))
    if not (cache / "node_modules/@toolbox-sdk/server").exists() and shutil.which("npm"):
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private":true}')
        subprocess.run(["npm", "install", "--prefix", str(cache), "--no-audit", "--no-fund", "--loglevel=error", "@toolbox-sdk/server@1"], check=False)
    found = [path for path in cache.glob("node_modules/@toolbox-sdk/server*/**/toolbox*") if path.is_file() and os.access(path, os.X_OK) and path.stat().st_size > 1_000_000]
    if not found:
        print("@toolbox-sdk/server is left out: npm cannot install it here")
    return [("@toolbox-sdk/server", [str(found[0]), "--stdio", "--prebuilt", "sqlite"])] if found else []


def row(name, samples, own):
    times = sorted(sample[0] for sample in samples)
    median, memory = statistics.median(times), statistics.median(sample[1] for sample in samples) / 1024
    print(f"{name:30} {median:10.1f} {times[int(len(times) * .9)]:8.1f} {memory:9.1f} {own / median:12.3f}  {sum(s[2] for s in samples)}/{len(samples)}")
    return median, memory


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    runs = int(next((word[7:] for word in sys.argv if word.startswith("--runs=")), 40))
    binary = words[0] if words else os.environ.get("TOOMAI_BINARY", str(HERE / "build/release/toomai"))
    with tempfile.TemporaryDirectory() as scratch:
        env = {**os.environ, "XDG_STATE_HOME": scratch, "DATABASE_URL": "postgresql://127.0.0.1:1/none", "SQLITE_DATABASE": scratch + "/x.db"}
        rivals = [] if "--no-peers" in sys.argv else peers()
        programs = [("toomai mcp", [binary, "mcp"]), *rivals, ("cat (floor of this harness)", ["/bin/cat"])]
        samples = {name: [] for name, _ in programs}
        for _ in range(runs):
            for name, command in programs:
                samples[name].append(once(command, env))
        own = statistics.median(sample[0] for sample in samples["toomai mcp"])
        print(f"{'program':30} {'median ms':>10} {'p90 ms':>8} {'idle MiB':>9} {'ours / its':>12}  answered")
        figures = {name: row(name, samples[name], own) for name, _ in programs}
        fastest = min((figures[name][0] for name, _ in rivals), default=None)
        beside = f", {own / fastest:.3f} of the fastest peer" if fastest else ""
        print(f"start: {own:.1f} ms{beside}, {figures['toomai mcp'][1]:.1f} MiB idle")


main()
