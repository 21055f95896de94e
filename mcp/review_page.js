'use strict';
const $ = (selector, root) => (root || document).querySelector(selector);
const $$ = (selector, root) => [...(root || document).querySelectorAll(selector)];
let entries = [], current = null, before = 0, me = { may_review: false }, loads = 0, loading = false;

/* ---- text and elements ---- */

/* Everything from the server becomes text nodes; nothing is ever parsed as HTML. Control and direction characters are made visible. */
const clean = (text) => String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd').replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, (c) => '\u27e8' + c.codePointAt(0).toString(16) + '\u27e9');
const present = (value) => value !== undefined && value !== null && value !== '' && value !== false;

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(2)) if (present(child) || child === 0) made.append(child instanceof Node ? child : clean(child));
  return made;
}
function draw(name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = clean(text);
  return made;
}
const sized = (element, property, percent) => { element.style[property] = percent + '%'; return element; };
const button = (text, action, attributes) => make('button', { type: 'button', onclick: action, ...attributes }, text);
const tag = (state) => make('span', { class: 'tag ' + state }, state.replace('_', ' '));
const when = (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const rounded = (number) => Number(number).toLocaleString(undefined, { maximumFractionDigits: Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0 });
const took = (ms) => ms >= 60000 ? rounded(ms / 60000) + ' min' : ms >= 1000 ? rounded(ms / 1000) + ' s' : rounded(ms) + ' ms';
const VERDICTS = { accept: 'accepted', reject: 'rejected by a rule', refused: 'no answer', error: 'error' };

function say(text, bad) { $('#message').textContent = clean(text || ''); $('#message').className = bad ? 'bad' : ''; }
const attempt = (action) => async (...args) => { try { await action(...args); } catch (error) { say(error.message, true); } };

/* ---- calls ---- */

function reasonOf(answer, status) {
  const error = answer.error || {};
  const findings = (error.findings || []).map((finding) => finding.message + (finding.hint ? ' (' + finding.hint + ')' : '')).join('; ');
  return [error.reason || error.message || 'failed: ' + status, findings, error.suggestion].filter(Boolean).join(': ');
}
async function call(path, body) {
  const headers = {}, token = sessionStorage.getItem('token');
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body) headers['Content-Type'] = 'application/json';
  const response = await fetch('api/' + path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401 && !$('dialog').open) $('dialog').showModal();
  if (!response.ok) throw new Error(reasonOf(answer, response.status));
  return answer;
}
const sinceDays = (days) => Date.now() - Number(days) * 86400000;

/* ---- the list ---- */

function filters() {
  const query = new URLSearchParams([...new FormData($('#list form'))].filter(([, value]) => value.trim()));
  if (query.has('age')) query.set('since', sinceDays(query.get('age')));
  query.delete('age');
  return query;
}
const load = attempt(async (append) => {
  const mine = ++loads, query = filters();
  query.set('limit', '50');
  if (append && before) query.set('before', before);
  loading = true;
  try {
    const answer = await call('entries?' + query);
    if (mine !== loads) return;
    show(answer, append);
  } finally { if (mine === loads) loading = false; }
});
function show(answer, append) {
  entries = append ? entries.concat(answer.entries) : answer.entries;
  before = answer.before || 0;
  $('#older').hidden = !answer.more;
  const list = $('ul.entries');
  if (!append) { list.replaceChildren(); list.scrollTop = 0; }
  list.append(...answer.entries.map(item));
  mark();
  say(entries.length ? '' : query_is_empty() ? 'Nothing was asked yet.' : 'Nothing found.');
}
const query_is_empty = () => [...filters()].length === 0;
function item(entry) {
  const failed = entry.error && entry.verdict === 'accept';
  return make('li', {}, make('button', { type: 'button', class: 'entry', 'data-id': entry.id, onclick: () => open(entry.id) },
    make('span', { class: 'question' + (entry.question ? '' : ' sql'), dir: 'auto' }, entry.question || entry.sql || '(no text)'),
    make('span', { class: 'meta' }, tag(entry.state), ' ',
      entry.verdict !== 'accept' || failed ? make('span', { class: failed ? 'failed' : entry.verdict }, failed ? 'failed' : VERDICTS[entry.verdict] || entry.verdict) : null,
      ` #${entry.id} · ${when(entry.at)} · ${entry.database}`, entry.source ? ' · ' + entry.source : '', entry.caller ? ' · ' + entry.caller : '')));
}
function mark() {
  for (const one of $$('button.entry')) one.setAttribute('aria-current', String(current !== null && Number(one.dataset.id) === current.id));
}
const open = attempt(async (id) => {
  const entry = await call('entries/' + Number(id));
  current = entry;
  history.replaceState(null, '', '#entry=' + entry.id);
  mark();
  renderDetail();
  say('');
  if (matchMedia('(max-width: 860px)').matches) $('#detail').scrollIntoView();
});

