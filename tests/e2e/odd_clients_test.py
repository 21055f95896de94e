#!/usr/bin/env python3
"""Clients that are odd and within their rights, over stdio and HTTP, without a database: ids of every kind, `_meta` everywhere, missing and
unknown fields, requests before the handshake is over, CRLF lines, chunked bodies, old HTTP. TOOMAI_BINARY is the program."""
import json, pathlib, re, socket, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, environment, failures  # noqa: E402

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "odd", "version": "1"}}
MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def request(id, method, params=None, **more):
    return {"jsonrpc": "2.0", "id": id, "method": method, **({} if params is None else {"params": params}), **more}


def converse(scratch, text):
    """Everything that a server says to these bytes on its input, in order."""
    env = environment(scratch, DATABASE_URL="postgresql://127.0.0.1:1/none")
    done = subprocess.run([BINARY, "--log-level", "off", "mcp"], input=text, capture_output=True, env=env, timeout=30)
    check("the program ends by itself, quietly", done.returncode == 0 and not done.stderr, (done.returncode, done.stderr))
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines(*messages, end="\n"):
    return "".join((message if isinstance(message, str) else json.dumps(message)) + end for message in messages).encode()


def by_id(messages):
    return {json.dumps(message.get("id")): message for message in messages}


def test_ids(scratch):
    ids = [0, -1, 7, 2**31, 2**53 + 1, 2**63 - 1, 2**64 - 1, "", "0", "7", "ключ-鍵", "a" * 200, '"quoted"\\']
    heard = converse(scratch, lines(*[request(id, "ping") for id in ids]))
    check("each id comes back as it was, type and all", [message.get("id", message) for message in heard] == ids, heard)
    heard = converse(scratch, lines('{"jsonrpc":"2.0","id":"\\u0041\\ud83d\\ude00","method":"ping"}'))
    check("escapes in ids are understood", heard[0]["id"] == "A😀", heard)
    for id in ('"\\u0000"', "1.5", "true", "[1]", "{}", "null"):
        heard = converse(scratch, lines('{"jsonrpc":"2.0","id":%s,"method":"ping"}' % id))
        check(f"the id {id} is refused without an id", len(heard) == 1 and heard[0]["error"]["code"] == -32600 and "id" not in heard[0], heard)


def test_envelopes(scratch):
    heard = by_id(converse(scratch, lines(
        request(1, "initialize", {**HELLO, "_meta": {"anything": [1, {"deep": None}]}, "future": {"x": 1}}, extra="field"),
        {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {"_meta": {}}},
        {"jsonrpc": "2.0", "method": "notifications/never/heard/of", "params": {"x": 1}},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "nothing", "reason": "odd"}},
        {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}},
        {"jsonrpc": "2.0", "id": "toomai-99", "result": {}},
        {"jsonrpc": "2.0", "id": 12345, "error": {"code": -1, "message": "no"}},
        request(2, "tools/list", {"_meta": {"progressToken": "p"}, "cursor": None}),
        request(3, "tools/call", {"name": "list_databases", "arguments": {}, "_meta": {"progressToken": 2**40, "vendor/key": []}, "task": {"ttl": 1}}),
        request(4, "tools/list", []),
        request(5, "tools/list", "text"),
        request(6, "tools/call", {"name": 7}),
        request(7, "tools/call", {"arguments": {}}),
        request(8, "tools/call", {"name": "list_databases", "arguments": []}),
        request(9, "ping", {"_meta": "no object"}),
        request(10, "PING"),
        request(11, "completion/complete", {"ref": {"type": "ref/prompt", "name": "ask_database"}, "argument": {"name": "nothing", "value": "x"}}))))
    check("unknown notifications, stray answers and unknown fields disturb nobody", set(heard) == {json.dumps(id) for id in range(1, 12)}, heard)
    for id in (1, 2, 3, 9, 11):
        check(f"request {id} is answered", "result" in heard[str(id)], heard[str(id)])
    for id, code in ((4, (-32600, -32602)), (5, (-32600, -32602)), (6, (-32602,)), (7, (-32602,)), (8, (-32602,)), (10, (-32601,))):
        error = heard[str(id)].get("error", {})
        check(f"request {id} says what is wrong", error.get("code") in code and len(error.get("message", "")) > 10, heard[str(id)])


