#!/usr/bin/env python3
"""`server.sampling: true`: what nothing here can answer is written by the client's own model, checked, and called the client's; a reply that was cut
off, that is no SQL or that may not run is refused with the reason. Over stdio, on a real PostgreSQL. TOOMAI_BINARY is the program."""
import json, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """
CREATE TABLE parcels (id int PRIMARY KEY, weight int); INSERT INTO parcels SELECT i, i FROM generate_series(1, 9) i; ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON parcels TO reader;
"""
QUESTION = "which of the zebras would please my aunt"


def reply(text, reason="endTurn"):
    return {"role": "assistant", "model": "the-clients-own", "content": {"type": "text", "text": text}, "stopReason": reason}


def generate(client, answer):
    """The result of the tool, and what the client's model was asked."""
    asked = []

    def answer_questions(request):
        asked.append(request)
        return answer

    client.answer_questions = answer_questions
    return client.call("generate_sql", question=QUESTION), asked


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    env = environment(scratch, DATABASE_URL=database.url("reader"))
    client = Stdio(env, "--set", "server.sampling=true", capabilities={"sampling": {}})
    written, asked = generate(client, reply("```sql\nSELECT max(weight) FROM parcels\n```"))
    check("the client's model is asked, with the schema and the question",
          [request["method"] for request in asked] == ["sampling/createMessage"] and "parcels" in json.dumps(asked) and QUESTION in json.dumps(asked), asked)
    check("its statement is checked, limited and called the client's", "max(weight)" in written.get("sql", "") and "LIMIT" in written.get("sql", "")
          and written.get("source") == "client" and "the-clients-own" in json.dumps(written), written)
    for name, answer, reason in [
        ("a reply that was cut off", reply("```sql\nSELECT max(weight) FROM parcels\n```", "maxTokens"), "cut off"),
        ("a statement that may not run", reply("```sql\nDELETE FROM parcels\n```"), "refused"),
        ("a statement on names that are not there", reply("```sql\nSELECT stripes FROM zebras\n```"), "refused"),
        ("prose", reply("I would ask her."), "gave no SQL"),
    ]:
        refused, _ = generate(client, answer)
        check(f"{name} is not used, and the reason is told", not refused.get("sql") and reason in json.dumps(refused), refused)
    client.close()

    without = Stdio(env, "--set", "server.sampling=true")
    refused, asked = generate(without, reply("SELECT 1"))
    check("a client that offers no sampling is not asked", not asked and not refused.get("sql"), (asked, refused))
    without.close()
sys.exit(1 if failures else 0)
