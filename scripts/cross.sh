#!/bin/sh
# Runs cargo for a microcontroller target, with whichever Rust on this machine can build for it.
#
#   scripts/cross.sh TARGET SUBCOMMAND [ARGUMENT...]     e.g. scripts/cross.sh thumbv7m-none-eabi check -p romfs-vm
#
# With the target installed through rustup that is plain cargo; otherwise core is built from
# Debian's rust-web-src by Debian's own compiler, into a target folder of its own.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 TARGET SUBCOMMAND [ARGUMENT...]" >&2; exit 2; }
target=$1
subcommand=$2
shift 2

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

sysroot=$(rustc --print sysroot 2>/dev/null || true)
if [ -n "$sysroot" ] && [ -d "$sysroot/lib/rustlib/$target" ]; then
    exec cargo "$subcommand" --target "$target" "$@"
fi

[ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library/core ] || {
    echo "cross: no Rust core library for $target: run scripts/setup.sh cross" >&2
    exit 1
}
# Debian brings no rust-lld; these are the linkers of its own packages.
case "$target" in
thumb*) linker=arm-none-eabi-ld ;;
*) linker=ld.lld ;;
esac
variable=CARGO_TARGET_$(echo "$target" | tr 'a-z-' 'A-Z_')_LINKER
export "$variable=$linker" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/debian"
exec /usr/bin/cargo "$subcommand" --target "$target" -Zbuild-std=core "$@"
