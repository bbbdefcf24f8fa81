#!/usr/bin/env bash
# Installs the Debian packages of scripts/packages.txt that are missing, without questions and
# without starting any service. Says nothing unless something goes wrong.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/packages.txt")
installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null |
    sed -n 's/^ii *//p' || true)
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" |
    grep -vxF -f <(printf '%s\n' "$installed") || true)
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "install.sh: needs root (or sudo) to install: ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi

# Debian starts a service as soon as its package is set up; a policy that answers 101 forbids it.
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
saved=""
restore() {
    if [ -n "$saved" ]; then
        "${as_root[@]}" mv -f "$saved" "$policy"
    else
        "${as_root[@]}" rm -f "$policy"
    fi
    rm -f "$log"
}
if [ -e "$policy" ]; then
    saved=$policy.before-muster
    "${as_root[@]}" mv -f "$policy" "$saved"
fi
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
"${as_root[@]}" chmod 755 "$policy"

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1
}
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
    tail -n 40 "$log" >&2
    echo "install.sh: could not install: ${missing[*]}" >&2
    exit 1
fi
