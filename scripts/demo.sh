#!/bin/sh
# The main job on the applications of images/: sources to an image, run in place from it, and replaced on a device that
# loses its power on the way.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
romfs=${ROMFS:-target/release/romfs}
out=target/demo
rm -rf "$out"
mkdir -p "$out"

# Prints a command as a person would type it, and runs it.
show() {
    printf '\n$ romfs %s\n' "$*"
    "$romfs" "$@"
}

# Prints the start of a program's output, all of which has to be what real MicroPython prints.
run_app() {
    name=$1
    shift
    printf '\n$ romfs run %s\n' "$*"
    "$romfs" run "$@" >"$out/$name.out"
    head -n 5 "$out/$name.out"
    if cmp -s "$out/$name.out" "images/$name/expected.txt"; then
        printf '  ... %s lines, the same that MicroPython prints\n' "$(wc -l <"$out/$name.out")"
    else
        printf 'demo: %s printed something else than images/%s/expected.txt\n' "$name" "$name" >&2
        exit 1
    fi
}

printf '== Three applications: from sources to an image, run where they lie in it\n'
for name in protocol-parser sensor-logger state-machine; do
    app=images/$name/src
    show build "$app" -o "$out/$name.romfs"
    show verify "$out/$name.romfs"
    run_app "$name" "$out/$name.romfs"
done

printf '\n== Records outlive the program: the same flash, a second run\n'
show run "$out/sensor-logger.romfs" --flash "$out/records.bin" >"$out/first.out"
show run "$out/sensor-logger.romfs" --flash "$out/records.bin" >"$out/second.out"
diff "$out/first.out" "$out/second.out" | sed -n 's/^> /  now: /p' | head -n 3

printf '\n== An update over the air, with a power cut in the middle\n'
show keygen "$out/release.pem"
who="--vendor example.com --class demo"
# The next release: a data file makes it large enough to be cut in the middle.
cp -r images/sensor-logger/src "$out/src"
head -c 3000000 /dev/zero | tr '\0' 'm' >"$out/src/model.bin"
show build "$out/src" -o "$out/next.romfs" --base "$out/sensor-logger.romfs"
# shellcheck disable=SC2086
show sign "$out/sensor-logger.romfs" --key "$out/release.pem" $who --sequence 1
# shellcheck disable=SC2086
show sign "$out/next.romfs" --key "$out/release.pem" $who --sequence 2

port=$((20000 + $$ % 20000))
# Switches the device on: simulated flash in a file, by the code of a board.
device() {
    : >"$out/device.log"
    # shellcheck disable=SC2086
    "$romfs" device run host --flash "$out/device.bin" --key "$out/release.pem.pub" $who --confirm \
        --slot 4096 --udp "127.0.0.1:$port" >>"$out/device.log" &
    device=$!
    tries=0
    until grep -q booted "$out/device.log"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { echo "demo: the device does not start" >&2; exit 1; }
        sleep 0.1
    done
}
booted() {
    sed -n '/booted/s/^/  the device: /p' "$out/device.log" | tail -n 1
}
trap 'kill "$device" 2>/dev/null || true' EXIT

device
show push "$out/sensor-logger.signed.romfs" --udp "127.0.0.1:$port"
booted
printf '\n... the next release is on its way, and the device loses its power\n'
"$romfs" push "$out/next.signed.romfs" --udp "127.0.0.1:$port" >"$out/push.log" 2>&1 &
push=$!
# A tenth of the file is there: slot B begins behind the boot record (two sectors) and slot A (4 MiB).
arrived=$((8192 + 4194304 + 300000))
while [ "$(od -An -tx1 -j "$arrived" -N 1 "$out/device.bin")" = " ff" ] && kill -0 "$push" 2>/dev/null; do :; done
kill -9 "$device"
wait "$push" 2>/dev/null || true
device
booted
printf '  it runs what it ran before; the push goes on where it was cut\n'
show push "$out/next.signed.romfs" --udp "127.0.0.1:$port"
booted
