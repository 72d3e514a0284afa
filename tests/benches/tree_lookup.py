#!/usr/bin/env python3
"""Instructions that open and import take in a directory of 10 names and in one of 10,000, counted by callgrind.

    tree_lookup.py ROMFS        # the command, built with optimisation

Prints the counts and their ratio; exit status 1 where a ratio is over 1.5.
"""
import os, re, subprocess, sys, tempfile

OPEN = "for i in range({n}):\n    open('/rom/data/f{last}', 'rb')\n"
IMPORT = "import sys\nfor i in range({n}):\n    import m{last}\n    del sys.modules['m{last}']\n"


def count(romfs, work, names, program, n):
    folder = os.path.join(work, f"{names}-{n}-{len(program)}")
    os.makedirs(folder + "/data")
    last = names - 1
    for i in range(names):
        open(f"{folder}/data/f{i}", "w").close()
    # Modules lie beside main: as many as names, all but one of them data.
    for i in range(names - 1):
        open(f"{folder}/x{i}", "w").close()
    open(f"{folder}/m{last}.py", "w").close()
    with open(folder + "/main.py", "w") as f:
        f.write(program.format(n=n, last=last))
    image = folder + ".romfs"
    subprocess.run([romfs, "build", folder, "-o", image], check=True, capture_output=True)
    out = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={work}/out", romfs, "run", image],
        check=True, capture_output=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", out).group(1))


def main():
    romfs, worst = sys.argv[1], 0.0
    with tempfile.TemporaryDirectory() as work:
        for name, program in (("open", OPEN), ("import", IMPORT)):
            each = []
            for names in (10, 10_000):
                few, many = (count(romfs, work, names, program, n) for n in (100, 600))
                each.append((many - few) / 500)
            ratio = each[1] / each[0]
            worst = max(worst, ratio)
            print(f"{name}: {each[0]:.0f} instructions among 10, {each[1]:.0f} among 10,000: {ratio:.2f}")
    return worst > 1.5


sys.exit(main())