/* ---- SQL ---- */

const WORDS = new Set('select from where join left right full inner outer cross on using group by order having limit offset fetch union all except intersect with recursive as and or not in is null between like ilike exists case when then else end distinct asc desc nulls first last over partition filter lateral values table true false cast interval date timestamp any some array'.split(' '));
function highlight(sql) {
  const parts = clean(sql).match(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|\s+|[\s\S]/g) || [];
  return parts.map((part) => {
    const kind = /^(--|\/\*)/.test(part) ? 'c' : part[0] === "'" ? 's' : /^\d/.test(part) ? 'n' : WORDS.has(part.toLowerCase()) ? 'k' : '';
    return kind ? make('span', { class: kind }, part) : document.createTextNode(part);
  });
}
/* A long statement reads better with its clauses on lines of their own; nothing but blanks is changed. */
const CLAUSE = /^(from|where|group|order|having|limit|offset|union|except|intersect|join|left|right|full|inner|cross|with|select)$/i;
function lines(sql) {
  if (sql.length < 60 || sql.includes('\n')) return sql;
  const parts = sql.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|\s+|[\s\S]/g) || [];
  let depth = 0, last = '', out = '';
  for (let i = 0; i < parts.length; ++i) {
    if (parts[i] === '(') ++depth;
    if (parts[i] === ')') --depth;
    const clause = depth === 0 && CLAUSE.test(parts[i]) && !(/^(join|order|select)$/i.test(parts[i]) && /^(left|right|full|inner|cross|outer|within|union|all|except|intersect)$/i.test(last)) && parts[i + 1] !== '(';
    out = clause && out.trim() ? out.trimEnd() + '\n' + parts[i] : out + parts[i];
    if (parts[i].trim()) last = parts[i];
  }
  return out;
}
const code = (sql) => make('pre', {}, make('code', {}, highlight(lines(sql))));

/* ---- one entry ---- */

