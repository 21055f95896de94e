#!/usr/bin/env python3
"""The schema that toomai keeps: a cold start answers from it while the database is down; new and dropped columns are noticed because
a statement fails, without waiting for the time to live. TOOMAI_BINARY is the program."""
import pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402


def rows(answer):
    return answer.get("structuredContent", {}).get("rows", str(answer))


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(
        "CREATE TABLE shelf (id int, label text); INSERT INTO shelf VALUES (1, 'a'); CREATE ROLE reader LOGIN; GRANT SELECT ON shelf TO reader") as database:
    env = environment(scratch, DATABASE_URL=database.url("reader"))
    server = Stdio(env)
    check("the schema is read", "shelf" in str(server.result("describe_schema")))

    database.psql("ALTER TABLE shelf ADD COLUMN colour text DEFAULT 'red'")
    check("a new column is found after it was missed", wait_for(lambda: rows(server.result("execute", sql="SELECT colour FROM shelf")) == [["red"]]),
          server.result("execute", sql="SELECT colour FROM shelf"))
    database.psql("ALTER TABLE shelf DROP COLUMN label")
    check("a dropped column is forgotten", wait_for(lambda: server.result("execute", sql="SELECT label FROM shelf") and "label" not in str(server.result("describe_schema"))))
    server.stop()

    database._run("pg_ctl", "-D", database.directory + "/data", "-m", "fast", "-w", "stop")
    server = Stdio(env)
    check("a cold start knows the schema while the database is down", "shelf" in str(server.result("describe_schema")), server.result("describe_schema"))
    check("and checks statements by it", "allowed" in str(server.result("check_sql", sql="SELECT id FROM shelf")) and "id" in str(server.result("check_sql", sql="SELECT idd FROM shelf")))
    check("running one is a clear error", server.result("execute", sql="SELECT 1", patience=60).get("isError") is True)
    server.stop()
sys.exit(1 if failures else 0)
