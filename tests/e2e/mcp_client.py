"""An MCP client over stdio or HTTP for tests: starts the program, shakes hands, calls tools; calls may overlap."""
import http.client, json, queue, re, subprocess, threading, time


class _Server:
    def __init__(self, binary, arguments, env, **pipes):
        self.notices, self._answers, self._next, self._lock = queue.Queue(), {}, 0, threading.Lock()
        self.child = subprocess.Popen([binary, *arguments], stderr=subprocess.PIPE, env=env, text=True, **pipes)
        self.log = []
        threading.Thread(target=self._read_log, daemon=True).start()

    def _read_log(self):
        for line in self.child.stderr:
            self.log.append(line)

    def logged(self, pattern, patience=15):
        """Waits until the log holds the pattern; the line or ''."""
        return wait_for(lambda: next((line for line in list(self.log) if re.search(pattern, line)), ""), patience)

    def call(self, tool, patience=20, **arguments):
        return self.begin(tool, **arguments).get(timeout=patience)

    def stop(self):
        self.child.terminate()
        return self.child.wait(10)

    def _message(self, method, params):
        with self._lock:
            self._next += 1
            return {"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}

    def _settle(self, message):
        if "id" in message and "method" not in message:
            self._answers.pop(message["id"]).put(message.get("result") or message)
        else:
            self.notices.put(message)


class Stdio(_Server):
    def __init__(self, binary, arguments, env):
        super().__init__(binary, ["mcp", *arguments], env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        self._send("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}).get(timeout=20)

    def begin(self, tool, **arguments):
        return self._send("tools/call", {"name": tool, "arguments": arguments})

    def _send(self, method, params):
        message, answer = self._message(method, params), queue.Queue()
        self._answers[message["id"]] = answer
        with self._lock:
            self.child.stdin.write(json.dumps(message) + "\n")
            self.child.stdin.flush()
        return answer

    def _read(self):
        for line in self.child.stdout:
            self._settle(json.loads(line))


class Http(_Server):
    def __init__(self, binary, arguments, env):
        super().__init__(binary, ["serve", "--port", "0", *arguments], env)
        line = self.logged(r"MCP at http://")
        self.address = re.search(r"http://([0-9.:]+)/mcp", line).group(1)
        self.session = None
        self._post("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, queue.Queue())
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, tool, **arguments):
        answer = queue.Queue()
        threading.Thread(target=self._post, args=("tools/call", {"name": tool, "arguments": arguments}, answer), daemon=True).start()
        return answer

    def _headers(self):
        return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                **({"Mcp-Session-Id": self.session} if self.session else {})}

    def _post(self, method, params, answer):
        message = self._message(method, params)
        self._answers[message["id"]] = answer
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request("POST", "/mcp", json.dumps(message), self._headers())
        response = connection.getresponse()
        self.session = response.getheader("Mcp-Session-Id") or self.session
        if response.getheader("Content-Type", "").startswith("text/event-stream"):
            self._read_events(response)
        else:
            self._settle(json.loads(response.read()))

    def _listen(self):
        connection = http.client.HTTPConnection(self.address, timeout=600)
        connection.request("GET", "/mcp", headers=self._headers())
        self._read_events(connection.getresponse())

    def _read_events(self, response):
        for line in response:
            if line.startswith(b"data:") and line[5:].strip():
                self._settle(json.loads(line[5:]))


def wait_for(condition, patience=15):
    until = time.monotonic() + patience
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return found
