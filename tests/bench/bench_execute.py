#!/usr/bin/env python3
"""`SELECT 1` through MCP over stdio, side by side with the peers that npm can install, all against one private PostgreSQL:
median latency of one call at a time, and calls per second with 32 in flight. Rounds take turns, so that what else the machine does
hits all alike. Ours opens a read-only transaction with its own limits and writes the history; the peers may not.

Usage: bench_execute.py [BINARY] [--calls=N] [--rounds=N]      (needs npm for the peers; without it, ours runs alone)
Peers are kept in $TOOMAI_NPM_CACHE (~/.cache/toomai-bench-peers). The last line is `execute: RATIO` of our median latency to the fastest peer's.
"""
import json, os, pathlib, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(HERE / "tests/e2e"))
from private_postgres import PrivatePostgres  # noqa: E402

PEERS = ["@toolbox-sdk/server@1.12", "@modelcontextprotocol/server-postgres@0.6.2"]
IN_FLIGHT = 32


class Client:
    """Sends prepared lines and counts answers, so that what is measured is the server and not this script."""

    def __init__(self, name, command, env, tool):
        self.name, self.tool, self.next_id = name, tool, 1
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.ask("initialize", {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}})
        self.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}) + "\n")
        answer = self.ask("tools/call", {"name": tool, "arguments": {"sql": "SELECT 1"}})
        if "result" not in answer or answer["result"].get("isError"):
            raise RuntimeError(f"{name} does not answer: {json.dumps(answer)[:300]}")

    def write(self, text):
        self.child.stdin.write(text.encode())
        self.child.stdin.flush()

    def read(self):
        while True:
            line = self.child.stdout.readline()
            if not line:
                raise RuntimeError(f"{self.name} has ended")
            if b'"id"' in line:
                return line

    def request(self, method, params):
        self.next_id += 1
        return json.dumps({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}) + "\n"

    def ask(self, method, params):
        self.write(self.request(method, params))
        return json.loads(self.read())

    def call(self):
        return self.request("tools/call", {"name": self.tool, "arguments": {"sql": "SELECT 1"}})

    def latencies(self, calls):
        times = []
        for request in [self.call() for _ in range(calls)]:
            began = time.perf_counter()
            self.write(request)
            self.read()
            times.append((time.perf_counter() - began) * 1000)
        return times

    def throughput(self, calls):
        requests = [self.call() for _ in range(calls)]
        began = time.perf_counter()
        self.write("".join(requests[:IN_FLIGHT]))
        for i in range(calls):
            self.read()
            if i + IN_FLIGHT < calls:
                self.write(requests[i + IN_FLIGHT])
        return calls / (time.perf_counter() - began)

    def close(self):
        self.child.stdin.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def installed_peers(cache):
    modules = cache / "node_modules"
    if not (modules / "@toolbox-sdk/server").exists() or not (modules / "@modelcontextprotocol/server-postgres").exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private":true}')
        try:
            subprocess.run(["npm", "install", "--prefix", str(cache), "--no-audit", "--no-fund", "--loglevel=error", *PEERS], check=False)
        except FileNotFoundError:
            print("npm is not installed: no peers")
    return modules


def start(binary, database, scratch):
    cache = pathlib.Path(os.environ.get("TOOMAI_NPM_CACHE", pathlib.Path.home() / ".cache/toomai-bench-peers"))
    modules = installed_peers(cache)
    url = database.url("reader")
    env = {**os.environ, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config", "DATABASE_URL": url,
           "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(database.port), "POSTGRES_DATABASE": "postgres", "POSTGRES_USER": "reader", "POSTGRES_PASSWORD": "unused"}
    toolbox = [path for path in modules.glob("@toolbox-sdk/server*/**/toolbox*") if path.is_file() and os.access(path, os.X_OK) and path.stat().st_size > 1_000_000]
    candidates = [("toomai mcp", [binary, "mcp"], "execute")]
    if toolbox:  # the bare binary: its npm wrapper would only add to it
        candidates.append(("@toolbox-sdk/server", [str(toolbox[0]), "--stdio", "--prebuilt", "postgres"], "execute_sql"))
    reference = modules / "@modelcontextprotocol/server-postgres/dist/index.js"
    if reference.exists():
        candidates.append(("server-postgres", ["node", str(reference), url], "query"))
    clients = []
    for name, command, tool in candidates:
        try:
            clients.append(Client(name, command, env, tool))
        except RuntimeError as error:
            print(error)
    return clients


def main():
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    option = lambda name, otherwise: int(next((word.split("=")[1] for word in sys.argv if word.startswith(f"--{name}=")), otherwise))
    calls, rounds = option("calls", 100), option("rounds", 10)
    binary = str(pathlib.Path(words[0] if words else os.environ.get("TOOMAI_BINARY", HERE / "build/release/toomai")).resolve())
    with tempfile.TemporaryDirectory() as scratch, PrivatePostgres("CREATE ROLE reader LOGIN") as database:
        clients = start(binary, database, scratch)
        latency, rate = {client.name: [] for client in clients}, {client.name: [] for client in clients}
        for client in clients:
            client.latencies(calls)  # warm
        for _ in range(rounds):
            for client in clients:
                latency[client.name] += client.latencies(calls)
            for client in clients:
                rate[client.name].append(client.throughput(5 * calls))
        for client in clients:
            client.close()
    print(f"{'program':22} {'median ms':>10} {'p90 ms':>8} {'calls/s, 32 in flight':>22}")
    median = {name: statistics.median(times) for name, times in latency.items()}
    calls_per_second = {name: statistics.median(rates) for name, rates in rate.items()}
    for name, times in latency.items():
        print(f"{name:22} {median[name]:10.3f} {sorted(times)[int(len(times) * .9)]:8.3f} {calls_per_second[name]:22.0f}")
    peers = [name for name in median if name != "toomai mcp"]
    if not peers or "toomai mcp" not in median:
        print(f"execute: {median.get('toomai mcp', 0):.3f} ms (no peer to compare with)")
        return
    latency_ratio = median["toomai mcp"] / min(median[name] for name in peers)
    rate_ratio = calls_per_second["toomai mcp"] / max(calls_per_second[name] for name in peers)
    print(f"throughput against the best peer: {rate_ratio:.2f} times")
    print(f"execute: {latency_ratio:.2f} of the fastest peer's median latency")


main()
