#!/bin/sh
# Sets up, builds and runs the bundled example: supd in the background, then `supctl status`. For Debian 12 and its kin.
set -eu
cd "$(dirname "$0")/.."

packages="gcc libc6-dev cmake ninja-build pkg-config libsystemd-dev libinih-dev libjansson-dev"

# As root, or by sudo where that is needed.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "Installing:$missing"
    as_root apt-get update -q
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

cmake --preset release -DSUPD_TESTS=OFF
cmake --build --preset release

SUPD_EXAMPLE_DIR=${SUPD_EXAMPLE_DIR:-${TMPDIR:-/tmp}/supd-example-$(id -u)}
SUPD_RUNTIME_DIR=$SUPD_EXAMPLE_DIR/run
export SUPD_EXAMPLE_DIR SUPD_RUNTIME_DIR
mkdir -p "$SUPD_EXAMPLE_DIR"

echo
supctl=build/release/ctl/supctl
if "$supctl" version >/dev/null 2>&1 && "$supctl" list >/dev/null 2>&1; then
    echo "The example is running already."
else
    build/release/daemon/supd -c packaging/example/supd.ini
fi
"$supctl" status
cat <<END

Go on with:
  export SUPD_RUNTIME_DIR=$SUPD_RUNTIME_DIR
  $supctl status flaky
  $supctl logs -n 3 ticker
  $supctl restart workers
  $supctl shutdown
END
