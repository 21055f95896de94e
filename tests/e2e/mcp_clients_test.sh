#!/usr/bin/env bash
# Real MCP clients from npm against the binary, over stdio and HTTP, in both eras. Skipped (77) where npm does not answer.
set -u
cd "$(dirname "$0")/../.." || exit 1
cache=${TOOMAI_NPM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/toomai-mcp-clients}
packages=(@modelcontextprotocol/sdk@1.32 @modelcontextprotocol/client@2.4 @modelcontextprotocol/inspector@2.12.0 @modelcontextprotocol/conformance@0.2.0-alpha.12 ajv@8 ajv-formats@3)
if [ ! -d "$cache/node_modules/@modelcontextprotocol/inspector" ] || [ ! -d "$cache/node_modules/@modelcontextprotocol/conformance" ]; then
  command -v npm >/dev/null || { echo "skipped: npm is not installed"; exit 77; }
  timeout 20 npm view "${packages[0]}" version >/dev/null 2>&1 || { echo "skipped: npm does not answer, so the clients cannot be had"; exit 77; }
  mkdir -p "$cache"
  [ -f "$cache/package.json" ] || echo '{"private":true}' >"$cache/package.json"
  npm install --prefix "$cache" --no-audit --no-fund --loglevel=error "${packages[@]}" || { echo "skipped: npm install failed"; exit 77; }
fi
exec python3 tests/e2e/mcp_clients.py "${TOOMAI_BINARY:?}" "$cache"
