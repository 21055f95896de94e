#!/usr/bin/env bash
# ./run for a user who may not install: it names exactly what is missing, as one line to copy, and does nothing else. Only root
# can play a user without rights; skipped (77) for others.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
command -v dpkg-query >/dev/null || { echo "skipped: not a Debian system"; exit 77; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/scripts"
cp run "$place/"
printf '%s\n' 'coreutils  # there' 'toomai-no-such-a  # why' '# a comment' 'toomai-no-such-b' >"$place/scripts/packages.txt"
chown -R nobody "$place"
for word in test demo build package; do
  status=0
  said=$(cd "$place" && runuser -u nobody -- env -i PATH=/usr/bin:/bin ./run "$word" </dev/null 2>&1) || status=$?
  expected="run: these Debian packages are missing and there are no privileges to install them. As root:
  apt-get install --no-install-recommends toomai-no-such-a toomai-no-such-b "
  if [ "$status" != 1 ] || [ "$said" != "$expected" ] || [ -e "$place/build" ]; then
    printf 'FAIL  ./run %s ended with %s and said:\n%s\n' "$word" "$status" "$said"
    exit 1
  fi
  echo "ok    ./run $word says what is missing"
done
