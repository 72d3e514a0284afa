#!/bin/sh
# How large the VM is on a microcontroller: text and rodata of the least firmware that runs it, at opt-level z.
#
#   scripts/size.sh            the three sets, for both targets, held against their limits, and the Cortex-M3 board's firmware
#   scripts/size.sh modules    also what each module adds to the minimal set
#   scripts/size.sh rooms      also where the bytes of the whole lie
#   scripts/size.sh stable     also the sets as a stable compiler and its own core make them, for comparison
#
# Built as the boards are: scripts/cross.sh --small.
set -eu
cd "$(dirname "$0")/.."
targets="thumbv7m-none-eabi riscv32imac-unknown-none-elf"
export CARGO_TARGET_DIR="$PWD/target/size"

# The ELF file of a target and a list of features.
build() {
    (cd boards/size && ../../scripts/cross.sh $how "$1" build --quiet --release --features "$2")
    elf=$(ls -t "$CARGO_TARGET_DIR/$1/release/romfs-vm-size" "$CARGO_TARGET_DIR/debian/$1/release/romfs-vm-size" 2>/dev/null | head -1)
}

# Prints the size of a set and fails where it is above its limit, KiB.
set_of() {
    build "$target" "$1"
    bytes=$(python3 scripts/size.py "$elf")
    note=
    [ "$bytes" -le $(($2 * 1024)) ] || { note=" TOO LARGE"; failed=1; }
    printf '%-32s %-10s %7d bytes, %d KiB of %d%s\n' "$target" "$1" "$bytes" $(((bytes + 1023) / 1024)) "$2" "$note"
}

# Prints the size of the Cortex-M3 board's firmware with a set beside MicroPython's, and fails where it is above that.
firmware_of() {
    (cd boards/qemu-cortex-m3 && ../../scripts/cross.sh --small thumbv7m-none-eabi build --quiet --release --no-default-features --features "$1")
    elf=$(ls -t "$CARGO_TARGET_DIR"/*/release/qemu-cortex-m3 "$CARGO_TARGET_DIR"/debian/*/release/qemu-cortex-m3 2>/dev/null | head -1)
    bytes=$(python3 scripts/size.py "$elf")
    note=
    [ "$bytes" -le "$THEIRS" ] || { note=" TOO LARGE"; failed=1; }
    printf '%-32s %-10s %7d bytes, MicroPython'"'"'s %d%s\n' qemu-cortex-m3 "$1" "$bytes" "$THEIRS" "$note"
}

# Text and rodata of MicroPython 1.29's firmware for mps2-an385.
THEIRS=190604
how=--small
failed=0
for target in $targets; do
    set_of minimal 120
    minimal=$bytes
    set_of an385 170
    set_of modules 300
    case "${1:-}" in
    rooms) python3 scripts/size.py "$elf" --rooms ;;
    stable)
        how=
        for set in minimal an385 modules; do
            build "$target" "$set"
            printf '  %-10s by a stable compiler %7d\n' "$set" "$(python3 scripts/size.py "$elf")"
        done
        how=--small
        ;;
    modules)
        for feature in $(sed -n 's/^\(mod-[a-z0-9-]*\) = .*/\1/p' vm/Cargo.toml); do
            build "$target" "romfs-vm/$feature"
            printf '  %-22s %+7d\n' "$feature" $(($(python3 scripts/size.py "$elf") - minimal))
        done
        ;;
    esac
done
firmware_of an385
exit $failed
