"""toomai mcp over stdio, spoken by hand: one call at a time or several in flight."""
import json, os, queue, subprocess, threading

BINARY = os.environ.get("TOOMAI_BINARY", "build/dev/toomai")
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:700]), flush=True)
    if not good:
        failures.append(name)


class McpClient:
    def __init__(self, scratch, url=None, config=None, capabilities=None):
        env = {**os.environ, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config"}
        env.pop("DATABASE_URL", None)
        if url:
            env["DATABASE_URL"] = url
        command = [BINARY, "mcp"]
        if config:
            env["TOOMAI_CONFIG"] = config
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.next_id, self.waiting, self.lock = 0, {}, threading.Lock()
        self.answer_questions = lambda request: {"action": "decline"}
        threading.Thread(target=self._read, daemon=True).start()
        self.initialized = self.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": capabilities or {},
                                                   "clientInfo": {"name": "test", "version": "1"}})["result"]
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _read(self):
        for line in self.child.stdout:
            message = json.loads(line)
            if "method" in message and "id" in message:
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": self.answer_questions(message)})
            elif message.get("id") in self.waiting:
                self.waiting[message["id"]].put(message)

    def _write(self, message):
        with self.lock:
            self.child.stdin.write(json.dumps(message).encode() + b"\n")
            self.child.stdin.flush()

    def send(self, method, params):
        with self.lock:
            self.next_id += 1
            id = self.next_id
        self.waiting[id] = queue.Queue()
        self._write({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return id

    def wait(self, id, patience=60):
        return self.waiting[id].get(timeout=patience)

    def ask(self, method, params):
        return self.wait(self.send(method, params))

    def call(self, tool, **arguments):
        """The structured result, or {"error": {...}}."""
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        if "error" in answer:
            return answer
        result = answer["result"]
        return json.loads(result["content"][0]["text"]) if result.get("isError") else result["structuredContent"]

    def tools(self):
        return [tool["name"] for tool in self.ask("tools/list", {})["result"]["tools"]]

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)
