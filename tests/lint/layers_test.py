#!/usr/bin/env python3
"""A folder is a layer: it includes only what lies below it, and third-party headers stay where they belong."""
import os
import re
import sys

# Arrows point only down. mcp sees the engine's face: the values that travel through engine.h.
MAY_INCLUDE = {
    'base': set(),
    'validator': set(),
    'schema': {'base', 'validator'},
    'llm': {'base'},
    'templates': {'base', 'schema', 'validator'},
    'cache': {'base', 'schema'},
    'engine': {'base', 'validator', 'schema', 'llm', 'templates', 'cache'},
    'mcp': {'base', 'engine', 'cache', 'schema', 'validator'},
    'app': {'base', 'validator', 'schema', 'llm', 'templates', 'cache', 'engine', 'mcp'},
}

# Third-party header (by its beginning) -> files (by their beginning) that may include it.
THIRD_PARTY = {
    'spdlog/': ['base/log.cpp'],
    'prometheus/': ['base/metrics.cpp'],
    'tl/': ['base/error.h', 'mcp/json_rpc.h'],
    'unicode/': ['base/', 'schema/'],
    'libstemmer': ['schema/'],
    'curl/': ['llm/http.cpp'],
    'sqlite3.h': ['cache/sqlite.cpp'],
    'libpq': ['engine/pg/'],
    'pg_config': [],
    'pg_query': [],
    'boost/': ['mcp/'],
    'openssl/': ['mcp/', 'app/', 'llm/'],
    'yaml-cpp/': ['templates/', 'app/'],
    'CLI/': ['app/'],
    'nlohmann/': ['schema/', 'llm/', 'cache/', 'engine/', 'mcp/', 'app/'],
}
# Heavy headers stay out of our headers. Exceptions with their reason:
IN_HEADERS = {
    ('base/error.h', 'tl/'),          # Expected is part of every interface
    ('mcp/json_rpc.h', 'tl/'),
    ('schema/json_fields.h', 'nlohmann/'),  # shared by the writer and the reader alone
    ('mcp/http_connection.h', 'boost/'),  # shared by the two files that know the library
}
IN_HEADERS_FOLDERS = {('mcp/', 'nlohmann/')}  # JSON is the matter of the protocol layer, inside its folder

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources():
    for folder in MAY_INCLUDE:
        for directory, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith(('.h', '.cpp', '.def', '.inc')):
                    yield folder, os.path.join(directory, name)


def problems_of(folder, path, included):
    top = included.split('/')[0]
    if top in MAY_INCLUDE and '/' in included:
        if top != folder and top not in MAY_INCLUDE[folder]:
            yield f'{folder} may not include {top}'
        if folder not in ('engine', 'app') and included.startswith('engine/pg/'):
            yield 'engine/pg belongs to the engine'
    for library, places in THIRD_PARTY.items():
        if not included.startswith(library):
            continue
        if not any(path.startswith(place) for place in places):
            yield f'{included} may be included only by {", ".join(places) or "tests"}'
        allowed = (path, library) in IN_HEADERS or any(
            path.startswith(place) and library == known for place, known in IN_HEADERS_FOLDERS)
        if path.endswith('.h') and not allowed:
            yield f'{included} stays out of our headers'


def main():
    bad = []
    files = 0
    for folder, path in sources():
        files += 1
        with open(path, encoding='utf-8') as text:
            for number, line in enumerate(text, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                bad += [f'{path}:{number}: {problem}' for problem in problems_of(folder, path, match[2])]
                if match[1] == '"' and '/' not in match[2] and not os.path.exists(os.path.join(os.path.dirname(path), match[2])):
                    bad.append(f'{path}:{number}: write includes from the root of the repository')
        if path.endswith('.h'):
            with open(path, encoding='utf-8') as text:
                content = text.read()
            if '#pragma once' not in content:
                bad.append(f'{path}:1: a header needs #pragma once')
            if not content.startswith('//'):
                bad.append(f'{path}:1: a header begins with what it is for')
    print('\n'.join(bad) if bad else f'{files} files keep to their layers')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
