#!/usr/bin/env python3
"""The schema that toomai keeps: a cold start answers from it while the database is down; new and dropped columns are noticed because
a statement fails, without waiting for the time to live, and who subscribed to the schema is told. TOOMAI_BINARY is the program."""
import pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures, wait_for  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402


def rows(answer):
    return answer.get("structuredContent", {}).get("rows", str(answer))


def told_of(server, uri):
    """Whether a notice of that resource has come; reads the notices there are."""
    notices = [server.notices.get_nowait() for _ in range(server.notices.qsize())]
    return any(notice["method"] == "notifications/resources/updated" and notice["params"]["uri"] == uri for notice in notices)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(
        "CREATE TABLE shelf (id int, label text); INSERT INTO shelf VALUES (1, 'a'); CREATE ROLE reader LOGIN; GRANT SELECT ON shelf TO reader") as database:
    env = environment(scratch, DATABASE_URL=database.url("reader"))
    server = Stdio(env)
    check("the schema is read", "shelf" in str(server.result("describe_schema")))

    uris = [resource["uri"] for resource in server.ask("resources/list", {})["result"]["resources"]]
    uri = next((uri for uri in uris if "schema" in uri), str(uris))
    check("the schema can be subscribed to", "result" in server.ask("resources/subscribe", {"uri": uri}), uri)
    server.result("execute", sql="SELECT id FROM shelf")
    check("nobody is told of nothing", not told_of(server, uri))
    database.psql("ALTER TABLE shelf ADD COLUMN colour text DEFAULT 'red'")
    check("a new column is found after it was missed", wait_for(lambda: rows(server.result("execute", sql="SELECT colour FROM shelf")) == [["red"]]),
          server.result("execute", sql="SELECT colour FROM shelf"))
    check("its subscriber is told", wait_for(lambda: told_of(server, uri)))
    database.psql("ALTER TABLE shelf DROP COLUMN label")
    check("a dropped column is forgotten", wait_for(lambda: server.result("execute", sql="SELECT label FROM shelf") and "label" not in str(server.result("describe_schema"))))
    check("of that, too", wait_for(lambda: told_of(server, uri)))
    server.ask("resources/unsubscribe", {"uri": uri})
    told_of(server, uri)  # what was under way
    database.psql("ALTER TABLE shelf ADD COLUMN size int")
    check("another new column is found", wait_for(lambda: rows(server.result("execute", sql="SELECT size FROM shelf")) == [[None]]))
    check("who has unsubscribed is told no more", not told_of(server, uri))
    server.stop()

    database._run("pg_ctl", "-D", database.directory + "/data", "-m", "fast", "-w", "stop")
    server = Stdio(env)
    check("a cold start knows the schema while the database is down", "shelf" in str(server.result("describe_schema")), server.result("describe_schema"))
    check("and checks statements by it", "allowed" in str(server.result("check_sql", sql="SELECT id FROM shelf")) and "id" in str(server.result("check_sql", sql="SELECT idd FROM shelf")))
    check("running one is a clear error", server.result("execute", sql="SELECT 1", patience=60).get("isError") is True)
    server.stop()
sys.exit(1 if failures else 0)
