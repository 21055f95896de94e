#!/usr/bin/env python3
"""`ask` with a model, from reply to rows to review: what runs is what is shown, mended and all; approving it is learned from,
rejecting it ends it; cached answers say what the first one said; values stay at home when told to; the day's budget outlives a
process. The model is scripted. TOOMAI_BINARY is the program."""
import http.server, json, os, pathlib, sqlite3, subprocess, sys, tempfile, threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mcp_client import BINARY, check, environment, failures  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, city text);
INSERT INTO customers SELECT i, 'Name ' || i, (ARRAY['Paris', 'Berlin', 'Rome'])[1 + i % 3] FROM generate_series(1, 3000) i;
COMMENT ON COLUMN customers.city IS 'where the customer lives'; ANALYZE;
CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""


class Model(http.server.ThreadingHTTPServer):
    """Says `replies` one after the other, the last for ever; keeps what it was sent."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies, self.bodies = [""], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def says(self, *replies):
        self.replies, self.bodies = list(replies), []

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *unused):
        pass

    def do_GET(self):
        self.send_error(404)  # it has no list of models

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server = self.server
        reply = server.replies[min(len(server.bodies), len(server.replies) - 1)]
        server.bodies.append(body)
        message = reply if isinstance(reply, dict) else {"role": "assistant", "content": reply}
        answer = json.dumps({"id": "x", "model": "scripted", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                             "usage": {"prompt_tokens": 900, "completion_tokens": 100}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class World:
    """One state directory, one configuration."""

    def __init__(self, database, model, **more):
        self.scratch = tempfile.mkdtemp(dir=SCRATCH)
        self.env = environment(self.scratch, DATABASE_URL=database.url("reader"), OPENAI_BASE_URL=model.url(), OPENAI_MODEL="scripted", **more)

    def run(self, *arguments):
        done = subprocess.run([BINARY, *arguments], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def ask(self, question, *arguments):
        code, out, err = self.run("ask", question, "--format", "json", *arguments)
        return (json.loads(out) if out.strip().startswith("{") else {}), code, err

    def generate(self, question, *arguments):
        return json.loads(self.run("generate", question, "--json", *arguments)[1])

    def newest(self):
        return str(json.loads(self.run("history", "list", "--json")[1].splitlines()[0])["id"])


def rows(answer):
    return answer.get("rows", answer)


def what_is_shown_is_what_runs(database, model):
    world = World(database, model)
    model.says("```sql\nSELECT count(*) FROM customers WHERE city = 'paris'\n```")
    for time in ("first", "again, from the cache"):
        answer, _, err = world.ask("how many customers are in Paris?")
        check(f"a value spelt as the data spell it, {time}: the rows are those of the shown SQL", rows(answer) == [[1000]], (answer, err))
    check("and the model was asked once", len(model.bodies) == 1, len(model.bodies))
    model.says("```sql\nSELECT `city`, IFNULL(name, \"zz\") AS n FROM customers LIMIT 1,2\n```")
    answer, code, err = world.ask("list some city of customers with the name")
    check("MySQL's habits are mended before the statement runs", code == 0 and len(rows(answer)) == 2, (answer, code, err))
    model.says("```sql\nSELECT id FROM customers WHERE id < 2500\n```")
    for time in ("first", "again, from the cache"):
        answer, _, err = world.ask("which customers have an id under 2500", "--source", "model")
        check(f"cut rows are said to be cut, {time}", answer.get("truncated") is True and len(rows(answer)) == 1000, (str(answer)[:200], err))


def reviews_are_heard(database, model):
    world = World(database, model)
    model.says("```sql\nSELECT `city`, count(*) FROM customers GROUP BY city ORDER BY 2 DESC LIMIT 0,1\n```")
    world.ask("tell me the favourite place of our people")
    code, out, err = world.run("history", "approve", "1")
    answer, _, err = world.ask("tell me the favourite place of our people")
    said = world.generate("tell me the favourite place of our people")
    check("an approved, mended answer is answered from", "approved answer #1" in said.get("origin", "") and len(rows(answer)) == 1, (answer, said))
    code, out, err = world.run("history", "drift")
    check("and it is not drift", code == 0 and "broken" not in out.replace("0 broken", ""), out + err)
    code, pairs, err = world.run("history", "pairs")
    path = pathlib.Path(world.scratch, "pairs.yaml")
    path.write_text(pairs)
    code, out, err = World(database, model).run("history", "import", str(path))
    check("its pair can be imported elsewhere", code == 0, out + err)
    model.says("```sql\nSELECT name FROM customers ORDER BY id LIMIT 3\n```")
    world.ask("who are the eldest of them")
    world.run("history", "reject", world.newest())
    model.says("```sql\nSELECT name FROM customers ORDER BY id DESC LIMIT 3\n```")
    answer, _, err = world.ask("who are the eldest of them")
    check("a rejected answer is not given from the cache", rows(answer) and rows(answer)[0] == ["Name 3000"], (answer, err))
    model.says("```sql\nSELECT name FROM customers ORDER BY id LIMIT 3\n```")
    world.run("history", "reject", world.newest())
    said = world.generate("who are the eldest of them")
    check("a model that says it again is told on", any("rejected" in warning for warning in said.get("warnings", [])), said)


def cached_answers_are_whole(database, model):
    world = World(database, model)
    model.says("```sql\nSELECT naem FROM customers ORDER BY id LIMIT 3\n```")
    first, _, err_first = world.ask("give me three of them, eldest first", "--source", "model")
    second, _, err_second = world.ask("give me three of them, eldest first", "--source", "model")
    said = json.dumps(first) + err_first
    check("the mended answer has rows", rows(first) == [["Name 1"], ["Name 2"], ["Name 3"]], (first, err_first))
    check("from the cache the changes to check are said again", ("please check" in said) == ("please check" in json.dumps(second) + err_second),
          (said, second, err_second))
    file = next(pathlib.Path(world.scratch).rglob("history.sqlite"))
    with sqlite3.connect(file) as store:
        store.execute("UPDATE answers SET json = '{\"sql\": 7, \"confidence\": \"x\"}'")
    third, code, err = world.ask("give me three of them, eldest first", "--source", "model")
    check("an answer in the cache that is not ours is passed over", code == 0 and len(rows(third)) == 3, (third, code, err))


def values_stay_at_home(database, model):
    config = pathlib.Path(SCRATCH, "home.yaml")
    config.write_text(json.dumps({"databases": [{"name": "shop", "url": database.url("reader"), "send_values": False}]}))
    world = World(database, model, TOOMAI_CONFIG=str(config))
    model.says('```sql\nSELECT c.wages FROM customers c WHERE c.city = "berlin"\n```', "```sql\nSELECT count(*) FROM customers\n```")
    world.ask("how much do they earn over there", "--source", "model")
    check("with send_values off a repair turn names no value of the data", len(model.bodies) == 2 and "Berlin" not in "".join(model.bodies),
          model.bodies[-1][-600:])
    model.says('```sql\nSELECT name FROM customers WHERE city = \'Rome\' ORDER BY id LIMIT 2\n```')
    world.ask("which two people went south first", "--source", "model")
    world.run("history", "approve", world.newest())
    code, prompt, err = world.run("generate", "which three people went south first", "--show-prompt")
    check("an approved example is in the prompt, without what its literals spell", "ORDER BY id LIMIT" in prompt and "Rome" not in prompt, prompt[-900:] + err)
    code, out, _ = world.run("generate", "what about the zebras of berlin", "--json", "--source", "grammar")
    check("nor does a refusal", "customers.city" not in json.dumps(json.loads(out).get("matched_values", [])), out)


def the_glossary_counts(database, model):
    words, config = pathlib.Path(SCRATCH, "words.yaml"), pathlib.Path(SCRATCH, "words_config.yaml")
    words.write_text("terms: [{word: southerner, table: customers, condition: \"city = 'Rome'\"}]\n")
    config.write_text(json.dumps({"databases": [{"name": "shop", "url": database.url("reader"), "glossary": str(words)}]}))
    world = World(database, model, TOOMAI_CONFIG=str(config))
    model.says("```sql\nSELECT count(*) FROM customers\n```")
    for _ in range(2):
        world.ask("the head count of that sort", "--source", "model")
    check("the same question is asked of the model once", len(model.bodies) == 1, len(model.bodies))
    words.write_text("terms: [{word: southerner, table: customers, condition: \"city = 'Paris'\"}]\n")
    world.ask("the head count of that sort", "--source", "model")
    check("a mended glossary asks again", len(model.bodies) == 2, len(model.bodies))


def a_useless_reply_is_told(database, model):
    world = World(database, model)
    model.says("I am sorry, but as a language model I cannot see your data.")
    said = world.generate("how many customers are there")
    check("the rules answer for a model that does not", said.get("source") == "grammar" and said.get("sql"), said)
    check("and say so", any("the model gave no usable statement" in warning for warning in said.get("warnings", [])), said)


def no_list_of_models_is_no_failure(database, model):
    code, out, err = World(database, model).run("doctor")
    row = next((line for line in out.splitlines() if "does not list its models" in line), "BAD")
    check("doctor takes a server without a list of models as it is", code == 0 and not row.startswith("BAD"), (code, out, err))


def odd_replies(database, model):
    world = World(database, model)
    statement = "SELECT count(*) AS n FROM customers"
    for name, reply in {
        "in the reasoning": {"role": "assistant", "content": "", "reasoning_content": f"so: ```sql\n{statement}\n```"},
        "in the middle of a sentence": f"Sure! You can use {statement} to get it.",
        "in bold": f"**{statement}**",
        "in quotes": f"\"{statement}\"",
        "in a tool's tags": f"<function=execute><parameter=sql>{statement}</parameter></function>",
        "as a value of JSON": json.dumps({"sql_query": statement}),
    }.items():
        model.says(reply)
        answer, code, err = world.ask(f"how many people {name} are there", "--source", "model")
        check(f"a statement {name} is found", rows(answer) == [[3000]], (answer, code, err))


def budget_of_the_day(database, model):
    world = World(database, model, TOOMAI_GENERATION__DAILY_TOKENS="4500", TOOMAI_GENERATION__ANSWER_CACHE="false")
    model.says("```sql\nSELECT count(*) FROM customers\n```")
    sources = []
    for i in range(5):
        answer, _, err = world.ask(f"how many customers are there, version {i}", "--source", "model")
        sources.append(bool(rows(answer)))
    check("the day's budget holds over processes", sources[0] and not sources[-1], sources)
    check("and its end says what is left", "left" in err, err)


with tempfile.TemporaryDirectory() as SCRATCH, PrivatePostgres(SCHEMA) as database:
    scripted = Model()
    for part in (what_is_shown_is_what_runs, reviews_are_heard, cached_answers_are_whole, values_stay_at_home, the_glossary_counts, a_useless_reply_is_told, no_list_of_models_is_no_failure, odd_replies, budget_of_the_day):
        part(database, scripted)

print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
