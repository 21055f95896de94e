#!/usr/bin/env python3
"""toomai serve as strangers meet it, without a database: TLS with certificates made here, OAuth with an issuer that publishes its keys
over HTTP, browsers' preflights, and what other clients do. TOOMAI_BINARY is the program."""
import base64, http.client, http.server, json, os, pathlib, re, shutil, signal, ssl, subprocess, sys, tempfile, threading, time

binary = os.path.abspath(os.environ.get("TOOMAI_BINARY", "build/ci/toomai"))
if not shutil.which("openssl"):
    print("skipped: the openssl command is not installed")
    sys.exit(77)
failures = []
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:500]), flush=True)
    if not good:
        failures.append(name)


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout


def certificate(folder, name, host="localhost"):
    key, pem = f"{folder}/{name}.key", f"{folder}/{name}.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem, "-days", "2",
            "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1")
    return pem, key


class Server:
    """A server on a free port; `config` is YAML text."""

    def __init__(self, folder, *words, config="", env=None):
        file = pathlib.Path(folder) / "config.yaml"
        file.write_text("log: {level: error}\n" + config)
        environment = {**os.environ, "HOME": folder, "XDG_STATE_HOME": folder + "/state", "XDG_CONFIG_HOME": folder + "/config",
                       "DATABASE_URL": "postgresql://127.0.0.1:1/none", **(env or {})}
        environment.pop("TOOMAI_TOKEN", None) if not env else None
        self.child = subprocess.Popen([binary, "--config", str(file), "serve", "--port", "0", *words], env=environment,
                                      stderr=subprocess.PIPE, text=True)
        self.said = ""
        for line in self.child.stderr:
            self.said += line
            found = re.search(r"MCP at (https?)://[^:]+:(\d+)/mcp", line)
            if found:
                self.secure, self.port = found[1] == "https", int(found[2])
                threading.Thread(target=self.child.stderr.read, daemon=True).start()
                return
        self.port = None
        self.status = self.child.wait(10)

    def connection(self, trust=None):
        if not self.secure:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        return http.client.HTTPSConnection("localhost", self.port, timeout=10, context=ssl.create_default_context(cafile=trust))

    def ask(self, method="POST", path="/mcp", body=PING, trust=None, **headers):
        connection = self.connection(trust)
        words = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            words.setdefault("Content-Type", "application/json")
            words.setdefault("Accept", "application/json, text/event-stream")
        connection.request(method, path, json.dumps(body) if method == "POST" else None, words)
        answer = connection.getresponse()
        text = answer.read().decode()
        answer.json = json.loads(text) if text.startswith(("{", "[")) else None
        answer.text = text
        connection.close()
        return answer

    def begin(self, version="2025-11-25"):
        """A session: its id."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        answer = self.ask(body={"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        return answer.getheader("Mcp-Session-Id")

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(15)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.stop()


def test_tls(folder):
    pem, key = certificate(folder, "good")
    stranger_pem, stranger_key = certificate(folder, "stranger")
    with Server(folder, "--cert", pem, "--key", key) as server:
        check("TLS answers a client that trusts the certificate", server.secure and server.ask(trust=pem).json == {"jsonrpc": "2.0", "id": 1, "result": {}})
        try:
            server.ask(trust=stranger_pem)
            check("a client that trusts another certificate is not fooled", False)
        except ssl.SSLCertVerificationError:
            check("a client that trusts another certificate is not fooled", True)
        if shutil.which("curl"):
            url = f"https://localhost:{server.port}/healthz"
            got = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", pem, "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result}", url], capture_output=True, text=True)
            check("curl is content", got.stdout == "200 0", got)
            closed = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", pem, "--http1.0", url], capture_output=True, text=True)
            check("the end of a closed connection is said, not cut off", closed.returncode == 0 and closed.stdout == "ok\n", closed)
        for flag, wanted in (("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
            done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{server.port}", flag, "-cipher", "ALL:@SECLEVEL=0", "-CAfile", pem],
                                  input=b"", capture_output=True, timeout=20)
            agreed = b"Verify return code: 0 (ok)" in done.stdout and b"Cipher is (NONE)" not in done.stdout
            check(f"{flag[1:]} is {'accepted' if wanted else 'refused'}", agreed == wanted, done.stdout[-300:])
        plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        try:
            plain.request("GET", "/healthz")
            plain.getresponse()
            check("plain HTTP on the TLS port gets no answer", False)
        except (http.client.HTTPException, OSError):
            check("plain HTTP on the TLS port gets no answer", True)
        check("and others are still served", server.ask(trust=pem).status == 200)
        # A renewed certificate is taken over while the server runs; a broken one is not.
        shutil.copy(stranger_key, key)
        shutil.copy(stranger_pem, pem)
        deadline = time.time() + 25
        renewed = False
        while not renewed and time.time() < deadline:
            try:
                renewed = server.ask(trust=stranger_pem).status == 200
            except ssl.SSLCertVerificationError:
                time.sleep(0.5)
        check("a renewed certificate is taken over", renewed)
        check("the TLS server ends on SIGTERM", server.stop() == 0)
    pem, key = certificate(folder, "good")
    for name, words, expected in (("another key", ("--cert", pem, "--key", stranger_key), "key"), ("no key", ("--cert", pem), "--key"),
                                  ("a key alone", ("--key", key), "--cert"), ("no such file", ("--cert", folder + "/none", "--key", key), "certificate")):
        with Server(folder, *words) as refused:
            check(f"TLS with {name} is refused with a reason", refused.port is None and refused.status != 0 and expected in refused.said, refused.said)


class Issuer(http.server.BaseHTTPRequestHandler):
    keys, asked, broken = [], 0, False

    def do_GET(self):
        Issuer.asked += 1
        body = b"x" * 300_000 if Issuer.broken else json.dumps({"keys": Issuer.keys}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    def __init__(self, folder, name):
        self.file, self.name = f"{folder}/{name}.rsa", name
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.file)
        self.modulus = bytes.fromhex(openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().split("=")[1])

    def jwk(self):
        return {"kty": "RSA", "kid": self.name, "n": url64(self.modulus), "e": "AQAB", "use": "sig", "alg": "RS256"}

    def token(self, **changes):
        claims = {"iss": "https://login.example", "aud": "https://toomai.example/mcp", "exp": int(time.time()) + 300, "sub": "ann", "scope": "toomai", **changes}
        head = url64(json.dumps({"alg": "RS256", "kid": self.name}).encode()) + "." + url64(json.dumps(claims).encode())
        return "Bearer " + head + "." + url64(openssl("dgst", "-sha256", "-sign", self.file, data=head.encode()))


def test_oauth(folder):
    issuer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=issuer.serve_forever, daemon=True).start()
    old, new, stranger = Signer(folder, "old"), Signer(folder, "new"), Signer(folder, "stranger")
    Issuer.keys = [old.jwk()]
    config = f"""http:
  oauth: {{issuer: "https://login.example", resource: "https://toomai.example/mcp", jwks_url: "http://127.0.0.1:{issuer.server_port}/keys", jwks_pause: 1500ms}}
  allowed_hosts: [toomai.example]
