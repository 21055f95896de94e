#!/usr/bin/env python3
"""`toomai check` as scripts see it: exit statuses, fields, carets, batches, policies."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOMAI = os.environ.get("TOOMAI_BINARY", os.path.join(ROOT, "build/dev/toomai"))
SCHEMA = ["--schema", os.path.join(ROOT, "fixtures/validator/schema.json")]
POLICY = ["--policy", os.path.join(ROOT, "fixtures/validator/policy.json")]


def run(*args, text=""):
    return subprocess.run([TOOMAI, "check", *args], input=text, capture_output=True, text=True, env={**os.environ, "DATABASE_URL": ""})


class Check(unittest.TestCase):
    def test_exit_statuses(self):
        self.assertEqual(run(*SCHEMA, text="SELECT id FROM orders").returncode, 0)
        self.assertEqual(run(*SCHEMA, text="DROP TABLE orders").returncode, 1)
        self.assertEqual(run("--schema", "/nonexistent.json", text="SELECT 1").returncode, 2)
        self.assertEqual(run("--syntax-only", "--db", "x", text="SELECT 1").returncode, 2)
        self.assertEqual(run("--nonsense").returncode, 2)

    def test_allowed_prints_what_would_be_sent(self):
        self.assertEqual(run(*SCHEMA, text="select ID /* x */ from ORDERS -- y").stdout, "SELECT id FROM orders LIMIT 1000\n")

    def test_refused_points_at_the_place(self):
        said = run(*SCHEMA, text="SELECT totl FROM orders").stderr
        self.assertIn("unknown-column", said)
        self.assertIn("       ^^^^\n", said)
        self.assertIn("orders.total", said)

    def test_syntax_only_knows_no_names(self):
        self.assertEqual(run("--syntax-only", text="SELECT a FROM b").returncode, 0)
        self.assertEqual(run("--syntax-only", text="SELECT a INTO c FROM b").returncode, 1)

    def test_json(self):
        answer = json.loads(run(*SCHEMA, "--json", text="SELECT totl FROM orders").stdout)
        self.assertEqual((answer["verdict"], answer["rule"], answer["sql"]), ("reject", "unknown-column", None))
        self.assertEqual(answer["findings"][0]["sqlstate"], "42703")
        self.assertEqual((answer["findings"][0]["begin"], answer["findings"][0]["end"]), (7, 11))

    def test_facts_and_tree(self):
        said = run(*SCHEMA, "--ast", "--facts", text="SELECT max(total) AS m FROM orders").stdout
        self.assertIn("FunctionCall max", said)
        facts = json.loads(said[said.index("\n{") + 1:])
        self.assertEqual(facts["outputs"], [{"name": "m", "plain": False, "from": ["public.orders.total"]}])

    def test_facts_show_the_fingerprint(self):
        said = run(*SCHEMA, "--facts", text="SELECT id FROM orders WHERE total > 5").stdout
        facts = json.loads(said[said.index("\n{") + 1:])
        self.assertRegex(facts["fingerprint"], "^[0-9a-f]{16}$")
        self.assertEqual(facts["normalized"], "SELECT id FROM orders WHERE total > ?")

    def test_tree_is_part_of_the_json(self):
        answer = json.loads(run(*SCHEMA, "--json", "--ast", "--facts", text="SELECT max(total) FROM orders").stdout)
        self.assertIn("FunctionCall max", answer["ast"])
        self.assertEqual(answer["facts"]["columns"], ["public.orders.total"])

    def test_batch(self):
        odd = base64.b64encode(b"SELECT '\xff'").decode()
        lines = [{"id": "a", "sql": "SELECT id FROM orders LIMIT 5"}, {"id": 2, "sql_b64": odd}, {"id": None, "gen": [["(", 5000]]}, {"id": "x"}]
        done = run(*SCHEMA, "--batch", text="\n".join(map(json.dumps, lines)) + "\nnot json\n")
        self.assertEqual(done.returncode, 1)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([a["verdict"] for a in answers], ["accept", "reject", "reject", "reject", "reject"])
        self.assertEqual([a["id"] for a in answers], ["a", 2, None, "x", None])
        self.assertEqual([a["rule"] for a in answers], [None, "invalid-text", "too-deep", "invalid-row", "invalid-row"])
        self.assertEqual((answers[0]["sql"], answers[0]["limit"]), ("SELECT id FROM orders LIMIT 5", 5))
        self.assertEqual(list(answers[0]), ["id", "verdict", "rule", "message", "sql", "limit", "ms"])
        self.assertEqual(run(*SCHEMA, "--batch", text='{"id":1,"sql":"SELECT 1"}\n').returncode, 0)

    def test_policy(self):
        self.assertEqual(run(*SCHEMA, text="SELECT ssn FROM customers").returncode, 0)
        self.assertIn("denied-column", run(*SCHEMA, *POLICY, text="SELECT ssn FROM customers").stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"comment": "x", "denied_relations": ["orders"], "max_nesting": 5, "functions": "a table"}, file)
            file.flush()
            self.assertIn("denied-relation", run(*SCHEMA, "--policy", file.name, text="SELECT 1 FROM orders").stderr)
            self.assertIn("too-deep", run(*SCHEMA, "--policy", file.name, text="SELECT ((((((1))))))").stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("denied_relation: [orders]\n")
            file.flush()
            done = run(*SCHEMA, "--policy", file.name, text="SELECT 1")
            self.assertEqual(done.returncode, 2)
            self.assertIn("denied_relations", done.stderr)


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False, verbosity=0).result.wasSuccessful() else 1)
