#!/usr/bin/env python3
"""The documents tell the truth: links lead somewhere, commands and flags exist, configuration keys are known."""
import os
import re
import subprocess
import sys

BINARY = os.environ.get('TOOMAI_BINARY', 'build/dev/toomai')
LINK = re.compile(r'\[[^\]]+\]\(([^)\s]+)\)')
COMMAND = re.compile(r'`toomai ([a-z][a-z-]*)')
FLAG = re.compile(r'(?<![\w-])--[a-z][a-z-]*')
KEY = re.compile(r'`((?:pool|execution|policy|databases|writes|models|generation|history|server|http|log)\.[a-z_.]+)`')
# Lines that run other programs have flags of theirs.
OTHERS = re.compile(r'claude|cmake|ctest|gtest|docker|psql|ninja|apt|npx|openssl|vault|clang|valgrind|gdb|\./run|\.py|gcov|bench_')


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


def flags_known():
    """Of every command, and of the words of `history`."""
    pages = [help_text()] + [help_text(word) for word in commands_known()]
    pages += [help_text('history', word) for word in re.findall(r'^  ([a-z][a-z-]*)\s', help_text('history'), re.MULTILINE)]
    return {flag for page in pages for flag in FLAG.findall(page)}


def keys_known():
    with open('docs/config.md', encoding='utf-8') as file:
        return {key.replace('[]', '') for key in re.findall(r'^\| `([a-z_.\[\]]+)`', file.read(), re.MULTILINE)}


def unknown_words(path, text, flags, keys):
    for number, line in enumerate(text.split('\n'), 1):
        for flag in FLAG.findall(line) if not OTHERS.search(line) else []:
            if flag not in flags:
                yield f'{path}:{number}: no command has the flag {flag}'
        for key in KEY.findall(line):
            is_file = key.endswith(('.h', '.cpp'))
            if not is_file and key not in keys and not any(known.startswith(key + '.') for known in keys):
                yield f'{path}:{number}: there is no key {key}'


def main():
    if not os.access(BINARY, os.X_OK):
        print(f'{BINARY} is not built')
        return 77
    known, flags, keys = commands_known(), flags_known(), keys_known()
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
        bad += unknown_words(path, text, flags, keys)
    print('\n'.join(sorted(set(bad))) if bad else 'links, commands, flags and keys are right')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
