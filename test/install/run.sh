#!/usr/bin/env bash
# Installs the build into a temporary folder, then builds and runs a project that uses it from
# there. ctest sets GYRE_BUILD, GYRE_SOURCE, CMAKE, CXX, CXXFLAGS and CMAKE_GENERATOR.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset DESTDIR
export CXX CXXFLAGS CMAKE_GENERATOR

fail() {
    echo "install.consumer: $*" >&2
    exit 1
}

"$CMAKE" --install "$GYRE_BUILD" --prefix "$work/prefix"

if grep -rlF -e "$GYRE_SOURCE" -e "$GYRE_BUILD" "$work/prefix" --include='*.cmake'; then
    fail "the package files above point into the source or build tree"
fi
# gyre/asio.hpp is the one header whose users need Boost.
if grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](boost|openssl|ares|zlib)' \
    "$work/prefix" --include='*.hpp' | grep -v '/gyre/asio\.hpp:'; then
    fail "the public headers above include those of a third party"
fi

"$CMAKE" -S "$GYRE_SOURCE/test/install" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix"
"$CMAKE" --build "$work/build"
"$work/build/consumer"
