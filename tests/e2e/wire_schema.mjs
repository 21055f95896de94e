// Validates messages of a server against the official JSON schema of their revision, as the conformance package brings it. Stdin: one
// {"version", "method" of the request or null, "message"} a line. Prints each violation; the last line is "valid N of M".
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
const require = createRequire(process.env.TOOMAI_NPM_CACHE + '/package.json');
const bundle = readFileSync(process.env.TOOMAI_NPM_CACHE + '/node_modules/@modelcontextprotocol/conformance/dist/index.js', 'utf8');
const { default: Ajv } = require('ajv');
const { default: Ajv2020 } = require('ajv/dist/2020.js');
const { default: addFormats } = require('ajv-formats');

// The object literal that is assigned to `name`.
function literal(name) {
  const start = bundle.search(new RegExp(`[,;\\s]${name}=\\{\\$schema:`));
  if (start < 0) throw new Error(`no schema ${name} in the conformance package`);
  const open = bundle.indexOf('{', start);
  let depth = 0, quote = '';
  for (let i = open; i < bundle.length; ++i) {
    const c = bundle[i];
    if (quote) {
      if (c === '\\') ++i;
      else if (c === quote) quote = '';
    } else if (c === '`' || c === '"' || c === "'") quote = c;
    else if (c === '{') ++depth;
    else if (c === '}' && --depth === 0) return runInNewContext('(' + bundle.slice(open, i + 1) + ')');
  }
  throw new Error('unbalanced');
}

const names = bundle.match(/"2025-03-26":(\w+),"2025-06-18":(\w+),"2025-11-25":(\w+),\[\w+\]:(\w+)\}/);
const revisions = ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];
const schemas = Object.fromEntries(revisions.map((version, index) => {
  const schema = JSON.parse(JSON.stringify(literal(names[index + 1])));
  const key = schema.$defs ? '$defs' : 'definitions';
  const ajv = new (key === '$defs' ? Ajv2020 : Ajv)({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('byte', true);
  ajv.addSchema({ ...schema, $id: 'mcp://' + version });
  const byMethod = {}, results = {};
  for (const [name, definition] of Object.entries(schema[key])) {
    const method = definition.properties?.method?.const;
    if (typeof method !== 'string') continue;
    byMethod[method] = name;
    const result = name.replace(/Request$/, 'Result');
    if (name.endsWith('Request') && schema[key][result]) results[method] = result;
  }
  const validate = (name, value) => {
    const check = ajv.getSchema(`mcp://${version}#/${key}/${name}`);
    return check(value) ? [] : check.errors.slice(0, 4).map((error) => `${name}${error.instancePath}: ${error.message}`);
  };
  return [version, { has: (name) => name in schema[key], validate, byMethod, results }];
}));

function faults({ version, method, message }) {
  const schema = schemas[version === '2024-11-05' ? '2025-03-26' : version];  // the first revision had no schema of its own here
  const either = (...list) => list.find((name) => schema.has(name));
  if (message.method) return schema.validate(schema.byMethod[message.method] ?? 'JSONRPCNotification', message);
  if (message.error) return schema.validate(either('JSONRPCErrorResponse', 'JSONRPCError'), message);
  const envelope = schema.validate(either('JSONRPCResultResponse', 'JSONRPCResponse'), message);
  const asked = message.result?.resultType === 'input_required' ? 'InputRequiredResult' : schema.results[method];
  return envelope.concat(asked ? schema.validate(asked, message.result) : []);
}

const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
let good = 0;
for (const line of lines) {
  const found = faults(line);
  if (found.length === 0) ++good;
  else console.log(`${line.version} ${line.method}: ${found.join('; ')} in ${JSON.stringify(line.message).slice(0, 300)}`);
}
console.log(`valid ${good} of ${lines.length}`);
process.exit(good === lines.length && good > 0 ? 0 : 1);
