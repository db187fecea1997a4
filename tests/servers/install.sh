#!/usr/bin/env bash
# Installs what the tests need beside Python: PostgreSQL's server, an LDAP server, Chromium and a library. As root on Debian by apt, without starting
# any system server; elsewhere it says what is missing and fails. Does nothing when all is there.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ -x /usr/sbin/slapd ] || command -v slapd >/dev/null || missing+=(slapd)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
# Playwright's driver needs it, and a bare Debian does not have it.
if [ "$(uname)" = Linux ]; then
  [[ "$(/sbin/ldconfig -p)" == *libatomic.so.1* ]] || missing+=(libatomic1)
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need programs that are not on this machine: ${missing[*]} (names of Debian's packages)." >&2
  echo "Install them, or run this target as root on Debian. On macOS: brew install postgresql openldap chromium" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # 101: "do not start"; the tests start servers of their own
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi

# A machine that has just booted holds apt's locks for a while, and a mirror may be slow to answer.
retry() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10; do
    "$@" </dev/null && return 0
    echo "apt did not succeed (try $try of 10): once more in 15 s" >&2
    sleep 15
  done
  return 1
}

echo "Installing ${missing[*]} with apt"
quiet=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
retry apt-get "${quiet[@]}" update
retry apt-get "${quiet[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null
