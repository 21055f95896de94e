// Lists and calls every tool with one client library. Usage: node mcp_clients.mjs LIBRARY MODE TRANSPORT TARGET
// LIBRARY sdk|client, MODE legacy|auto|modern, TRANSPORT stdio|http, TARGET the binary or the URL. Prints one JSON line.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const [library, mode, transport, target] = process.argv.slice(2);
const require = createRequire(process.env.TOOMAI_NPM_CACHE + '/package.json');
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

async function connect() {
  const info = { name: 'toomai-test', version: '1' };
  const env = { ...process.env };
  if (library === 'sdk') {
    const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await load('@modelcontextprotocol/sdk/client/stdio.js');
    const { StreamableHTTPClientTransport } = await load('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const client = new Client(info, { capabilities: {} });
    await client.connect(transport === 'stdio' ? new StdioClientTransport({ command: target, args: ['mcp'], env, stderr: 'ignore' })
                                               : new StreamableHTTPClientTransport(new URL(target)));
    return client;
  }
  const { Client, StreamableHTTPClientTransport } = await load('@modelcontextprotocol/client');
  const { StdioClientTransport } = await load('@modelcontextprotocol/client/stdio');
  const versionNegotiation = mode === 'legacy' ? undefined : { mode: mode === 'auto' ? 'auto' : { pin: '2026-07-28' } };
  const client = new Client(info, { capabilities: {}, ...(versionNegotiation ? { versionNegotiation } : {}) });
  await client.connect(transport === 'stdio' ? new StdioClientTransport({ command: target, args: ['mcp'], env, stderr: 'ignore' })
                                             : new StreamableHTTPClientTransport(new URL(target)));
  return client;
}

const sql = 'SELECT name FROM customers ORDER BY name';
const calls = {
  list_databases: {}, describe_schema: { detail: 'full' }, generate_sql: { question: 'how many customers are there?' },
  execute: { sql }, ask: { question: 'how many customers are there?' }, check_sql: { sql }, explain_sql: { sql }, query_history: {},
};
const client = await connect();
const { tools } = await client.listTools();
const outcome = { tools: tools.map((tool) => tool.name), results: {} };
for (const tool of tools) {
  const result = await client.callTool({ name: tool.name, arguments: calls[tool.name] });
  outcome.results[tool.name] = { isError: result.isError ?? false, structured: result.structuredContent ?? null, text: result.content?.[0]?.text ?? null };
}
outcome.resources = (await client.listResources()).resources.length;
outcome.templates = (await client.listResourceTemplates()).resourceTemplates.length;
outcome.prompts = (await client.listPrompts()).prompts.length;
await client.close();
console.log(JSON.stringify(outcome));
process.exit(0);
