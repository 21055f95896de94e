#!/usr/bin/env python3
"""What must not be in the repository: notes to ourselves, paths of one machine, secrets, stray files."""
import os
import re
import subprocess
import sys

TEXT = ('.h', '.cpp', '.cc', '.py', '.sh', '.md', '.txt', '.yaml', '.yml', '.sql', '.json', '.cmake', '.html', '.def', '.inc', '.toml')
MARKS = re.compile('|'.join([
    r'\b(TO' + r'DO|FIX' + r'ME|X' + r'XX|HA' + r'CK)\b',  # written apart, or this file would find itself
]))
PATHS = re.compile(r'(?<![\w.])/(?:work|root|home/[a-z]+)/[a-z]|/tmp/[a-z]/')
SECRETS = re.compile(r'-----BEGIN (?:RSA |EC )?PRIVATE KEY-----|\bsk-[A-Za-z0-9]{32,}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b')
# Places that speak of such paths or marks because it is their subject.
EXCEPT = {
    'MARKS': ('tests/lint/', 'HACKING.md', 'fixtures/', 'tests/fuzz/corpus/', '.clang-tidy'),
    'PATHS': ('tests/lint/', 'tests/', 'docs/', 'fixtures/', '.clang-tidy'),
    'SECRETS': ('tests/', 'fixtures/'),
}
MAX_BYTES = 2 << 20


def tracked():
    out = subprocess.run(['git', 'ls-files', '-z'], stdout=subprocess.PIPE, check=False)
    if out.returncode != 0:
        print('not a git checkout')
        sys.exit(77)
    return [name for name in out.stdout.decode().split('\0') if name]


def main():
    bad = []
    files = tracked()
    for name in files:
        try:
            with open(name, 'rb') as file:
                data = file.read()
        except OSError:
            continue  # removed in the working tree
        if re.fullmatch(r'tests/\w+/\w+_test\.(py|sh)', name) and not os.access(name, os.X_OK):
            bad.append(f'{name}: a test that cannot be started (chmod +x)')
        if len(data) > MAX_BYTES:
            bad.append(f'{name}: larger than {MAX_BYTES} bytes')
        if b'\r\n' in data and name.endswith(TEXT) and not name.startswith(('tests/', 'fixtures/')):
            bad.append(f'{name}: Windows line ends')
        if not name.endswith(TEXT) or name.startswith('tests/fuzz/corpus/'):
            continue
        for number, line in enumerate(data.decode('utf-8', 'replace').splitlines(), 1):
            for rule, pattern in (('MARKS', MARKS), ('PATHS', PATHS), ('SECRETS', SECRETS)):
                if pattern.search(line) and not name.startswith(EXCEPT[rule]):
                    bad.append(f'{name}:{number}: {rule.lower()}: {line.strip()[:100]}')
        if re.search(r'\.(orig|rej|swp|o|a)$', name):
            bad.append(f'{name}: does not belong here')
    print('\n'.join(bad) if bad else f'{len(files)} files are clean')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