const COLOURS = ['--c0', '--c1', '--c2', '--c3', '--c4', '--c5'];
function timings(object) {
  const stages = Object.entries(object || {}).filter(([, ms]) => Number(ms) > 0), total = stages.reduce((sum, [, ms]) => sum + Number(ms), 0);
  if (!total) return [];
  const colour = (i) => `background:var(${COLOURS[i % COLOURS.length]})`;
  return [make('h3', {}, 'Time'),
    make('div', { class: 'bars', role: 'img', 'aria-label': stages.map(([stage, ms]) => `${clean(stage)} ${took(ms)}`).join(', ') },
      stages.map(([stage, ms], i) => sized(make('span', { title: `${clean(stage)}: ${took(ms)}`, style: colour(i) }), 'width', 100 * ms / total))),
    make('p', { class: 'legend' }, stages.map(([stage, ms], i) => make('span', {}, make('i', { style: colour(i) }), `${stage} ${took(ms)}`)))];
}
function grid(columns, rows, label) {
  const cell = (value) => value === null ? make('td', { class: 'null' }, 'NULL') : make('td', { dir: 'auto', class: /^-?\d+(\.\d+)?$/.test(value) ? 'number' : false }, String(value));
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, make('table', {},
    make('thead', {}, make('tr', {}, columns.map((column) => make('th', { scope: 'col', title: clean(column.type || '') }, column.name)))),
    make('tbody', {}, rows.map((row) => make('tr', {}, row.map(cell))))));
}
function preview(kept) {
  if (!kept || !Array.isArray(kept.columns)) return [];
  return [make('h3', {}, 'First rows, as they were given'), grid(kept.columns.map((name) => ({ name })), kept.rows || [], 'First rows')];
}
function facts(e) {
  const list = [['Asked by', [e.caller, e.client].filter(Boolean).join(' through ')], ['When', when(e.at)], ['Database', e.database], ['Kind', e.kind],
    ['Source', [e.source, e.origin].filter(Boolean).join(': ')], ['Confidence', e.confidence > 0 && Math.round(e.confidence * 100) + ' %'], ['Verdict', VERDICTS[e.verdict] || e.verdict], ['Rule', e.rule],
    ['Tables', e.tables], ['Rows', present(e.rows) && rounded(e.rows) + (e.truncated ? ', cut' : '')], ['Took', took(e.elapsed_ms)],
    ['Model', e.model && `${e.model}, ${rounded(e.prompt_tokens || 0)} + ${rounded(e.completion_tokens || 0)} tokens` + (e.cost ? `, ${e.cost}` : '')],
    ['Repairs', (Array.isArray(e.repairs) ? e.repairs : []).map((repair) => repair.rule + (repair.before ? `: ${repair.before} → ${repair.after}` : '')).join('; ')],
    ['Reviewed', e.reviewed_at && [e.reviewer, when(e.reviewed_at)].filter(Boolean).join(', ')], ['Note', e.note], ['Request', e.request_id], ['Trace', e.trace_id]];
  return make('dl', {}, list.filter(([, value]) => present(value)).map(([name, value]) => [make('dt', {}, name), make('dd', { dir: 'auto' }, value)]));
}
function reviewer(e, editor, note) {
  return (state, corrected) => attempt(async () => {
    const body = { state, note: note.value };
    if (corrected) body.corrected_sql = editor.value;
    const reviewed = await call(`entries/${e.id}/review`, body);
    const index = entries.findIndex((one) => one.id === e.id), listed = $(`button.entry[data-id="${e.id}"]`);
    if (index >= 0) entries[index] = { ...entries[index], state: reviewed.state };
    if (index >= 0 && listed) listed.parentNode.replaceWith(item(entries[index]));
    if (!current || current.id !== e.id) return;
    current = reviewed;
    mark();
    renderDetail();
    say(`#${e.id} is ${reviewed.state.replace('_', ' ')}.`);
  });
}
function renderDetail() {
  const e = current, may_not = !me.may_review;
  const editor = make('textarea', { 'aria-label': 'Corrected SQL', spellcheck: 'false', hidden: true });
  editor.value = e.corrected_sql || e.sql || '';
  const note = make('input', { 'aria-label': 'Note', placeholder: 'Note (optional)', value: clean(e.note || ''), disabled: may_not });
  const review = reviewer(e, editor, note), result = make('div', { id: 'result', 'aria-live': 'polite' });
  const run = attempt(async () => {
    result.replaceChildren(make('p', { class: 'meta' }, 'Running…'));
    try { result.replaceChildren(...rows(await call(`entries/${e.id}/run`, editor.hidden ? {} : { sql: editor.value }))); }
    catch (error) { result.replaceChildren(); throw error; }
  });
  const save = button('Save and approve', review('approved', true), { class: 'good', id: 'save', hidden: true });
  const correct = () => { editor.hidden = save.hidden = !editor.hidden; if (!editor.hidden) editor.focus(); };
  const has_sql = Boolean(e.sql || e.corrected_sql);
  $('#detail').replaceChildren(
    make('p', { class: 'meta' }, tag(e.state), ` #${e.id} · ${e.database} · ${when(e.at)}`),
    make('h2', { dir: 'auto', class: 'question' }, e.question || 'SQL without a question'),
    ...(e.paraphrase ? [make('p', { class: 'soft', dir: 'auto' }, e.paraphrase)] : []),
    ...(e.error ? [make('p', { class: 'why', dir: 'auto' }, e.error)] : []),
    ...(e.corrected_sql ? [make('h3', {}, 'Corrected SQL'), code(e.corrected_sql), make('h3', {}, 'As it was')] : []),
    e.sql ? code(e.sql) : make('p', { class: 'meta' }, 'No SQL was made.'),
    ...(e.sql_generated && e.sql_generated !== e.sql ? [make('h3', {}, 'As written, before it was checked'), code(e.sql_generated)] : []),
    make('div', { class: 'actions' }, button('Approve', review('approved'), { class: 'good', id: 'approve', disabled: may_not || !has_sql, 'aria-keyshortcuts': 'a' }),
      button('Reject', review('rejected'), { class: 'bad', id: 'reject', disabled: may_not, 'aria-keyshortcuts': 'r' }), button('Needs work', review('needs_work'), { id: 'work', disabled: may_not, 'aria-keyshortcuts': 'w' }),
      button('Correct…', correct, { id: 'correct', disabled: may_not, 'aria-keyshortcuts': 'e' }), button('Run', run, { id: 'run', disabled: !has_sql, 'aria-keyshortcuts': 'x' }), has_sql ? button('Plan', plan, { id: 'plan' }) : null, note),
    editor, make('div', { class: 'actions' }, save), result, make('div', { id: 'planned', 'aria-live': 'polite' }),
    ...preview(e.preview), ...timings(e.timings_ms), make('h3', {}, 'Details'), facts(e), make('div', { id: 'runs' }));
  showRuns(e.id);
}
const plan = attempt(async () => {
  const id = current.id, answer = await call(`entries/${id}/plan`);
  if (current.id !== id) return;
  $('#planned').replaceChildren(make('h3', {}, `Plan: cost ${rounded(answer.cost)}, about ${rounded(answer.rows)} rows`), make('pre', {}, answer.plan), ...(answer.advice || []).map((line) => make('p', { class: 'meta' }, line)));
});
function rows(answer) {
  return [make('p', { class: 'meta' }, `${rounded(answer.row_count)} rows in ${took(answer.elapsed_ms)}${answer.truncated ? ', there are more' : ''}`), grid(answer.columns, answer.rows, 'Rows')];
}

