#!/bin/sh
# The main job on the applications of images/: modules to image, checked, and read back.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
romfs="target/release/romfs"
out=target/demo
mkdir -p "$out"

for app in images/*/src; do
    name=$(basename "$(dirname "$app")")
    image="$out/$name.romfs"
    printf '\n== %s\n$ romfs build %s -o %s\n' "$name" "$app" "$image"
    "$romfs" build "$app" -o "$image"
    printf '$ romfs tree %s\n' "$image"
    "$romfs" tree "$image"
    printf '$ romfs verify %s\n' "$image"
    "$romfs" verify "$image"
done
