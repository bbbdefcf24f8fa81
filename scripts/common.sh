# shellcheck shell=bash disable=SC2154
# Shared by ./demo, ./test and ./bench; sourced, with $root set to the repository.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

now_ms() { date +%s%3N; }

seconds_since() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# build PRESET TARGET…: configures where needed and builds; quiet unless it fails.
build() {
    local preset=$1 log
    shift
    log=$root/build/$preset.log
    mkdir -p "$root/build"
    if ! (cd "$root" && cmake --preset "$preset" &&
        ninja -j "$(nproc)" -C "build/$preset" "$@") >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        fail "building $preset failed; all of it is in $log"
    fi
}