/* ---- other runs of the question, and what differs ---- */

const showRuns = attempt(async (id) => {
  const { runs } = await call(`entries/${id}/runs`);
  if (!current || current.id !== id || !runs.length) return;
  const difference = make('div', { 'aria-live': 'polite' });
  const compare = (run) => attempt(async () => difference.replaceChildren(...renderDiff(await call(`entries/${run.id}/diff/${id}`))));
  $('#runs').replaceChildren(make('h3', {}, 'Other runs'), make('ul', { class: 'runs' }, runs.slice(0, 20).map((run) => make('li', {},
    button('#' + run.id, () => open(run.id)), ` ${when(run.at)} · ${run.source || run.kind} · `, make('span', { class: run.verdict }, VERDICTS[run.verdict] || run.verdict || ''), ' ', tag(run.state), ' ',
    button('Compare', compare(run), { class: 'compare', 'aria-label': `Compare with #${run.id}` })))), difference);
});
function renderDiff(diff) {
  const words = diff.sql.map((part) => part.kind === 'same' ? document.createTextNode(clean(part.text)) : make(part.kind === 'removed' ? 'del' : 'ins', {}, part.text));
  const changed = diff.changes.filter((change) => change.field !== 'sql');
  const parts = [make('h3', {}, `From #${diff.before} to #${diff.after}`), make('pre', {}, make('code', {}, words))];
  if (changed.length) parts.push(make('p'), grid(['Field', 'Before', 'After'].map((name) => ({ name })), changed.map((change) => [change.field.replace(/_/g, ' '), change.before, change.after]), 'Differences'));
  return parts;
}