"""
    with Server(folder, config=config) as server:
        good = server.ask(Authorization=old.token())
        check("a good access token is let in by keys from the URL", good.status == 200, (good.status, good.text, server.said))
        none = server.ask()
        challenge = none.getheader("WWW-Authenticate") or ""
        check("no token: 401 that says where the metadata is", none.status == 401 and challenge.startswith("Bearer ") and "error=" not in challenge
              and 'resource_metadata="https://toomai.example/.well-known/oauth-protected-resource"' in challenge and 'scope="toomai"' in challenge, challenge)
        for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"):
            metadata = server.ask("GET", path)
            check(f"metadata at {path}", metadata.json == {"resource": "https://toomai.example/mcp", "authorization_servers": ["https://login.example"],
                  "scopes_supported": ["toomai", "toomai:review"], "bearer_methods_supported": ["header"], "resource_name": "Toomai"}, metadata.text)
        for name, token in (("another issuer", old.token(iss="https://evil.example")), ("expired", old.token(exp=int(time.time()) - 60)),
                            ("not valid yet", old.token(nbf=int(time.time()) + 600)), ("another audience", old.token(aud="https://other.example/mcp")),
                            ("nonsense", "Bearer a.b.c"), ("no expiry", old.token(exp=None))):
            refused = server.ask(Authorization=token)
            check(f"{name}: 401 invalid_token", refused.status == 401 and 'error="invalid_token"' in (refused.getheader("WWW-Authenticate") or ""), refused.status)
        lacking = server.ask(Authorization=old.token(scope="mail"))
        check("a scope is missing: 403 insufficient_scope", lacking.status == 403 and 'error="insufficient_scope"' in (lacking.getheader("WWW-Authenticate") or ""), lacking.status)
        check("a token in the address is no token", server.ask(path="/mcp?access_token=" + old.token()[7:]).status == 401)

        # Rotation: the first token by a new key makes us ask again; inventing keys does not make us ask often.
        Issuer.keys = [old.jwk(), new.jwk()]
        time.sleep(1.6)
        check("a token by a new key is let in after asking the issuer again", server.ask(Authorization=new.token()).status == 200)
        before, began = Issuer.asked, time.monotonic()
        statuses = {server.ask(Authorization=stranger.token()).status for _ in range(10)}
        pauses = 1 + int((time.monotonic() - began) / 1.5)
        check("unknown keys are refused and asked for at most once in a while", statuses == {401} and Issuer.asked - before <= pauses, (statuses, Issuer.asked - before))
        time.sleep(1.6)
        Issuer.broken = True
        server.ask(Authorization=stranger.token())
        check("an issuer that answers nonsense or too much changes nothing", server.ask(Authorization=old.token()).status == 200)
        Issuer.broken = False
        time.sleep(1.6)
        Issuer.keys = [new.jwk()]
        server.ask(Authorization=stranger.token())
        check("a key that was withdrawn opens nothing", server.ask(Authorization=old.token()).status == 401)
        threads = [threading.Thread(target=server.ask, kwargs={"Authorization": new.token()}) for _ in range(20)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        check("twenty clients at once", server.ask(Authorization=new.token()).status == 200)
    issuer.shutdown()
    issuer.server_close()
    with Server(folder, config=config) as server:
        silent = server.ask(Authorization=new.token())
        check("an issuer that is down: 503, try later", silent.status == 503 and silent.getheader("Retry-After"), silent.status)
    with Server(folder, config=config.replace("http://127.0.0.1", "http://login.example")) as refused:
        check("keys over plain HTTP from elsewhere are refused", refused.port is None and "https" in refused.said, refused.said)


def test_tokens(folder):
    file = pathlib.Path(folder) / "tokens.json"
    entry = {"name": "ann", "token": "0123456789abcdef0123", "tools": ["list_databases"]}
    for name, change, expected in (("a misspelt limit", {"tool": ["x"]}, "tool"), ("a limit of the wrong type", {"databases": "sales"}, "databases"),
                                   ("a short token", {"token": "short"}, "16"), ("no name", {"name": ""}, "name")):
        file.write_text(json.dumps({"tokens": [{**entry, **change}]}))
        with Server(folder, "--tokens-file", str(file)) as refused:
            check(f"a tokens file with {name} is refused", refused.port is None and expected in refused.said, refused.said)
    file.write_text(json.dumps({"tokens": [entry]}))
    with Server(folder, "--tokens-file", str(file)) as server:
        bearer = "Bearer 0123456789abcdef0123"
        names = [tool["name"] for tool in server.ask(body={**PING, "method": "tools/list"}, Authorization=bearer).json["result"]["tools"]]
        check("a token sees the tools it may call", names == ["list_databases"], names)
        denied = server.ask(body={**PING, "method": "tools/call", "params": {"name": "execute", "arguments": {"sql": "SELECT 1"}}}, Authorization=bearer)
        check("and may not call others", "error" in denied.json, denied.text)
        time.sleep(1.1)
        file.write_text(json.dumps({"tokens": [{**entry, "token": "another-token-of-ann"}]}))
        deadline = time.time() + 10
        while time.time() < deadline and server.ask(Authorization="Bearer another-token-of-ann").status != 200:
            time.sleep(0.3)
        check("a replaced token works without a restart", server.ask(Authorization="Bearer another-token-of-ann").status == 200)
        check("and the old one does not", server.ask(Authorization=bearer).status == 401)


def test_browsers(folder):
    with Server(folder, config='http: {allowed_origins: ["https://app.example"]}\n') as server:
        asked = {"Origin": "http://localhost:6274", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,mcp-protocol-version,mcp-session-id"}
        preflight = server.ask("OPTIONS", **asked)
        check("a preflight of a local page is answered", preflight.status == 204 and preflight.getheader("Access-Control-Allow-Origin") == asked["Origin"]
              and "mcp-session-id" in preflight.getheader("Access-Control-Allow-Headers") and "POST" in preflight.getheader("Access-Control-Allow-Methods"), preflight.getheaders())
        answer = server.ask(Origin="https://app.example")
        check("an allowed page may read the answer", answer.status == 200 and answer.getheader("Access-Control-Allow-Origin") == "https://app.example"
              and "Mcp-Session-Id" in answer.getheader("Access-Control-Expose-Headers"), answer.getheaders())
        for origin in ("https://evil.example", "http://127.0.0.1.evil.example", "http://127.evil.example", "http://localhost.evil.example", "null"):
            refused = server.ask("OPTIONS", **{**asked, "Origin": origin})
            posted = server.ask(Origin=origin)
            check(f"the page of {origin} may not", refused.status == 403 and posted.status == 403 and not posted.getheader("Access-Control-Allow-Origin"), posted.status)
        for host in ("evil.example", "127.0.0.1.evil.example", "127.evil.example:80"):
            check(f"the Host {host} is refused", server.ask(Host=host).status == 403)
        check("OPTIONS without an origin tells the methods", "POST" in (server.ask("OPTIONS").getheader("Allow") or ""))
        metadata = server.ask("OPTIONS", "/.well-known/oauth-protected-resource", **asked)
        check("a preflight for the metadata is answered", metadata.status == 204, metadata.status)


def test_other_clients(folder):
    with Server(folder) as server:
        def result(body, **headers):
            return server.ask(body={"jsonrpc": "2.0", "id": 5, **body}, **headers)
        call = {"method": "tools/call", "params": {"name": "list_databases"}}
        check("a call without arguments, session or version header", "structuredContent" not in result(call).json["result"] and not result(call).json["result"].get("isError"))
        check("params that are null", "tools" in result({"method": "tools/list", "params": None}).json["result"])
        check("arguments that are null", "content" in result({"method": "tools/call", "params": {"name": "list_databases", "arguments": None}}).json["result"])
        for id in (0, -1, 2**53, "a", "", "7"):
            check(f"the id {id!r} comes back", server.ask(body={"jsonrpc": "2.0", "id": id, "method": "ping"}).json["id"] == id)
        for accept, kind in (("application/json", "application/json"), ("text/event-stream", "text/event-stream"), ("*/*", "application/json"),
                             ("application/*", "application/json"), ("text/event-stream;q=0.9, application/json", "application/json")):
            answer = server.ask(Accept=accept)
            check(f"Accept: {accept}", answer.status == 200 and answer.getheader("Content-Type") == kind and '"result":{}' in answer.text, answer.getheaders())
        check("Accept: text/html is refused", server.ask(Accept="text/html").status == 406)
        check("Content-Type with a charset", server.ask(Content_Type="application/json; charset=utf-8").status == 200)

        session = server.begin()
        check("a ping before notifications/initialized", server.ask(Mcp_Session_Id=session).status == 200)
        notice = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        told = server.ask(body=notice, Mcp_Session_Id=session)
        check("a notification: 202 and no body", told.status == 202 and told.text == "")
        batch = [PING, {**PING, "id": 2}]
        check("a batch outside 2025-03-26 is refused", server.ask(body=batch, Mcp_Session_Id=session).json["error"]["code"] == -32600)
        ended = server.ask("DELETE", Mcp_Session_Id=session)
        check("DELETE ends the session", ended.status == 204 and server.ask(Mcp_Session_Id=session).status == 404)
        check("and ends it once", server.ask("DELETE", Mcp_Session_Id=session).status == 404)

        session = server.begin("2025-03-26")
        answer = server.ask(body=[PING, notice, {**PING, "id": "two", "method": "nonsense"}, 7, {"jsonrpc": "2.0", "id": 3, **call}], Mcp_Session_Id=session)
        by_id = {json.dumps(one.get("id")): one for one in answer.json or []}
        check("a batch of 2025-03-26 is answered by an array", set(by_id) == {"1", '"two"', "null", "3"} and by_id["1"]["result"] == {}
              and by_id['"two"']["error"]["code"] == -32601 and by_id["null"]["error"]["code"] == -32600 and "result" in by_id["3"], answer.text)
        check("a batch of notifications has no answer", server.ask(body=[notice, notice], Mcp_Session_Id=session).status == 202)
        check("an empty batch is refused", server.ask(body=[], Mcp_Session_Id=session).json["error"]["code"] == -32600)
        check("a hundred messages pass, one more does not", len(server.ask(body=[{**PING, "id": i} for i in range(100)], Mcp_Session_Id=session).json) == 100
              and server.ask(body=[{**PING, "id": i} for i in range(101)], Mcp_Session_Id=session).status == 400)
        begin = {"jsonrpc": "2.0", "id": 9, "method": "initialize", "params": {"protocolVersion": "2025-03-26", "capabilities": {}}}
        check("initialize in a batch is refused", server.ask(body=[begin], Mcp_Session_Id=session).json[0]["error"]["code"] == -32600)

        stream = server.connection()
        stream.request("GET", "/mcp", headers={"Accept": "text/event-stream", "Mcp-Session-Id": session, "Last-Event-ID": "12"})
        opened = stream.getresponse()
        check("a GET stream opens, also after a break", opened.status == 200 and opened.getheader("Content-Type") == "text/event-stream")
        stream.close()
        check("a GET without a session: 405", server.ask("GET", Accept="text/event-stream").status == 405)
        check("an unknown argument is named with the nearest", "did you mean" in result({"method": "tools/call", "params": {"name": "execute", "arguments": {"sqll": "SELECT 1"}}}).text)
        check("10.0 is an integer, null is left out", "limit" not in result({"method": "tools/call", "params": {"name": "execute", "arguments": {"sql": "SELECT 1", "limit": 10.0, "database": None}}}).text)


for test in (test_tls, test_oauth, test_tokens, test_browsers, test_other_clients):
    with tempfile.TemporaryDirectory() as folder:
        test(folder)
sys.exit(1 if failures else 0)
