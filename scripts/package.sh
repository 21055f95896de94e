#!/usr/bin/env bash
# Makes build/toomai_VERSION_ARCH.deb from a release build. Usage: package.sh BUILD_DIRECTORY
set -euo pipefail
build=$1
version=$("$build/toomai" --version | sed 's/^toomai //')
architecture=$(dpkg --print-architecture)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
install -Dm755 "$build/toomai" "$stage/usr/bin/toomai"
strip --strip-unneeded "$stage/usr/bin/toomai"
install -Dm644 config.example.yaml "$stage/usr/share/doc/toomai/config.example.yaml"
for document in README.md SECURITY.md CHANGELOG.md LICENSE docs/*.md; do
  install -Dm644 "$document" "$stage/usr/share/doc/toomai/$document"
done
# The package that holds a file. dpkg may know it below / or below /usr, which are one.
package_of() {
  local file
  file=$(readlink -f "$1")
  { dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "${file#/usr}"; } | head -n 1 | cut -d: -f1
}
# The shared libraries that the program itself asks for, at its start or later, become dependencies; theirs are their own
# business.
depends=''
late=$(cat "$build/lazy_libraries.txt" 2>/dev/null || true)
for library in $(objdump -p "$stage/usr/bin/toomai" | awk '$1 == "NEEDED" {print $2}') $late; do
  path=$({ ldd "$stage/usr/bin/toomai"; /sbin/ldconfig -p | awk '{print $1, "=>", $NF}'; } | awk -v name="$library" '$1 == name {print $3; exit}')
  [ -n "$path" ] || continue  # the dynamic loader
  depends+="$(package_of "$path")"$'\n'
done
depends=$(printf %s "$depends" | sort -u | paste -sd, | sed 's/,/, /g')
mkdir -p "$stage/DEBIAN"
cat >"$stage/DEBIAN/control" <<CONTROL
Package: toomai
Version: $version
Architecture: $architecture
Maintainer: the toomai authors <toomai@localhost>
Section: database
Priority: optional
Depends: $depends
Recommends: ca-certificates, postgresql
Description: ask PostgreSQL in plain language
 An MCP server and command line that turns questions in English, Chinese or
 Japanese into one checked, read-only SELECT and its rows, with or without a
 language model.
CONTROL
package="build/toomai_${version}_${architecture}.deb"
dpkg-deb --build --root-owner-group "$stage" "$package" >/dev/null
echo "$package"