/* ---- trends ---- */

function bars(list, label, number, unit, action) {
  const most = Math.max(...list.map((one) => Number(one[number])), 1e-9);
  return list.slice(0, 12).map((one) => {
    const text = clean(label(one) || '(none)');
    return make('div', { class: 'row' + (one.question ? ' long' : '') }, action ? button(text, () => action(one), { title: text, dir: 'auto' }) : make('span', { title: text, dir: 'auto' }, text),
      sized(make('i', { 'aria-hidden': 'true' }), 'width', Math.max(1, 100 * Number(one[number]) / most)), make('span', {}, unit(Number(one[number]))));
  });
}
/* Days without a question are days, too. */
function withEmptyDays(days) {
  const known = new Map(days.map((one) => [one.day, one.calls])), out = [], last = Date.parse(days[0].day), first = Date.parse(days[days.length - 1].day);
  for (let at = Math.max(first, last - 119 * 86400000); at <= last; at += 86400000) { const day = new Date(at).toISOString().slice(0, 10); out.push({ day, calls: known.get(day) || 0 }); }
  return out;
}
function nice(most) { const power = 10 ** Math.floor(Math.log10(most)); return [1, 1.5, 2, 2.5, 4, 5, 7.5, 10].map((step) => step * power).find((top) => top >= most); }
function columns(list) {
  const days = withEmptyDays(list), W = 1000, H = 190, LEFT = 54, BOTTOM = 22, top = nice(Math.max(...days.map((one) => one.calls), 1)), step = (W - LEFT) / days.length, high = H - BOTTOM - 8;
  const svg = draw('svg', { viewBox: `0 0 ${W} ${H}`, width: '100%', role: 'img', 'aria-label': 'Calls per day: ' + days.map((one) => `${one.day} ${one.calls}`).join(', ') });
  for (const share of [0, 0.5, 1]) {
    const y = 8 + high * (1 - share);
    svg.append(draw('line', { class: 'grid', x1: LEFT, x2: W, y1: y, y2: y }), draw('text', { class: 'soft', x: LEFT - 8, y: y + 4, 'text-anchor': 'end' }, rounded(top * share)));
  }
  days.forEach((one, i) => {
    const height = high * one.calls / top, width = Math.max(1.5, Math.min(step * 0.78, 64));
    const bar = draw('rect', { class: 'bar', x: LEFT + step * (i + 0.5) - width / 2, y: 8 + high - height, width, height, rx: Math.min(3, width / 3) });
    bar.append(draw('title', {}, `${one.day}: ${one.calls}`));
    svg.append(bar);
    if (i % Math.ceil(days.length / 8) === 0) svg.append(draw('text', { class: 'soft', x: LEFT + step * (i + 0.5), y: H - 4, 'text-anchor': 'middle' }, new Date(one.day).toLocaleDateString(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })));
  });
  return svg;
}
const chart = (title, body, wide) => make('div', { class: 'card chart' + (wide ? ' wide' : '') }, make('h2', {}, title), body);
const go = (one) => { view('list'); open(one.id); };
const search = (field) => (one) => { $('#list form').reset(); $(`#list [name=${field}]`).value = one[field]; view('list'); load(false); };
const showTrends = attempt(async () => {
  const query = new URLSearchParams(), form = $('#trends form');
  if (form.elements.age.value) query.set('since', sinceDays(form.elements.age.value));
  if (form.elements.of.value) query.set('database', form.elements.of.value);
  const s = await call('statistics?' + query), count = (number) => rounded(number), calls = (s.totals || {}).calls || 0;
  const share = (list, field, value) => { const hit = (list || []).find((one) => one[field] === value); return calls ? Math.round(100 * (hit ? hit.calls : 0) / calls) + ' %' : '0 %'; };
  const tile = (value, name) => make('div', { class: 'card tile' }, make('b', {}, value), make('span', {}, name));
  $('.tiles').replaceChildren(tile(rounded(calls), 'calls'), tile(share(s.by_verdict, 'verdict', 'accept'), 'accepted'), tile(took((s.totals || {}).mean_ms || 0), 'mean time'), tile(rounded((s.totals || {}).tokens || 0), 'tokens'), tile(rounded((s.totals || {}).cost || 0), 'cost'));
  const CHARTS = [['By source', s.by_source, (one) => one.source, 'calls', count, search('source')], ['By verdict', s.by_verdict, (one) => VERDICTS[one.verdict] || one.verdict, 'calls', count, search('verdict')], ['By review', s.by_state, (one) => one.state.replace('_', ' '), 'calls', count, search('state')],
    ['Refusals by rule', s.refusals_by_rule, (one) => one.rule, 'calls', count], ['Tables in refusals and failures', s.failing_tables, (one) => one.table, 'calls', count], ['By database', s.by_database, (one) => one.database, 'calls', count], ['By caller', s.by_caller, (one) => one.caller, 'calls', count, search('caller')],
    ['Slowest of the newest', s.slowest, (one) => one.question || '#' + one.id, 'elapsed_ms', took, go], ['Most expensive of the newest', s.most_expensive, (one) => one.question || '#' + one.id, 'cost', count, go]];
  const charts = CHARTS.filter(([, list]) => list && list.some((one) => Object.values(one).some(present))).map(([title, list, ...rest]) => chart(title, bars(list, ...rest)));
  if (s.per_day && s.per_day.length) charts.unshift(chart('Calls per day (UTC)', columns(s.per_day), true));
  $('.charts').replaceChildren(...(charts.length ? charts : [make('p', { class: 'empty' }, 'No questions yet.')]));
  say('');
});

