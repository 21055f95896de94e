"""A PostgreSQL server of one's own in a temporary directory, on a Unix socket and a loopback port."""
import glob, os, pwd, shutil, socket, subprocess, tempfile


class PrivatePostgres:
    def __init__(self, sql=""):
        self.sql = sql

    def __enter__(self):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.directory = tempfile.mkdtemp(prefix="toomai-pg-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # initdb refuses root.
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres")
        data = self.directory + "/data"
        self._run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.directory} -c fsync=off"
        self._run("pg_ctl", "-D", data, "-w", "-l", self.directory + "/log", "-o", options, "start")
        if self.sql:
            self.psql(self.sql)
        return self

    def __exit__(self, *unused):
        self._run("pg_ctl", "-D", self.directory + "/data", "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def psql(self, sql):
        return self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-At", "-c", sql).strip()

    def url(self, role="postgres"):
        return f"postgresql://{role}@127.0.0.1:{self.port}/postgres"

    def _run(self, program, *arguments, check=True):
        command = [f"{self.bin}/{program}", *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout}")
        return done.stdout
