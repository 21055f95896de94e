#!/usr/bin/env python3
"""Dashboard, alert rules and docs/operations.md speak of metrics that the program makes, and of all of them."""
import json
import pathlib
import re
import sys

MADE = re.compile(r'Get(Counter|Gauge|Latency)\(\s*"(toomai_\w+)"')
USED = re.compile(r'\btoomai_\w+')
SUFFIXES = {'Latency': ('_bucket', '_sum', '_count')}


def made():
    kinds = {}
    for folder in ('app', 'base', 'cache', 'engine', 'llm', 'mcp'):
        for path in [*pathlib.Path(folder).rglob('*.cpp'), *pathlib.Path(folder).rglob('*.h')]:
            for kind, name in MADE.findall(path.read_text(encoding='utf-8')):
                kinds[name] = kind
    # The pool makes its counters through a helper that gets the name.
    for name in re.findall(r'"(toomai_pool_\w+)"', pathlib.Path('engine/pg/pool.cpp').read_text(encoding='utf-8')):
        kinds.setdefault(name, 'Counter')
    return kinds


def expressions():
    """(where, PromQL) of everything that is asked of Prometheus."""
    dashboard = json.loads(pathlib.Path('docs/operations/grafana-dashboard.json').read_text(encoding='utf-8'))
    for panel in dashboard['panels']:
        for target in panel.get('targets', []):
            yield f"panel '{panel['title']}'", target['expr']
    alerts = pathlib.Path('docs/operations/alerts.yaml').read_text(encoding='utf-8')
    for name, text in re.findall(r'alert: (\w+)\n\s*expr: (.*)', alerts):
        yield f'alert {name}', text


def problem_of(name, kinds):
    if name in kinds:
        return 'is a histogram: use _bucket, _sum or _count' if kinds[name] == 'Latency' else None
    for suffix in SUFFIXES['Latency']:
        if name.endswith(suffix) and kinds.get(name[:-len(suffix)]) == 'Latency':
            return None
    return 'is not made anywhere'


def main():
    kinds = made()
    bad = []
    shown = set()
    asked = list(expressions())
    for where, text in asked:
        if text.count('(') != text.count(')'):
            bad.append(f'{where}: brackets do not match')
        for name in USED.findall(text):
            problem = problem_of(name, kinds)
            if problem:
                bad.append(f'{where}: {name} {problem}')
            shown.add(re.sub(r'_(bucket|sum|count)$', '', name))
    documented = set(USED.findall(pathlib.Path('docs/operations.md').read_text(encoding='utf-8')))
    bad += [f'docs/operations.md: {name} is missing' for name in sorted(kinds) if name not in documented]
    bad += [f'docs/operations.md: {name} is not made anywhere' for name in sorted(documented) if problem_of(name, kinds) and name not in kinds]
    if len(asked) < 20 or not kinds:
        bad.append('too little was found: has a file moved?')
    print('\n'.join(bad) if bad else f'{len(kinds)} metrics, {len(asked)} expressions, {len(shown)} metrics shown')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