def test_order(scratch):
    heard = by_id(converse(scratch, lines(request("list", "tools/list"), request("call", "tools/call", {"name": "list_databases"}), request(1, "initialize", HELLO))))
    check("requests before initialize are answered", all("result" in heard[id] for id in ('"list"', '"call"', "1")), heard)
    heard = converse(scratch, lines(request(1, "initialize", HELLO), request(2, "tools/list"), request(3, "prompts/list"), request(4, "initialize", HELLO)))
    check("pipelined before the answer to initialize, and twice", all("result" in message for message in heard) and len(heard) == 4, heard)
    heard = converse(scratch, lines(request(1, "server/discover", {"_meta": MODERN}), request(2, "initialize", HELLO), request(3, "tools/list", {"_meta": MODERN}), request(4, "tools/list")))
    check("both eras by turns", "resultType" in heard[0]["result"] and "resultType" in heard[2]["result"] and "resultType" not in heard[3]["result"], heard)


def test_handshakes(scratch):
    for name, params, version in (("no clientInfo", {"protocolVersion": "2025-06-18", "capabilities": {}}, "2025-06-18"),
                                  ("no capabilities", {"protocolVersion": "2024-11-05"}, "2024-11-05"),
                                  ("capabilities that are null", {"protocolVersion": "2025-03-26", "capabilities": None}, "2025-03-26"),
                                  ("a version from the future", {**HELLO, "protocolVersion": "2099-01-01"}, "2025-11-25"),
                                  ("a version from nowhere", {**HELLO, "protocolVersion": "draft"}, "2025-11-25"),
                                  ("the stateless version", {**HELLO, "protocolVersion": "2026-07-28"}, "2025-11-25")):
        heard = converse(scratch, lines(request(1, "initialize", params)))
        check(f"initialize with {name}", heard[0].get("result", {}).get("protocolVersion") == version, heard)
    for params in (None, {}, {"protocolVersion": 5}):
        heard = converse(scratch, lines(request(1, "initialize", params), request(2, "ping")))
        check(f"initialize with {params} is refused, the next request is not", heard[0]["error"]["code"] == -32602 and "protocolVersion" in heard[0]["error"]["message"] and "result" in heard[1], heard)
    heard = converse(scratch, lines(request(1, "tools/list", {"_meta": {**MODERN, "io.modelcontextprotocol/clientInfo": {"name": "odd", "version": "1", "icons": []}, "traceparent": "rubbish",
                                                                        "io.modelcontextprotocol/logLevel": "shout"}})))
    check("odd optional members of _meta are passed over", "result" in heard[0], heard)
    for missing in MODERN:
        heard = converse(scratch, lines(request(1, "tools/list", {"_meta": {**{key: value for key, value in MODERN.items() if key != missing}, "io.modelcontextprotocol/protocolVersion": "2026-07-28"} if "Cap" in missing
                                                                  else {"io.modelcontextprotocol/protocolVersion": 5, "io.modelcontextprotocol/clientCapabilities": {}}})))
        check(f"without {missing} the field is named", heard[0]["error"]["code"] == -32602 and missing in heard[0]["error"]["message"], heard)


def test_lines(scratch):
    ping = json.dumps(request(1, "ping"))
    check("CRLF, blank lines, spaces around", [message.get("id") for message in converse(scratch, lines(ping, "", "   " + ping.replace("1,", "2,") + "\t", "", end="\r\n"))] == [1, 2])
    check("a last line without an end", converse(scratch, lines(ping) + json.dumps(request(2, "ping")).encode())[-1]["id"] == 2)
    heard = converse(scratch, b"\xef\xbb\xbf" + lines(ping))
    check("a byte order mark is told of or passed over", len(heard) == 1, heard)
    heard = converse(scratch, lines("[]", "[" + ping + "]", "7", '"text"', "null", "{", ping))
    check("what is no message is refused, the next one answered", [message.get("error", {}).get("code") for message in heard] == [-32600, -32600, -32600, -32600, -32600, -32700, None], heard)


