#!/usr/bin/env python3
"""insert_rows, update_rows and delete_rows through `toomai mcp` with a real PostgreSQL: absent unless configured, a dry run by default,
only the listed tables, never more rows than allowed or announced, an own role, confirmed by a person, and written down."""
import pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import Stdio, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text DEFAULT 'Oslo', email text, shout text GENERATED ALWAYS AS (upper(name)) STORED);
INSERT INTO customers SELECT i, 'name ' || i, 'Lyon', 'secret' || i || '@x.example' FROM generate_series(1, 10) i;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers);
INSERT INTO orders VALUES (1, 1);
CREATE ROLE reader LOGIN NOINHERIT; CREATE ROLE writer;
GRANT writer TO reader;
GRANT SELECT ON customers, orders TO reader, writer;
GRANT INSERT, UPDATE, DELETE ON customers, orders TO writer;
CREATE TABLE lamps (id int PRIMARY KEY, lit bool);
INSERT INTO lamps VALUES (1, false);
CREATE SEQUENCE tries;  -- goes on whatever is rolled back: the first, third, … change of a lamp touches no row
CREATE FUNCTION every_other() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN IF nextval('public.tries') % 2 = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER every_other BEFORE UPDATE ON lamps FOR EACH ROW EXECUTE FUNCTION every_other();
GRANT SELECT ON lamps TO reader, writer; GRANT UPDATE ON lamps TO writer;
"""


def write_config(path, database, writes):
    path.write_text(f"databases:\n  - name: shop\n    url: {database.url('reader')}\n    allow_dangerous_role: true\n"
                    "    masks:\n      - {column: public.customers.email, method: redact}\n" + writes)
    return str(path)


with tempfile.TemporaryDirectory() as scratch, PrivatePostgres(SCHEMA) as database:
    path = pathlib.Path(scratch) / "config.yaml"
    client = Stdio(environment(scratch), "--config", write_config(path, database, ""))
    check("without configuration there are no write tools", not [t for t in client.tools() if t.endswith("_rows")], client.tools())
    check("and calling one is an unknown tool", "error" in client.ask("tools/call", {"name": "delete_rows", "arguments": {}}))
    client.close()

    client = Stdio(environment(scratch), "--config", write_config(path, database, "writes:\n  - {database: shop, tables: [public.customers], role: writer, max_rows: 5}\n"))
    check("with it there are three", [t for t in client.tools() if t.endswith("_rows")] == ["insert_rows", "update_rows", "delete_rows"], client.tools())
    before = database.psql("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM customers c")
    unchanged = lambda: database.psql("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM customers c") == before
    where = [{"column": "id", "op": "in", "value": [1, 2]}]

    got = client.call("update_rows", table="public.customers", set={"city": "Pune"}, where=where)
    check("a dry run says what would change", got.get("row_count") == 2 and got.get("applied") is False, got)
    check("with keys and new values", got.get("rows") == [["1", "Pune"], ["2", "Pune"]], got)
    check("and changes nothing", unchanged())
    for name, arguments in {
        "apply without confirmation": dict(set={"city": "x"}, where=where, apply=True, expected_rows=2),
        "apply without the announced count": dict(set={"city": "x"}, where=where, apply=True, confirm=True),
        "another count than announced": dict(set={"city": "x"}, where=where, apply=True, confirm=True, expected_rows=1),
        "no filter": dict(set={"city": "x"}, where=[], apply=True, confirm=True, expected_rows=10),
        "more rows than the ceiling": dict(set={"city": "x"}, where=[{"column": "id", "op": ">", "value": 0}], apply=True, confirm=True, expected_rows=10),
        "one row beyond the ceiling": dict(set={"city": "x"}, where=[{"column": "id", "op": "<=", "value": 6}], apply=True, confirm=True, expected_rows=6),
        "an unknown column": dict(set={"town": "x"}, where=where, apply=True, confirm=True, expected_rows=2),
        "SQL as a column": dict(set={"city = 'x', name": "x"}, where=where, apply=True, confirm=True, expected_rows=2),
        "SQL as an operator": dict(set={"city": "x"}, where=[{"column": "id", "op": "= 1 OR 1 =", "value": 1}], apply=True, confirm=True, expected_rows=2),
        "a generated column": dict(set={"shout": "x"}, where=where, apply=True, confirm=True, expected_rows=2),
        "a filter by a masked column": dict(set={"city": "x"}, where=[{"column": "email", "op": "=", "value": "secret1@x.example"}], apply=True, confirm=True, expected_rows=1),
    }.items():
        got = client.call("update_rows", table="public.customers", **arguments)
        check(f"refused: {name}", "error" in got and unchanged(), got)
    for table in ["orders", "public.orders", "pg_catalog.pg_class", "customers; DROP TABLE orders", ""]:
        got = client.call("delete_rows", table=table, where=[{"column": "id", "op": "=", "value": 1}], apply=True, confirm=True, expected_rows=1)
        check(f"refused: table {table!r}", "error" in got and database.psql("SELECT count(*) FROM orders") == "1", got)

    got = client.call("update_rows", table="customers", set={"city": "x'); DROP TABLE orders; --"}, where=where, apply=True, confirm=True, expected_rows=2)
    check("a value is a value", got.get("applied") and database.psql("SELECT city FROM customers WHERE id = 1") == "x'); DROP TABLE orders; --", got)
    got = client.call("update_rows", table="customers", set={"city": None, "email": "new@x.example"}, where=[{"column": "id", "op": "=", "value": 3}], apply=True, confirm=True, expected_rows=1)
    check("null is NULL, and a masked value is not shown", got.get("applied") and "new@" not in str(got) and database.psql("SELECT city IS NULL, email FROM customers WHERE id = 3") == "t|new@x.example", got)
    got = client.call("insert_rows", table="public.customers", rows=[{"id": 20, "name": "Ann"}, {"id": 21, "name": "Bob", "city": "Rome"}], apply=True, confirm=True, expected_rows=2)
    check("rows are inserted, with defaults", got.get("applied") and database.psql("SELECT string_agg(name || city, ',' ORDER BY id) FROM customers WHERE id > 15") == "AnnOslo,BobRome", got)
    got = client.call("insert_rows", table="public.customers", rows=[{"id": 20, "name": "Ann"}], apply=True, confirm=True, expected_rows=1)
    check("a duplicate key is an error that tells no masked value", "error" in got and "secret" not in str(got), got)
    got = client.call("delete_rows", table="public.customers", where=[{"column": "id", "op": "<=", "value": 5}, {"column": "name", "op": "=", "value": "name 5"}], apply=True, confirm=True, expected_rows=1)
    check("five rows or fewer may go; conditions are joined with AND", got.get("applied") and database.psql("SELECT count(*) FROM customers") == "11", got)
    got = client.call("execute", sql="DELETE FROM customers")
    check("execute still only reads", "error" in got and database.psql("SELECT count(*) FROM customers") == "11", got)
    entries = client.call("query_history", limit=100)["entries"]
    kinds = [entry["verdict"] for entry in entries if entry["kind"] == "write"]
    check("every attempt is in the history", kinds.count("accept") >= 5 and len(kinds) >= 15, entries[:3])
    client.close()

    denied = write_config(pathlib.Path(scratch) / "denied.yaml", database, "    policy: {denied_relations: [public.orders]}\nwrites:\n  - {database: shop, tables: [public.orders], role: writer}\n")
    client = Stdio(environment(scratch), "--config", denied)
    got = client.call("update_rows", table="public.orders", set={"customer_id": 2}, where=[{"column": "id", "op": "<", "value": 9}])
    check("rows of a table that may not be read cannot be chosen", "may not be read" in str(got.get("error")), got)
    got = client.call("insert_rows", table="public.orders", rows=[{"id": 2, "customer_id": 2}])
    check("but rows can be inserted, and are not shown", got.get("row_count") == 1 and "rows" not in got, got)
    client.close()

    asked = []
    client = Stdio(environment(scratch), "--config", str(path), capabilities={"elicitation": {}})
    client.answer_questions = lambda request: asked.append(request["params"]["message"]) or {"action": "accept", "content": {"confirm": len(asked) > 1}}
    change = dict(table="public.customers", set={"city": "Kyoto"}, where=[{"column": "id", "op": "=", "value": 7}], apply=True, expected_rows=1)
    got = client.call("update_rows", **change)
    check("a client that can ask is made to ask, and no means no", len(asked) == 1 and not got.get("applied"), (asked, got))
    check("in the words of the change", asked[0] == "Change 1 row of public.customers: set city to 'Kyoto' where id = '7'?", asked)
    for refused in [dict(change, expected_rows=5), {key: value for key, value in change.items() if key != "expected_rows"}]:
        got = client.call("update_rows", **refused)
        check("nobody is asked about what cannot be done", len(asked) == 1 and "error" in got, (asked, got))
    got = client.call("update_rows", **change, confirm=True)
    check("the caller's word does not stand for the person's", len(asked) == 2 and got.get("applied"), (asked, got))
    got = client.call("update_rows", **change)
    check("and yes means yes", got.get("applied") and database.psql("SELECT city FROM customers WHERE id = 7") == "Kyoto", got)
    client.close()

    # The rows change between the trial and the change itself.
    write_config(path, database, "writes:\n  - {database: shop, tables: [public.lamps, public.late, public.parents], role: writer, max_rows: 5}\n")
    light = dict(table="public.lamps", set={"lit": True}, where=[{"column": "id", "op": "=", "value": 1}], apply=True, expected_rows=1)
    for who, capabilities in {"a client that cannot ask": {}, "one that can": {"elicitation": {}}}.items():
        client = Stdio(environment(scratch), "--config", str(path), capabilities=capabilities)
        client.answer_questions = lambda request: {"action": "decline"}
        for _ in range(4):
            got = client.call("update_rows", **light)
            check(f"{who} changes nothing without a yes", "error" in got and database.psql("SELECT lit FROM lamps") == "f", got)
        client.close()

    # What a person is asked holds what matters, whatever else is said.
    database.psql("CREATE TABLE parents (id int PRIMARY KEY, name text); CREATE TABLE kids (parent int REFERENCES parents ON DELETE CASCADE);"
                  "INSERT INTO parents VALUES (1, 'x'); GRANT SELECT, INSERT, DELETE ON parents TO writer; GRANT SELECT ON parents TO reader; GRANT SELECT, DELETE ON kids TO writer")
    asked = []
    client = Stdio(environment(scratch), "--config", str(path), capabilities={"elicitation": {}})
    client.answer_questions = lambda request: asked.append(request["params"]["message"]) or {"action": "decline"}
    padding = [{"column": "name", "op": "<>", "value": "y" * 100 + str(i)} for i in range(40)]
    client.call("insert_rows", table="public.parents", rows=[{"id": 2, "name": "Ann"}, {"id": 3, "name": "Bob"}], apply=True, expected_rows=2)
    check("an insert shows its first row", asked == ["Insert 2 rows into public.parents: id '2', name 'Ann'; and 1 more?"], asked)
    got = client.call("delete_rows", table="public.parents", where=padding, apply=True, expected_rows=1)
    check("rows that go along may have to be listed", "public.kids" in str(got.get("error")), got)
    client.close()
    write_config(path, database, "writes:\n  - {database: shop, tables: [public.late, public.parents, public.kids, public.seen], role: writer, max_rows: 5}\n")
    database.psql("CREATE VIEW seen AS SELECT id FROM parents; GRANT SELECT, DELETE ON seen TO writer; GRANT SELECT ON seen TO reader")
    client = Stdio(environment(scratch), "--config", str(path), capabilities={"elicitation": {}})
    client.answer_questions = lambda request: asked.append(request["params"]["message"]) or {"action": "decline"}
    client.call("delete_rows", table="public.parents", where=padding, apply=True, expected_rows=1)
    question = asked[-1]
    check("padding hides nothing", question.startswith("Delete 1 row of public.parents (rows of public.kids go or change along) where name <> 'yyy"), question)
    check("what does not fit is counted", question.endswith(" more?") and "(101 bytes)" in question and len(question) < 800, question)

    got = client.call("delete_rows", table="public.seen", where=[{"column": "id", "op": "=", "value": 1}])
    check("a view may not be changed, though it is listed", "may not be changed" in str(got.get("error")), got)
    got = client.call("delete_rows", table="public.late", where=[{"column": "id", "op": "=", "value": 1}])
    check("a listed table that is not there is said to be missing", "is not there" in str(got.get("error")), got)
    database.psql("CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1); GRANT SELECT, DELETE ON late TO writer; GRANT SELECT ON late TO reader")
    got = client.call("delete_rows", table="public.late", where=[{"column": "id", "op": "=", "value": 1}])
    check("and is found once it is", got.get("row_count") == 1 and got.get("applied") is False, got)
    client.close()
sys.exit(1 if failures else 0)
