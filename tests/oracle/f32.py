#!/usr/bin/env python3
"""Writes what scripts print in a MicroPython with floats of 32 bits: f32.py BINARY [SCRIPT...]

Beside each script, as NAME.f32.exp. Without scripts, those are written again that have such a file. BINARY is the unix port,
built as README.md says.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def printed(binary, script):
    with tempfile.TemporaryDirectory() as folder:
        # Tracebacks name the file; every build of ours calls it this.
        shutil.copy(script, pathlib.Path(folder) / "main.py")
        run = subprocess.run([binary, "main.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.stdout.replace(b"\r\n", b"\n")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary = pathlib.Path(sys.argv[1]).resolve()
    scripts = [pathlib.Path(name) for name in sys.argv[2:]]
    if not scripts:
        have = sorted((ROOT / "tests/scripts").rglob("*.f32.exp"))
        scripts = [path.with_suffix("").with_suffix(".py") for path in have]
    for script in scripts:
        script.with_suffix(".f32.exp").write_bytes(printed(binary, script))


main()
