#!/bin/sh
# Runs cargo for a microcontroller target, with whichever Rust on this machine can build for it.
#
#   scripts/cross.sh [--small] TARGET SUBCOMMAND [ARGUMENT...]     e.g. scripts/cross.sh thumbv7m-none-eabi check -p romfs-vm
#
# With the target installed through rustup that is plain cargo; otherwise core is built from
# Debian's rust-web-src by Debian's own compiler, into a target folder of its own.
#
# --small is how the boards' firmware is built: core from its sources too, optimised for size, without frame pointers (which
# Rust's targets for Cortex-M demand), with traps for panics where the compiler can, one place for the VM's state, to which `tp` or
# `r9` points (vm/src/place.rs), and on RISC-V with shared code to save registers, and calls and addresses that the linker shortens
# (scripts/link_short.py).
# It takes what stable Rust does not offer: RUSTC_BOOTSTRAP and the component rust-src, of the same compiler.
set -eu
small=
[ "${1:-}" != --small ] || { small=1; shift; }
[ $# -ge 2 ] || { echo "usage: $0 [--small] TARGET SUBCOMMAND [ARGUMENT...]" >&2; exit 2; }
target=$1
subcommand=$2
shift 2
scripts=$(cd "$(dirname "$0")" && pwd)

# C for littlefs, and the compiler's own headers, which its bindings are made from.
name=$(echo "$target" | tr - _)
case "$target" in
thumb*) cc=arm-none-eabi-gcc ;;
riscv32imac*) cc=riscv64-unknown-elf-gcc && export "CFLAGS_$name=-isystem /usr/lib/picolibc/riscv64-unknown-elf/include" ;;
*) cc= ;;
esac
if [ -n "$cc" ] && command -v "$cc" >/dev/null; then
    export "CC_$name=$cc" "BINDGEN_EXTRA_CLANG_ARGS_$name=-ffreestanding -I$("$cc" -print-file-name=include)"
fi

# Debian's compiler where rustup's cannot build for the target.
rustc=rustc
cargo=cargo
sysroot=$(rustc --print sysroot 2>/dev/null || true)
needs=$sysroot/lib/rustlib/$target
[ -z "$small" ] || needs=$sysroot/lib/rustlib/src/rust/library/core
if [ -z "$sysroot" ] || ! [ -d "$needs" ]; then
    [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library/core ] || {
        echo "cross: no Rust core library for $target: run scripts/setup.sh cross" >&2
        exit 1
    }
    rustc=/usr/bin/rustc
    cargo=/usr/bin/cargo
    # Debian brings no rust-lld; these are the linkers of its own packages.
    case "$target" in
    thumb*) linker=arm-none-eabi-ld ;;
    *) linker=ld.lld ;;
    esac
    variable=CARGO_TARGET_$(echo "$target" | tr 'a-z-' 'A-Z_')_LINKER
    export "$variable=$linker" RUSTC=$rustc CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/debian"
elif [ -z "$small" ]; then
    exec cargo "$subcommand" --target "$target" "$@"
fi
export RUSTC_BOOTSTRAP=1
[ -n "$small" ] || exec "$cargo" "$subcommand" --target "$target" -Zbuild-std=core "$@"

# The target as the compiler has it, but for frame pointers. Its name stays, and so do the names of folders.
specification=$(mkdir -p "${CARGO_TARGET_DIR:-target}/small" && cd "${CARGO_TARGET_DIR:-target}/small" && pwd)/$target.json
"$rustc" -Zunstable-options --print target-spec-json --target "$target" |
    sed 's/"frame-pointer": "always"/"frame-pointer": "may-omit"/' >"$specification.$$"
# The same file stays as it is: cargo builds all again where it changes. Tests call this script at the same time.
cmp -s "$specification.$$" "$specification" && rm "$specification.$$" || mv "$specification.$$" "$specification"
# Where in the sources a panic comes from is not told: that is 20 KB of a firmware whose panic handler prints.
flags='--cfg=sha2_backend_soft="compact" -Awarnings -Zlocation-detail=none'
# Blocks lie so that few jumps are needed.
options=apply-ext-tsp-for-size
case "$target" in
# What only one side of a branch needs is not computed before it: fewer bytes and fewer instructions than LLVM's defaults.
thumb*)
    options="$options phi-node-folding-threshold=1 bonus-inst-threshold=0"
    case "$target" in
    # It cannot swap, which the place for the VM's state is claimed by.
    thumbv6m*) ;;
    # C leaves r9 alone, too, since it calls back.
    *)
        flags="$flags -Ctarget-feature=+reserve-r9 --cfg=romfs_vm_one"
        export "CFLAGS_$name=-ffixed-r9"
        ;;
    esac
    ;;
# Instructions stay in their order, which leaves fewer moves, and few jumps need no table; and functions lie where calls of them
# are short, which takes a linker that links twice.
riscv32*)
    options="$options enable-misched=false riscv-min-jump-table-entries=12"
    flags="$flags -Ctarget-feature=+relax,+save-restore --cfg=romfs_vm_one"
    ! command -v python3 >/dev/null || flags="$flags -Clinker=$scripts/link_short.py"
    ;;
esac
# Older compilers do not know all of them.
for option in $options; do
    ! "$rustc" "-Cllvm-args=-$option" --print cfg >/dev/null 2>&1 || flags="$flags -Cllvm-args=-$option"
done
# A panic is a trap: its address tells the line (`Console::fault`), and 2 KB of texts and calls are not in the firmware.
trap="-Zunstable-options -Cpanic=immediate-abort"
# shellcheck disable=SC2086
! "$rustc" $trap --print cfg >/dev/null 2>&1 || flags="$flags $trap"
json=
"$cargo" -Z help | grep -q json-target-spec && json=-Zjson-target-spec
export RUSTFLAGS="$flags"
# shellcheck disable=SC2086
exec "$cargo" "$subcommand" --target "$specification" $json -Zbuild-std=core -Zbuild-std-features=optimize_for_size,compiler-builtins-mem "$@"