class Wire:
    """Raw bytes to the HTTP server, and what comes back on the same connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def ask(self, head, body=b"", length=True):
        lines = [*head, *([f"Content-Length: {len(body)}"] if length else [])]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return self.answer(head[0].startswith("HEAD"))

    def answer(self, head_only=False):
        status = int(self.file.readline().split()[1])
        headers = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(": ", 1)
            headers[name.lower()] = value
        if status == 100:
            return self.answer(head_only)
        body = b"" if head_only else self.file.read(int(headers.get("content-length", 0)))
        return status, headers, body


def post(*more, path="/mcp", version="HTTP/1.1"):
    return [f"POST {path} {version}", "Host: 127.0.0.1", "Content-Type: application/json", "Accept: application/json, text/event-stream", *more]


def test_http(scratch):
    env = environment(scratch, DATABASE_URL="postgresql://127.0.0.1:1/none")
    server = subprocess.Popen([BINARY, "serve", "--port", "0"], env=env, stderr=subprocess.PIPE, text=True)
    try:
        port = next(int(found[1]) for line in server.stderr if (found := re.search(r"MCP at http://[^:]+:(\d+)/mcp", line)))
        ping = json.dumps(request(1, "ping")).encode()
        good = b'{"jsonrpc":"2.0","id":1,"result":{}}'
        one = Wire(port)
        for number in range(20):
            status, headers, body = one.ask(post(), ping)
            if (status, body) != (200, good):
                break
        check("twenty requests on one connection", number == 19, (number, status, body))
        for name, head in (("a trailing slash", post(path="/mcp/")), ("a query", post(path="/mcp?x=1&y")), ("an absolute address", post(path="http://127.0.0.1/mcp")),
                           ("names in capitals", [line.upper() if ":" in line and "APPLICATION" not in line.upper() else line for line in post()]),
                           ("no Accept", [line for line in post() if "Accept" not in line]), ("Accept: */*", [*[line for line in post() if "Accept" not in line], "Accept: */*"]),
                           ("two Accept lines", [*[line for line in post() if "Accept" not in line], "Accept: application/json", "Accept: text/event-stream"]),
                           ("headers nobody knows", post("X-Odd: 1", "Mcp-Odd: 2", "Last-Event-ID: 9"))):
            status, headers, body = one.ask(head, ping)
            check(f"POST with {name}", (status, body) == (200, good), (status, body))
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(ping[at:at + 7]), ping[at:at + 7]) for at in range(0, len(ping), 7)) + b"0\r\nTrailer: x\r\n\r\n"
        status, headers, body = one.ask(post("Transfer-Encoding: chunked"), chunks, length=False)
        check("a chunked body with extensions and a trailer", (status, body) == (200, good), (status, body))
        status, headers, body = one.ask(post("Expect: 100-continue"), ping)
        check("Expect: 100-continue", (status, body) == (200, good), (status, body))
        for method, expected in (("HEAD", 405), ("GET", 405), ("DELETE", 405), ("PUT", 405), ("PATCH", 405), ("OPTIONS", 204)):
            status, headers, body = one.ask([f"{method} /mcp HTTP/1.1", "Host: 127.0.0.1", "Accept: text/event-stream"])
            check(f"{method} is {expected} and names what is allowed", status == expected and "POST" in headers.get("allow", ""), (status, headers))
        status, headers, body = one.ask(["HEAD /healthz HTTP/1.1", "Host: 127.0.0.1"])
        check("HEAD of a page has a length and no body", status == 200 and int(headers["content-length"]) > 0, (status, headers))
        check("and the connection is still good", one.ask(post(), ping)[2] == good)

        old = Wire(port)
        status, headers, body = old.ask(post(version="HTTP/1.0"), ping)
        check("HTTP/1.0 is answered and closed", (status, body) == (200, good) and old.file.read() == b"", (status, headers))
        closing = Wire(port)
        status, headers, body = closing.ask(post("Connection: close"), ping)
        check("Connection: close is heeded", body == good and headers.get("connection") == "close" and closing.file.read() == b"", headers)
        for name, head in (("no Host", [line for line in post() if "Host" not in line]), ("a compressed body", post("Content-Encoding: gzip"))):
            status, headers, body = Wire(port).ask(head, ping)
            check(f"{name} is refused", 400 <= status < 500, (status, body))
        for name, raw in (("a body with two lengths", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                          ("a length and chunks", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                          ("a length that is no number", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0x3\r\n\r\nabc"),
                          ("a folded header", b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n")):
            wire = Wire(port)
            wire.socket.sendall(raw)
            status, headers, body = wire.answer()
            check(f"{name} is refused", 400 <= status < 500, (status, body))
        modern = json.dumps(request("m", "tools/list", {"_meta": MODERN})).encode()
        stateless = post("MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/list")
        status, headers, body = one.ask([*stateless, "Mcp-Session-Id: made-up", "Last-Event-ID: 3"], modern)
        check("the stateless era passes over sessions and event ids", status == 200 and "tools" in json.loads(body)["result"], (status, body))
        status, headers, body = one.ask(post("mcp-protocol-version: 2026-07-28", "MCP-METHOD:   =?base64?dG9vbHMvbGlzdA==?=  "), modern)
        check("header names in any case, values in base64 and with spaces around", status == 200, (status, body))
        status, headers, body = one.ask(post(), modern)
        check("a stateless request without its headers is refused", status == 400 and json.loads(body)["error"]["code"] == -32020, (status, body))
        status, headers, body = one.ask(post("MCP-Protocol-Version: 2025-11-25"), ping)
        check("a handshake version without a session", (status, body) == (200, good), (status, body))
    finally:
        server.terminate()
        check("the server ends on SIGTERM", server.wait(10) == 0)


for test in (test_ids, test_envelopes, test_order, test_handshakes, test_lines, test_http):
    with tempfile.TemporaryDirectory() as folder:
        test(folder)
sys.exit(1 if failures else 0)
