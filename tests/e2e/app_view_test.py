#!/usr/bin/env python3
"""The result view of MCP Apps in headless Chromium inside a small host: table, sorting, chart kinds, paging through the host,
hostile cells, no outside request. Skipped (77) without Chromium. TOOMAI_SCREENSHOTS names a directory for pictures."""
import html, json, os, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from chromium import Chromium  # noqa: E402

if not Chromium.program():
    print("skipped: Chromium is not installed")
    sys.exit(77)
view = (pathlib.Path(__file__).resolve().parents[2] / "mcp/app_view.html").read_text()
pictures = os.environ.get("TOOMAI_SCREENSHOTS", "")
HOST = """<!doctype html><body style="margin:0"><iframe style="width:760px;height:560px;border:0" srcdoc="%s"></iframe><script>
window.seen = []; const frame = document.querySelector('iframe');
window.addEventListener('message', (event) => {
  const m = event.data; window.seen.push(m.method || 'answer');
  if (m.method === 'ui/initialize') { window.asked = m.params; frame.contentWindow.postMessage({jsonrpc: '2.0', id: m.id, result: {protocolVersion: '2026-01-26', hostContext: {theme: 'light'}}}, '*'); }
  if (m.method === 'tools/call') { window.called = m.params; frame.contentWindow.postMessage({jsonrpc: '2.0', id: m.id, result: {structuredContent: window.nextPage}}, '*'); }
});
window.tell = (method, params) => frame.contentWindow.postMessage({jsonrpc: '2.0', method, params}, '*');
window.inside = (selector) => [...frame.contentDocument.querySelectorAll(selector)];
</script>""" % html.escape(view)
failures = []


def check(name, good, detail=""):
    print(("ok    " if good else "FAIL  ") + name + ("" if good else ": " + str(detail)[:400]), flush=True)
    if not good:
        failures.append(name)


def columns(*pairs):
    return [{"name": name, "type": kind} for name, kind in pairs]


SALES = {"status": "ok", "database": "shop", "sql": "SELECT city, total FROM sales", "paraphrase": "sales by city", "assumptions": ["all years"],
         "columns": columns(("city", "text"), ("total", "numeric")), "rows": [["Oslo", "120.50"], ["Rome", "90"], ["<img src=x onerror=top.hacked=1>", "9007199254740993"], [None, "3"]],
         "row_count": 4, "truncated": True, "cursor": "c1"}
MONTHS = {"columns": columns(("month", "date"), ("orders", "bigint")), "rows": [[f"2026-{m:02d}-01", m * 7 % 11 + 3] for m in range(1, 13)], "row_count": 12, "truncated": False}
REGIONS = {"columns": columns(("month", "date"), ("region", "text"), ("orders", "bigint"), ("total", "numeric")), "row_count": 24, "truncated": False,
           "rows": [[f"2026-{m:02d}-01 00:00:00+00", region, m + at * 10, "1000000.5"] for m in range(1, 13) for at, region in enumerate(("North", "South"))]}
POINTS = {"columns": columns(("price", "numeric"), ("sold", "integer")), "rows": [[i, (i * 37) % 50] for i in range(1, 80)], "row_count": 79, "truncated": False}

with tempfile.TemporaryDirectory() as scratch, Chromium() as page:
    host = pathlib.Path(scratch) / "host.html"
    host.write_text(HOST)
    page.size(780, 600)
    page.open(host.as_uri())
    check("the view says hello and is ready", page.wait("window.seen && window.seen.includes('ui/notifications/initialized')"), page.run("JSON.stringify(window.seen)"))
    check("it names its protocol", page.run("window.asked.protocolVersion") == "2026-01-26")
    page.run("tell('ui/notifications/tool-result', %s)" % json.dumps({"structuredContent": SALES}))
    check("rows show", page.wait("inside('tbody tr').length === 4"))
    check("a hostile cell is text", page.run("inside('tbody')[0].textContent.includes('<img src=x')") and page.run("window.hacked === undefined"))
    check("NULL is shown as such", page.run("inside('td.null').length === 1"))
    page.run("inside('th button')[1].click()")
    check("sorts numbers as numbers", page.run("inside('tbody tr').map(r => r.children[1].textContent).join()") == "3,90,120.50,9007199254740993")
    page.run("inside('th button')[1].click()")
    check("and the other way", page.run("inside('th')[1].getAttribute('aria-sort')") == "descending")
    for _ in range(2):
        page.run("inside('th button')[0].click()")
        check("NULL stands last", page.run("inside('tbody tr')[3].children[0].className") == "null")
    if pictures:
        page.screenshot(pictures + "/view-table.png")
    more = {"columns": SALES["columns"], "rows": [["Lima", "5"]], "row_count": 1, "truncated": False}
    page.run("window.nextPage = %s; inside('#more')[0].click()" % json.dumps(more))
    check("the next rows come through the host", page.wait("inside('tbody tr').length === 5"))
    check("with cursor and database", page.run("JSON.stringify(window.called)") == json.dumps({"name": "execute", "arguments": {"cursor": "c1", "database": "shop"}}, separators=(",", ":")))
    page.run("inside('#showChart')[0].click()")
    check("text and number: bars, NULL among them", page.run("inside('svg rect').length") == 5 and "NULL" in page.run("inside('svg')[0].textContent"))
    for name, data, selector, count in (("a date and a number: a line", MONTHS, "svg path.path", 1), ("two numbers: points", POINTS, "svg circle", 79)):
        page.run("tell('ui/notifications/tool-result', %s)" % json.dumps({"content": [{"type": "text", "text": json.dumps(data)}]}))
        check(name, page.wait(f"inside('{selector}').length === {count}"), page.run("inside('#chartBox')[0].innerHTML"))
        if pictures:
            page.screenshot(pictures + "/view-" + selector.split()[1].split(".")[0] + ".png")
    page.run("tell('ui/notifications/tool-result', %s)" % json.dumps({"structuredContent": REGIONS}))
    check("a line for each text beside a date", page.wait("inside('svg path.path').length === 2") and page.run("inside('#legend')[0].textContent") == "SouthNorth")
    page.run("const select = inside('#measure')[0]; select.value = '3'; select.onchange()")
    check("another number can be shown", page.wait("inside('svg')[0].textContent.includes('total by month')"))
    labels = json.loads(page.run("JSON.stringify(inside('svg text').map(t => { const b = t.getBoundingClientRect(); return [b.left, b.right, b.top]; }))"))
    rows = {}
    for left, right, top in labels:
        rows.setdefault(round(top), []).append((left, right))
    check("labels do not cover each other", all(one[1] <= two[0] for row in rows.values() for one, two in zip(sorted(row), sorted(row)[1:])), labels)
    page.run("tell('ui/notifications/tool-result', {structuredContent: {status: 'refused', refusal: {reason: 'nothing fits'}}})")
    check("a refusal shows its reason", page.wait("inside('#summary')[0].textContent === 'nothing fits'"))
    check("its size is told to the host", page.run("window.seen.includes('ui/notifications/size-changed')"))
    check("no request and no error", page.requests == [host.as_uri()] or all(url.startswith(("file:", "about:", "data:")) for url in page.requests), page.requests)
    check("no console error", not page.console, page.console)
sys.exit(1 if failures else 0)
