"""The MCP client of the tests, over stdio or HTTP: starts the program, shakes hands, calls tools; calls may overlap."""
import http.client, json, os, queue, re, subprocess, threading, time

BINARY = os.environ.get("TOOMAI_BINARY", "build/dev/toomai")
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:700]), flush=True)
    if not good:
        failures.append(name)


def wait_for(condition, patience=15):
    until = time.monotonic() + patience
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def environment(scratch, **more):
    """One in which the program finds nothing of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TOOMAI_CONFIG", "TOOMAI_ENV")}
    return {**kept, "HOME": scratch, "XDG_STATE_HOME": scratch + "/state", "XDG_CONFIG_HOME": scratch + "/config", "LC_ALL": "C.UTF-8", **more}


class _Client:
    """`notices` holds what was sent without being asked for; `answer_questions` answers the server's own questions."""

    def __init__(self, command, env, capabilities, **pipes):
        self.notices, self.bad, self.log = queue.Queue(), [], []
        self._waiting, self._next, self._lock = {}, 0, threading.Lock()
        self._hello = {"protocolVersion": "2025-11-25", "capabilities": capabilities or {}, "clientInfo": {"name": "test", "version": "1"}}
        self.answer_questions = lambda request: {"action": "decline"}
        self.child = subprocess.Popen([BINARY, *command], stderr=subprocess.PIPE, env=env, **pipes)
        threading.Thread(target=self._read_log, daemon=True).start()

    def _read_log(self):
        for line in self.child.stderr:
            self.log.append(line.decode(errors="replace"))

    def logged(self, pattern, patience=15):
        """Waits until the log holds the pattern; the line or ''."""
        return wait_for(lambda: next((line for line in list(self.log) if re.search(pattern, line)), ""), patience)

    def _settle(self, message):
        if "method" in message and "id" in message:
            self.write({"jsonrpc": "2.0", "id": message["id"], "result": self.answer_questions(message)})
        elif message.get("id") in self._waiting:
            self._waiting.pop(message["id"]).put(message)
        else:
            self.notices.put(message)

    def send(self, method, params):
        """A queue that will hold the answer."""
        with self._lock:
            self._next += 1
            id = self._next
        answer = self._waiting[id] = queue.Queue()
        self.write({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return answer

    def ask(self, method, params, patience=60):
        return self.send(method, params).get(timeout=patience)

    def begin(self, tool, **arguments):
        return self.send("tools/call", {"name": tool, "arguments": arguments})

    def result(self, tool, patience=60, **arguments):
        """The result as it is, or the whole message when it is an error."""
        return result_of(self.begin(tool, **arguments).get(timeout=patience))

    def call(self, tool, **arguments):
        """The structured result, or {"error": {...}}."""
        result = self.result(tool, **arguments)
        return json.loads(result["content"][0]["text"]) if result.get("isError") else result.get("structuredContent", result)

    def tools(self):
        return [tool["name"] for tool in self.ask("tools/list", {})["result"]["tools"]]

    def stop(self):
        self.child.terminate()
        return self.child.wait(10)


def result_of(message):
    return message.get("result") or message


class Stdio(_Client):
    def __init__(self, env, *arguments, capabilities=None, handshake=True):
        super().__init__(["mcp", *arguments], env, capabilities, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        if handshake:
            self.initialized = self.ask("initialize", self._hello)["result"]
            self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message):
        with self._lock:
            self.child.stdin.write(json.dumps(message).encode() + b"\n")
            self.child.stdin.flush()

    def _read(self):
        for line in self.child.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                self.bad.append(line)
                continue
            if message.get("jsonrpc") != "2.0":
                self.bad.append(line)
            self._settle(message)

    def close(self):
        self.child.stdin.close()
        return self.child.wait(10)


class Http(_Client):
    def __init__(self, env, *arguments, capabilities=None, token=None):
        self.token = token
        super().__init__(["serve", "--port", "0", *arguments], env, capabilities)
        self.address = re.search(r"http://([0-9.:]+)/mcp", self.logged(r"MCP at http://")).group(1)
        self.shake_hands(token)
        threading.Thread(target=self._listen, daemon=True).start()

    def shake_hands(self, token):
        """A new session, for the holder of the token."""
        self.token, self.session = token, None
        self.initialized = self.ask("initialize", self._hello)["result"]

    def write(self, message):
        threading.Thread(target=self._post, args=(message,), daemon=True).start()

    def _headers(self):
        return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                **({"Authorization": "Bearer " + self.token} if self.token else {}),
                **({"Mcp-Session-Id": self.session} if self.session else {})}

    def _post(self, message):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request("POST", "/mcp", json.dumps(message), self._headers())
        response = connection.getresponse()
        self.session = response.getheader("Mcp-Session-Id") or self.session
        if response.getheader("Content-Type", "").startswith("text/event-stream"):
            self._read_events(response)
        elif response.status != 202:
            self._settle(json.loads(response.read()))

    def _listen(self):
        connection = http.client.HTTPConnection(self.address, timeout=600)
        connection.request("GET", "/mcp", headers=self._headers())
        self._read_events(connection.getresponse())

    def _read_events(self, response):
        for line in response:
            if line.startswith(b"data:") and line[5:].strip():
                self._settle(json.loads(line[5:]))
