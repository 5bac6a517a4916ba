#!/bin/bash
# Sets up and passes all the tests: builds with gcc and clang without a warning, then runs every test with the release build
# and again with the address and undefined behaviour sanitizers. For Debian 12 and its kin.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(gcc libc6-dev clang cmake ninja-build pkg-config libsystemd-dev libinih-dev libjansson-dev check)
# What the tests supervise, and what they run in (util-linux is on every Debian).
supervised=(nginx redis-server gunicorn php8.2-fpm)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# The supervised packages bring services of their own, which Debian starts at once unless told not to (policy-rc.d). Nothing
# is to run on this machine that nobody asked for.
install_missing() {
    local missing=() package policy=/usr/sbin/policy-rc.d
    for package in "${build[@]}" "${supervised[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "Installing: ${missing[*]}"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# A test that did not run is as bad as one that failed.
run_tests() {
    local preset=$1 log=build/$1/ctest.log
    ctest --preset "$preset" --no-tests=error -j "$(nproc)" 2>&1 | tee "$log"
    if grep -Eq 'Not Run|\*\*\*Skipped|No tests were found' "$log"; then
        echo "Some tests did not run."
        return 1
    fi
}

install_missing
for preset in release clang sanitize; do
    cmake --preset "$preset" -DSUPD_TESTS=ON
    cmake --build --preset "$preset"
done
run_tests sanitize
run_tests release
