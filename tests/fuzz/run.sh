#!/bin/sh
# Runs one fuzz target from its seeds: run.sh TARGET [RUNS]
set -eu
[ $# -ge 1 ] || { echo "usage: $0 TARGET [RUNS]" >&2; exit 2; }
target=$1
runs=${2:-10000000}
cd "$(dirname "$0")"
mkdir -p "corpus-run/$target"
cargo +nightly fuzz run --fuzz-dir . "$target" "corpus-run/$target" "seeds/$target" -- \
    -runs="$runs" -max_len=2048 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1
