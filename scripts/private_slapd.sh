#!/usr/bin/env bash
# A private OpenLDAP server on a free loopback port, everything it has in one folder. It holds the
# base entry dc=congress,dc=example and nothing else.
#
#   private_slapd.sh start FOLDER   starts it and prints LDAP_URL, LDAP_BIND_DN and LDAP_PASSWORD as
#                                   shell exports
#   private_slapd.sh stop FOLDER    stops it and removes FOLDER/slapd
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
umask 077

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
}

running() { [ -s "$home/pid" ] && kill -0 "$(cat "$home/pid")" 2>/dev/null; }

free_port() {
    /usr/bin/python3 - <<'PYTHON'
import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
PYTHON
}

configure() {
    mkdir -p "$home/data"
    chmod 700 "$home"
    openssl rand -hex 16 | tr -d '\n' >"$home/password"
    cat >"$home/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $home/pid
argsfile $home/args
sizelimit unlimited
loglevel 0
database mdb
suffix "$suffix"
rootdn "$bind_dn"
rootpw $(slappasswd -n -T "$home/password")
directory $home/data
maxsize 1073741824
index objectClass,entryUUID,uid,employeeNumber eq
CONF
    chmod 600 "$home/slapd.conf"
    slapadd -f "$home/slapd.conf" 2>"$home/log" <<LDIF
dn: $suffix
objectClass: dcObject
objectClass: organization
dc: congress
o: United States Congress
LDIF
}

# Starts slapd and waits until it answers; returns 1 where it does not (the port may be taken).
launch() {
    url=ldap://127.0.0.1:$(free_port)
    slapd -f "$home/slapd.conf" -h "$url" >>"$home/log" 2>&1 || return 1
    for _ in $(seq 100); do
        ldapsearch -x -H "$url" -b "" -s base -LLL dn >/dev/null 2>&1 && return 0
        running || return 1
        sleep 0.05
    done
    return 1
}

start() {
    running && { echo "private_slapd.sh: already running in $home" >&2; exit 1; }
    configure
    for _ in 1 2 3; do
        if launch; then
            printf 'export LDAP_URL=%q LDAP_BIND_DN=%q LDAP_PASSWORD=%q\n' \
                "$url" "$bind_dn" "$(cat "$home/password")"
            return
        fi
    done
    cat "$home/log" >&2
    echo "private_slapd.sh: slapd does not start" >&2
    exit 1
}

stop() {
    if running; then
        pid=$(cat "$home/pid")
        kill "$pid"
        for _ in $(seq 200); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
    fi
    rm -rf "$home"
}

[ $# -eq 2 ] || usage
mkdir -p "$2"
home=$(cd "$2" && pwd)/slapd
suffix=dc=congress,dc=example
bind_dn=cn=admin,$suffix
case $1 in
start) start ;;
stop) stop ;;
*) usage ;;
esac
