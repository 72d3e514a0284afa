#!/usr/bin/env python3
"""Checks that each library compiles without features, with each of its features alone, and with all of them.

    features.py [CRATE...]      # default: all that are published

Features add and never take away, so what compiles alone compiles together. Warnings count as errors, but for code that a
small set leaves unused. Exit status 1 names what did not compile.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Hostile builds of the VM exclude one another: tests/src/builds.rs builds them.
EXCLUSIVE = {"romfs-vm": {"dispatch-loop", "dispatch-tail", "gc-stress", "alloc-countdown", "checked", "no-cache"}}


def packages():
    out = subprocess.run(["cargo", "metadata", "--no-deps", "--format-version=1"], cwd=ROOT, check=True,
                         capture_output=True).stdout
    # `publish` is null where anything may be published, an empty list where nothing may.
    return [p for p in json.loads(out)["packages"] if p["publish"] != []]


def compiles(crate, features):
    environment = dict(os.environ, RUSTFLAGS="-D warnings -A dead_code -A unused_imports")
    command = ["cargo", "check", "-q", "-p", crate, "--lib", "--no-default-features", "--features", ",".join(features),
               "--target-dir", "target/features"]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


def main():
    failed = checked = 0
    for package in packages():
        crate, features = package["name"], sorted(package["features"])
        if sys.argv[1:] and crate not in sys.argv[1:]:
            continue
        alone = EXCLUSIVE.get(crate, set())
        sets = [[], *([f] for f in features), [f for f in features if f not in alone]]
        for chosen in sets:
            checked += 1
            if not compiles(crate, chosen):
                failed += 1
                print(f"{crate} does not compile with: {' '.join(chosen) or 'no features'}", file=sys.stderr)
        print(f"{crate}: none, {len(features)} features each alone, all")
    print(f"{checked} sets of features, {failed} that do not compile")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
