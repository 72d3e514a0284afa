#!/usr/bin/env python3
"""Lists the licence of every crate that the project builds with, and checks them against deny.toml.

    licences.py            # name, version and licence, one crate a line

What `cargo metadata` knows is compared with the licences that deny.toml allows, so that the check needs nothing but
cargo; `cargo deny check` reads the same file and also looks at sources and advisories. Exit status 1 names what is not
allowed.
"""
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def allowed_expression(expression, allowed):
    """Whether an SPDX expression can be met with allowed licences."""
    # Older manifests separate alternatives by a slash.
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def term():
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            value = choice()
            position += 1
            return value
        if position < len(tokens) and tokens[position] == "WITH":
            token = " ".join([token, "WITH", tokens[position + 1]])
            position += 2
        return token in allowed

    def both():
        nonlocal position
        value = term()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            value = term() and value
        return value

    def choice():
        nonlocal position
        value = both()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            value = both() or value
        return value

    return choice()


def main():
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])
    out = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked"], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = sorted(json.loads(out.stdout)["packages"], key=lambda p: (p["name"], p["version"]))
    refused = []
    for package in packages:
        licence = package["license"] or "(none stated)"
        if package["source"] is not None:
            print(f"{package['name']} {package['version']}: {licence}")
        if not package["license"] or not allowed_expression(package["license"], allowed):
            refused.append(f"{package['name']} {package['version']}: {licence}")
    if refused:
        sys.exit("not allowed by deny.toml: " + "; ".join(refused))


main()