/* ---- drift ---- */

const showDrift = attempt(async () => {
  say('Checking every approved answer against the schema of today…');
  const report = await call('drift?database=' + encodeURIComponent($('#drift select').value));
  const accept = (one) => attempt(async () => { await call(`entries/${one.id}/review`, { state: 'approved', corrected_sql: one.suggested_sql, note: 'names of the new schema' }); await showDrift(); });
  const shown = report.broken.map((one) => make('div', { class: 'card item' }, make('p', { class: 'meta' }, `#${one.id}`), make('h2', { dir: 'auto', class: 'question' }, one.question || 'SQL without a question'), code(one.sql), make('p', { class: 'why', dir: 'auto' }, one.broken),
    (one.renames || []).map((rename) => make('p', {}, 'Likely: ', rename)), one.suggested_sql ? [make('h3', {}, 'Suggested SQL'), code(one.suggested_sql)] : null,
    make('div', { class: 'actions' }, one.suggested_sql ? button('Approve the suggestion', accept(one), { class: 'good' }) : null, button('Open', () => go(one)))));
  $('#broken').replaceChildren(make('p', { class: 'soft' }, `${rounded(report.approved)} approved answers of ${report.database} looked at, ${report.broken.length} do not fit the schema of today.`), ...shown);
  say('');
});

/* ---- schema: tables as boxes in columns, keys as curves ---- */

let tables = [];
const loadSchema = attempt(async () => { tables = (await call('schema?database=' + encodeURIComponent($('#schema select').value))).tables; drawSchema(); });
const BOX = { width: 240, line: 19, head: 30, most: 14, gap: 64 };
const fit = (text, most) => text.length > most ? text.slice(0, most - 1) + '…' : text;

