# Sourced by examples/run and test/run: everything between a fresh clone and a finished build.
# All of its output goes to stderr, because stdout belongs to the program or test that comes next.
# shellcheck shell=bash disable=SC2034  # the lists are for the scripts that source this file

gyre_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

gyre_build_packages=(
    g++ cmake ninja-build pkg-config ca-certificates
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libc-ares-dev zlib1g-dev
    libbrotli-dev libpsl-dev libidn2-dev libcli11-dev
)
# Node.js and Chromium are used where they are found, and are not asked for.
gyre_test_packages=(
    libgtest-dev libgmock-dev libbenchmark-dev libhiredis-dev redis-server
    openssl curl wget nginx tinyproxy microsocks python3 python3-requests python3-tornado python3-twisted
)
# What gyre is measured beside.
gyre_bench_packages=(libuv1-dev libevent-dev)
gyre_clang_packages=(clang-19 libclang-rt-19-dev)

gyre_configure_options=()  # further arguments for cmake, of the script that sources this file

# Prints those of its arguments that are not installed, with one call of dpkg-query, which takes
# some 30 ms. Where there is no dpkg, nothing is missing: CMake will say what it cannot find.
gyre_missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    local installed package
    installed=$'\n'$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" \
        2>/dev/null || true)$'\n'
    for package in "$@"; do
        [[ $installed == *$'\n'"installed $package"$'\n'* ]] || printf '%s\n' "$package"
    done
}

# Installs those of its arguments that are missing; if it may not, says how to, and ends the script.
gyre_require_packages() {
    local missing=() sudo=()
    mapfile -t missing < <(gyre_missing_packages "$@")
    ((${#missing[@]})) || return 0

    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            echo "missing packages; to install them: sudo apt-get update &&" \
                "sudo ${install[*]}" >&2
            exit 1
        fi
        sudo=(sudo -n)
    fi
    # Another apt may be running, as on a machine that has just started: wait for it.
    local wait_for_lock=(-o DPkg::Lock::Timeout=300)
    echo "installing: ${missing[*]}" >&2
    if ! { "${sudo[@]}" apt-get "${wait_for_lock[@]}" update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            "${install[@]:0:1}" "${wait_for_lock[@]}" "${install[@]:1}"; } </dev/null >&2; then
        echo "could not install the missing packages: ${missing[*]}" >&2
        exit 1
    fi
}

# One compiler for each core, but no more than memory has room for: a sanitized translation unit
# that includes Asio and Beast takes more than 1 GB.
gyre_build_jobs() {
    local cores memory_kb
    cores=$(nproc)
    memory_kb=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    local fit=$((${memory_kb:-0} / 1500000))
    ((fit >= 1)) || fit=1
    echo $((cores < fit ? cores : fit))
}

# gyre_build PRESET WITH_TESTS TARGET…: configures if that was never done or the presets have
# changed since (a change of a CMakeLists.txt or a new file is noticed by ninja), then builds.
# WITH_TESTS is ON, or OFF when the packages of the tests may not be there.
gyre_build() {
    gyre_build_in "$gyre_root/build/$1" "$@"
}

# gyre_build_in FOLDER PRESET WITH_TESTS TARGET…: the same in another folder than the preset's.
gyre_build_in() {
    local folder=$1 preset=$2 with_tests=$3
    shift 3
    mkdir -p "$folder"
    # Two terminals may start two programs at once, but two ninjas must not build in one folder.
    (
        flock 9
        gyre_configure "$folder" "$preset" "$with_tests"
        # Ninja's words for "nothing to do" are dropped: a program's own message on stderr should
        # stand alone.
        cmake --build "$folder" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(gyre_build_jobs)}" \
            --target "$@" 2>&1 |
            sed -u -e '/^ninja: no work to do\.$/d' -e '/Re-checking globbed directories/d' >&2
    ) 9>"$folder/.lock" </dev/null
}

gyre_configure() {
    local folder=$1 preset=$2 with_tests=$3 configured=
    local stamp=$folder/.configured wanted="$3 ${gyre_configure_options[*]}"
    if [[ -e $stamp && $stamp -nt $gyre_root/CMakePresets.json ]]; then
        configured=$(<"$stamp")
    fi
    # A tree that has the tests will do for the examples, too.
    [[ $configured == "$wanted" || ($with_tests == OFF && $configured == ON*) ]] && return
    rm -f "$stamp"
    (cd "$gyre_root" && cmake --preset "$preset" -B "$folder" -DGYRE_BUILD_TESTS="$with_tests" \
        "${gyre_configure_options[@]}") >&2
    echo "$wanted" >"$stamp"
}
