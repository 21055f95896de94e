"""Headless Chromium driven over its debugging pipe: one page, with everything it logs and requests remembered."""
import base64, json, os, shutil, subprocess, tempfile, threading, time


class Chromium:
    @staticmethod
    def program():
        return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="toomai-chromium-")
        to_read, self.to = os.pipe()
        self.fro, fro_write = os.pipe()

        def set_descriptors():
            # The browser reads commands from 3 and writes answers to 4.
            a, b = os.dup(to_read), os.dup(fro_write)
            os.dup2(a, 3)
            os.dup2(b, 4)

        arguments = [self.program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update", "--user-data-dir=" + self.profile, "about:blank"]
        self.child = subprocess.Popen(arguments, preexec_fn=set_descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(fro_write)
        self.next_id, self.answers, self.arrived = 0, {}, threading.Condition()
        self.console, self.requests = [], []
        threading.Thread(target=self._read, daemon=True).start()
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = None
        self.session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")
        return self

    def __exit__(self, *unused):
        self.child.kill()
        self.child.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _read(self):
        buffer = b""
        while True:
            got = os.read(self.fro, 1 << 16)
            if not got:
                return
            buffer += got
            while b"\0" in buffer:
                text, buffer = buffer.split(b"\0", 1)
                self._take(json.loads(text))

    def _take(self, message):
        with self.arrived:
            if "id" in message:
                self.answers[message["id"]] = message
            method, params = message.get("method"), message.get("params", {})
            if method == "Runtime.exceptionThrown":
                self.console.append(json.dumps(params["exceptionDetails"])[:400])
            if method == "Runtime.consoleAPICalled" and params["type"] == "error":
                self.console.append(str(params["args"])[:400])
            if method == "Log.entryAdded" and params["entry"]["level"] == "error":
                self.console.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
            if method == "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            self.arrived.notify_all()

    def send(self, method, params=None, patience=30):
        with self.arrived:
            self.next_id += 1
            mine = self.next_id
        message = {"id": mine, "method": method, "params": params or {}}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        with self.arrived:
            if not self.arrived.wait_for(lambda: mine in self.answers, patience):
                raise TimeoutError(method)
            answer = self.answers.pop(mine)
        if "error" in answer:
            raise RuntimeError(method + ": " + str(answer["error"]))
        return answer["result"]

    def open(self, url):
        self.send("Page.navigate", {"url": url})

    def run(self, script):
        answer = self.send("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def wait(self, condition, patience=15):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                if self.run(condition):
                    return True
            except RuntimeError:
                pass
            time.sleep(0.05)
        return False

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "text": key if kind == "keyDown" else ""})

    def size(self, width, height):
        self.send("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def dark(self, on):
        self.send("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("Page.captureScreenshot", {"format": "png"})["data"]))
