# The stairwell: what the scripts of the house share. Sourced, never run.
# shellcheck shell=bash

# What root makes here, the database's user must be able to enter.
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# One script at a time changes what lies in the clone. Descriptor 9 is closed for whatever outlives
# the script: a server that inherited it would hold the lock for ever.
lock() {
  if [ ! -d "$root/.local" ]; then
    mkdir -p "$root/.local"
    if ((EUID == 0)); then chown --reference="$root" "$root/.local"; fi
  fi
  exec 9<"$root/.local"
  flock --timeout 2 9 || {
    say "waiting for another script in this clone"
    flock 9
  }
}

# The newest installed PostgreSQL that has what the registry's tables need.
postgres_major() {
  local bin major newest=0
  for bin in /usr/lib/postgresql/*/bin; do
    major=$(basename "$(dirname "$bin")")
    if has_postgis "$major" && ((major >= 15 && major > newest)); then newest=$major; fi
  done
  ((newest > 0)) && echo "$newest"
}

has_postgis() {
  local extension
  [ -x "/usr/lib/postgresql/$1/bin/initdb" ] || return 1
  for extension in postgis btree_gist unaccent; do
    [ -e "/usr/share/postgresql/$1/extension/$extension.control" ] || return 1
  done
}

# A Chromium of this machine, the one without windows first: it starts and draws faster.
browser() {
  command -v chromium-headless-shell || command -v chromium || command -v chromium-browser ||
    command -v google-chrome
}
