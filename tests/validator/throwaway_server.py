"""A PostgreSQL of a test's own, and `toomai check --batch` against it."""
import json
import os
import shutil
import socket
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOMAI = os.environ.get("TOOMAI_BINARY", os.path.join(ROOT, "build/dev/toomai"))
BIN = next((b for b in ("/usr/lib/postgresql/15/bin", os.path.dirname(shutil.which("initdb") or "")) if os.path.exists(b + "/initdb")), None)
failures = []


def expect(ok, what):
    if not ok:
        failures.append(what)
        print("FAILED:", what)


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


class Server:
    def __init__(self, directory):
        self.data = os.path.join(directory, "data")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.prefix = []
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(directory, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.run(BIN + "/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.run(BIN + "/pg_ctl", "-D", self.data, "-w", "-l", self.data + "/log", "-o",
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off", "start")

    def run(self, *args):
        subprocess.run(self.prefix + list(args), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def stop(self):
        self.run(BIN + "/pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def psql(self, database, *args, user="postgres", **kwargs):
        return subprocess.run([BIN + "/psql", "-X", "-q", "-At", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database, *args],
                              capture_output=True, text=True, **kwargs)

    def load(self, database, *files):
        self.psql("postgres", "-c", f"CREATE DATABASE {database}", check=True)
        for file in files:
            self.psql(database, "-v", "ON_ERROR_STOP=1", "-f", file, check=True)

    def url(self, database, user):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def answers(self, database, statements, user, settings=""):
        """What the server says to each statement in a read-only transaction: its rows as text, or (None, error)."""
        script = settings
        for i, statement in enumerate(statements):
            script += f"\\echo @@{i}\n\\warn @@{i}\nBEGIN READ ONLY;\n{statement}\n;ROLLBACK;\n"
        done = self.psql(database, user=user, input=script)

        def by_mark(text):
            parts, current = {}, None
            for line in text.split("\n"):
                if line.startswith("@@"):
                    current = parts.setdefault(int(line[2:]), [])
                elif current is not None:
                    current.append(line)
            return parts

        out, err = by_mark(done.stdout), by_mark(done.stderr)
        return [(None, " ".join(err[i])[:300]) if any("ERROR" in line for line in err.get(i, [])) else ("\n".join(out.get(i, [])), "") for i in range(len(statements))]

    def check(self, database, user, statements, *options):
        """[(statement, verdict)]; a statement is text or a row of a corpus."""
        text = "".join(json.dumps({"id": i, **(s if isinstance(s, dict) else {"sql": s})}) + "\n" for i, s in enumerate(statements))
        done = subprocess.run([TOOMAI, "check", "--batch", "--db", self.url(database, user), *options], input=text, capture_output=True, text=True)
        verdicts = [json.loads(line) for line in done.stdout.splitlines()]
        expect(len(verdicts) == len(statements), f"{database}: {len(verdicts)} verdicts for {len(statements)} statements: {done.stderr[-300:]}")
        return list(zip(statements, verdicts))
