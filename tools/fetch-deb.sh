#!/usr/bin/env bash
# fetch-deb.sh SUITE DIR PACKAGE...
# Unpacks Debian packages of another suite (such as sid) into DIR. Nothing gets installed: apt works on folders of its
# own, so the system's sources, lists and packages stay as they are, any user may run it, and apt still checks the
# suite's signature. Prints the name and version of each package.
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: $0 SUITE DIR PACKAGE..." >&2
  exit 64
fi
suite=$1
mkdir -p "$2"
target=$(cd "$2" && pwd)
shift 2

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
command -v apt-get dpkg-deb >/dev/null || { echo "there is no apt: this is not Debian" >&2; exit 1; }
[ -r "$keyring" ] || { echo "there is no $keyring: this is not Debian" >&2; exit 1; }

# The archive that this machine already uses, asked from apt; from its sources where apt has no lists yet.
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | sed -n 1p || true)
if [ -z "$archive" ]; then
  archive=$(grep -hoE 'https?://[^ ]+/debian/?( |$)' -r /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | sed -n '1s/ *$//p' || true)
fi
[ -n "$archive" ] || { echo "apt knows no Debian archive" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$scratch/log"
: >"$scratch/status"
echo "deb [signed-by=$keyring] $archive $suite main" >"$scratch/sources.list"

own_apt() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State="$scratch" -o Dir::State::Lists="$scratch/lists" -o Dir::State::Status="$scratch/status" \
    -o Dir::Cache="$scratch/cache" -o Dir::Log="$scratch/log" \
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true "$@"
}

own_apt update
(cd "$scratch" && own_apt download "$@")
for package in "$scratch"/*.deb; do
  dpkg-deb --show --showformat '${Package} ${Version}\n' "$package"
  dpkg-deb --extract "$package" "$target"
done
