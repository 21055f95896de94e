"""Talks to the server in every revision, over stdio and HTTP, and records each message it sends with the request it answers."""
import http.client, json, subprocess

HANDSHAKE = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
STATELESS = "2026-07-28"
SQL = "SELECT name FROM customers ORDER BY name"
TOOLS = {"list_databases": {}, "describe_schema": {"detail": "full"}, "generate_sql": {"question": "how many customers are there?"}, "execute": {"sql": SQL},
         "ask": {"question": "how many customers are there?"}, "check_sql": {"sql": SQL}, "explain_sql": {"sql": SQL}, "query_history": {}}


def requests():
    """(method, params) of everything a client can ask, with good and bad arguments."""
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        yield method, {}
    yield "tools/list", {"cursor": "nonsense"}
    for name, arguments in TOOLS.items():
        yield "tools/call", {"name": name, "arguments": arguments}
    for name, arguments in (("execute", {"sql": "DROP TABLE customers"}), ("execute", {"sqll": 1}), ("ask", {"question": "qwertz asdfgh?"}), ("none", {}),
                            ("check_sql", {"sql": "SELECT nme FROM customers"}), ("execute", {"sql": "SELECT 1.50::numeric, NULL, true, 0.1::float8, 9007199254740993"})):
        yield "tools/call", {"name": name, "arguments": arguments}
    for uri in ("toomai://databases", "toomai://limits", "ui://toomai/result", "toomai://nothing/schema", "toomai://history/1", "nonsense:"):
        yield "resources/read", {"uri": uri}
    yield "prompts/get", {"name": "ask_database", "arguments": {"question": "how many?"}}
    yield "prompts/get", {"name": "nothing"}
    yield "completion/complete", {"ref": {"type": "ref/resource", "uri": "toomai://{database}/schema"}, "argument": {"name": "database", "value": ""}}
    yield "nonsense/method", {}


def meta(version, capabilities, index):
    token = {"progressToken": index if index % 2 else f"token-{index}"}
    if version != STATELESS:
        return token
    return {**token, "io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": capabilities,
            "io.modelcontextprotocol/clientInfo": {"name": "record", "version": "1"}}


def messages(version):
    """The requests of one conversation, in order."""
    if version == STATELESS:
        yield {"method": "server/discover", "params": {"_meta": meta(version, {}, 0)}}
        yield {"method": "tools/call", "params": {"name": "ask", "arguments": {"question": "customers?"}, "_meta": meta(version, {"elicitation": {}}, 1)}}
        yield {"method": "initialize", "params": {"_meta": meta(version, {}, 0)}}
    else:
        yield {"method": "initialize", "params": {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "record", "version": "1"}}}
        yield {"method": "ping"}
        yield {"method": "logging/setLevel", "params": {"level": "debug"}}
        yield {"method": "resources/subscribe", "params": {"uri": "toomai://databases"}}
    for index, (method, params) in enumerate(requests(), start=2):
        yield {"method": method, "params": {**params, "_meta": meta(version, {}, index)}}


def over_stdio(binary, env):
    for version in [*HANDSHAKE, STATELESS]:
        sent = {index: {"jsonrpc": "2.0", "id": index, **message} for index, message in enumerate(messages(version), start=1)}
        child = subprocess.Popen([binary, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True)
        open_ids = set(sent)
        for message in sent.values():
            child.stdin.write(json.dumps(message) + "\n")
            child.stdin.flush()
            while message["id"] in open_ids:
                answer = json.loads(child.stdout.readline())
                open_ids.discard(answer.get("id"))
                yield {"version": version, "method": sent[answer["id"]]["method"] if "id" in answer else None, "message": answer}
        child.stdin.close()
        rest = child.stdout.read()
        assert not rest, rest
        child.wait(20)


def over_http(port):
    for version in [*HANDSHAKE, STATELESS]:
        session = None
        for index, message in enumerate(messages(version), start=1):
            headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": version}
            if version == STATELESS:
                headers["Mcp-Method"] = message["method"]
                name = message["params"].get("name" if message["method"] in ("tools/call", "prompts/get") else "uri")
                if name:
                    headers["Mcp-Name"] = name
            elif session:
                headers["Mcp-Session-Id"] = session
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": index, **message}), headers)
            answer = connection.getresponse()
            session = answer.getheader("Mcp-Session-Id") or session
            text = answer.read().decode()
            events = answer.getheader("Content-Type") == "text/event-stream"
            for line in [line[6:] for line in text.splitlines() if line.startswith("data: ")] if events else [text]:
                got = json.loads(line)
                yield {"version": version, "method": message["method"] if "id" in got else None, "message": got}
            connection.close()
