#!/usr/bin/env bash
# The official MCP conformance suite: the product set against the shipped binary, the fixture set against the test-only
# server. Skipped (77) where npm does not answer.
set -u
cd "$(dirname "$0")" || exit 1
binary=${TOOMAI_BINARY:?} fixture=${TOOMAI_BUILD:?}/tests/conformance/mcp_fixture_server
package=@modelcontextprotocol/conformance@${MCP_CONFORMANCE_VERSION:-0.2.0-alpha.12}
cache=${MCP_CONFORMANCE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/mcp-conformance-${package##*@}}
if [ ! -d "$cache/node_modules/@modelcontextprotocol/conformance" ]; then
  command -v npm >/dev/null || { echo "skipped: npm is not installed"; exit 77; }
  timeout 20 npm view "$package" version >/dev/null 2>&1 || { echo "skipped: npm does not answer, so the conformance suite cannot be had"; exit 77; }
fi
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
failed=0
port=$(free_port)
XDG_STATE_HOME=$state DATABASE_URL=postgresql://127.0.0.1:1/none ./run_suite.sh --product "http://127.0.0.1:$port/mcp" -- "$binary" serve --port "$port" || failed=1
[ -x "$fixture" ] || { echo "no $fixture: build it"; exit 1; }
port=$(free_port)
./run_suite.sh --strict --fixture "http://127.0.0.1:$port/mcp" -- "$fixture" "$port" || failed=1
exit $failed