/* The tables with the part in their names, and those a key away. */
function chosenTables(part) {
  const related = (table) => table.keys.map((key) => key.to);
  const hits = tables.filter((table) => table.name.toLowerCase().includes(part)), names = new Set(hits.map((table) => table.name));
  if (part) for (const table of tables) if (hits.some((hit) => related(hit).includes(table.name) || related(table).includes(hit.name))) names.add(table.name);
  return tables.filter((table) => names.has(table.name));
}
function placed(shown) {
  const count = Math.max(1, Math.min(6, Math.ceil(Math.sqrt(shown.length)))), bottoms = Array(count).fill(20), places = new Map();
  for (const table of shown) {
    const column = bottoms.indexOf(Math.min(...bottoms)), listed = Math.min(table.columns.length, BOX.most), height = BOX.head + BOX.line * (listed + (table.columns.length > BOX.most ? 1 : 0)) + 8;
    places.set(table.name, { x: 44 + column * (BOX.width + BOX.gap), y: bottoms[column], height, listed });
    bottoms[column] += height + 28;
  }
  return { places, width: 44 + count * (BOX.width + BOX.gap), height: Math.max(...bottoms) + 4 };
}
function curve(table, key, a, b) {
  const row = table.columns.findIndex((column) => column.name === key.column), y1 = a.y + BOX.head + BOX.line * (Math.min(row < 0 ? 0 : row, BOX.most) + 0.5), y2 = b.y + BOX.head / 2;
  const link = (d) => draw('path', { class: 'link', d, 'data-ends': table.name + '\n' + key.to });
  if (a.x === b.x) return link(`M${a.x} ${y1}C${a.x - 40} ${y1} ${b.x - 40} ${y2} ${b.x} ${y2}`);
  const right = b.x > a.x, x1 = right ? a.x + BOX.width : a.x, x2 = right ? b.x : b.x + BOX.width, bend = (x2 - x1) / 2;
  return link(`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
}
function box(table, { x, y, height, listed }) {
  const group = draw('g', {}), foreign = new Set(table.keys.map((key) => key.column)), baseline = (i) => y + BOX.head + BOX.line * (i + 1) - 5;
  group.append(draw('rect', { class: 'box', x, y, width: BOX.width, height, rx: 8 }), draw('path', { class: 'top', d: `M${x + 1} ${y + BOX.head}v${-BOX.head + 9}q0 -8 8 -8h${BOX.width - 18}q8 0 8 8v${BOX.head - 9}z` }));
  const name = draw('text', { x: x + 12, y: y + 20, class: 'head' }, fit(table.name, 30));
  name.append(draw('title', {}, table.comment || table.name));
  group.append(name);
  table.columns.slice(0, listed).forEach((column, i) => {
    if (column.primary || foreign.has(column.name)) group.append(draw('circle', { class: column.primary ? 'key' : 'bar', cx: x + 12, cy: baseline(i) - 4, r: 3 }));
    group.append(draw('text', { x: x + 22, y: baseline(i) }, fit(column.name, 20)), draw('text', { x: x + BOX.width - 12, y: baseline(i), class: 'soft', 'text-anchor': 'end' }, fit(column.type, 14)));
  });
  if (table.columns.length > BOX.most) group.append(draw('text', { x: x + 22, y: baseline(BOX.most), class: 'soft' }, `… ${table.columns.length - BOX.most} more`));
  const light = (on) => () => { for (const link of $$('#diagram .link')) if (link.dataset.ends.split('\n').includes(table.name)) link.classList.toggle('lit', on); };
  group.addEventListener('pointerenter', light(true));
  group.addEventListener('pointerleave', light(false));
  return group;
}
function drawSchema() {
  const chosen = chosenTables($('#schema input').value.toLowerCase()), shown = chosen.slice(0, 120), { places, width, height } = placed(shown);
  const svg = draw('svg', { width, height, role: 'img', 'aria-label': `${shown.length} tables: ` + shown.map((table) => clean(table.name)).join(', ') });
  for (const table of shown) for (const key of table.keys) if (places.has(key.to)) svg.append(curve(table, key, places.get(table.name), places.get(key.to)));
  svg.append(...shown.map((table) => box(table, places.get(table.name))));
  $('#diagram').replaceChildren(svg);
  say(shown.length < chosen.length ? `${shown.length} of ${chosen.length} tables are drawn: search for a name.` : '');
}

/* ---- views, keys, token ---- */

const SHOWERS = { trends: showTrends, drift: showDrift, schema: loadSchema };
function view(name) {
  for (const section of $$('main > section')) section.hidden = section.id !== name;
  for (const one of $$('nav button')) one.dataset.view === name ? one.setAttribute('aria-current', 'page') : one.removeAttribute('aria-current');
  say('');
  history.replaceState(null, '', name === 'list' ? (current ? '#entry=' + current.id : '#') : '#' + name);
  if (SHOWERS[name]) SHOWERS[name]();
}
for (const one of $$('nav button')) one.addEventListener('click', () => view(one.dataset.view));
$('#list form').addEventListener('submit', (event) => { event.preventDefault(); load(false); });
for (const select of $$('#list select')) select.addEventListener('change', () => load(false));
for (const select of $$('#trends select')) select.addEventListener('change', showTrends);
for (const form of $$('#trends form, #drift form, #schema form')) form.addEventListener('submit', (event) => event.preventDefault());
$('#older').addEventListener('click', () => load(true));
$('ul.entries').addEventListener('scroll', () => { const list = $('ul.entries'); if (!loading && !$('#older').hidden && list.scrollTop + list.clientHeight > list.scrollHeight - 300) load(true); });
$('#drift select').addEventListener('change', showDrift);
$('#schema select').addEventListener('change', loadSchema);
$('#schema input').addEventListener('input', drawSchema);
$('#token').addEventListener('click', () => $('dialog').showModal());
$('dialog').addEventListener('close', () => {
  if ($('dialog').returnValue !== 'ok') return;
  sessionStorage.setItem('token', $('dialog input').value.trim());
  $('dialog input').value = '';
  start();
});
const PRESS = { a: '#approve', r: '#reject', w: '#work', e: '#correct', x: '#run' };
function step(by) {
  const index = current ? entries.findIndex((entry) => entry.id === current.id) : -1, next = entries[index + by];
  if (!next) return;
  open(next.id);
  $(`button.entry[data-id="${next.id}"]`).scrollIntoView({ block: 'nearest' });
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $('dialog').open || $('#list').hidden) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) { if (event.key === 'Escape') event.target.blur(); return; }
  if (event.key === '/') { event.preventDefault(); $('#list input').focus(); }
  if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
  if (PRESS[event.key] && current) { event.preventDefault(); $(PRESS[event.key]).click(); }
});
const start = attempt(async () => {
  me = await call('me');
  $('#who').textContent = clean(me.name) + (me.may_review ? '' : ' (may not review)');
  $('nav [data-view=drift]').hidden = !me.may_review;
  // A token that may not list databases has its history all the same.
  const { databases } = await call('databases').catch(() => ({ databases: [] }));
  for (const select of $$('select[name=database], select[name=of]')) {
    const first = select.options[0] && select.options[0].value === '' ? [select.options[0]] : [];
    select.replaceChildren(...first, ...databases.map((database) => make('option', { value: clean(database.name) }, database.name)));
  }
  const wanted = location.hash.slice(1);
  await load(false);
  if (/^entry=\d+$/.test(wanted)) await open(wanted.slice(6));
  else if (SHOWERS[wanted]) view(wanted);
});
start();
