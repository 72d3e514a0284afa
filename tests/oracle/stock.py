"""Mounts default images on a stock MicroPython binary and compares every file with its source.

    python3 stock.py MICROPYTHON ROMFS [SOURCE...]

Builds an image of each source folder and of random ones with the `romfs` command, as data and as compiled modules, mounts it in MicroPython
(1.25 or later) and compares paths and contents.
"""

import hashlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
RANDOM_TREES = 50


def random_tree(folder, rng, depth=3):
    folder.mkdir()
    for number in range(rng.randrange(8)):
        name = f"{rng.choice(['a', 'größe', 'x y', 'Z', '.dot'])}{number}"
        if depth and rng.random() < 0.3:
            random_tree(folder / name, rng, depth - 1)
        else:
            length = rng.choice([0, 1, 9, 100, 127, 128, 5000, 20000])
            # Few different contents, so that some files are stored as pointers.
            (folder / f"{name}{rng.choice(['.txt', '.bin'])}").write_bytes(bytes([rng.randrange(3)]) * length)


def listing(folder):
    """What the MicroPython side prints, of a folder on this side."""
    lines = set()
    for path in folder.rglob("*"):
        name = "/" + path.relative_to(folder).as_posix()
        if path.is_dir():
            lines.add(name + "/")
        else:
            content = path.read_bytes()
            lines.add(f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}")
    return lines


def compare(micropython, romfs, source, work, options):
    image, extracted = work / "image.romfs", work / "extracted"
    subprocess.run([romfs, "build", "-q", *options, "-o", image, source], check=True)
    if "--no-mpy" in options:
        expected = listing(source)
    else:
        # Compiled names differ from the sources': what `extract` gives is what must be mounted.
        subprocess.run([romfs, "extract", image, "-o", extracted], check=True, stderr=subprocess.DEVNULL)
        expected = listing(extracted)
    command = [micropython, HERE / "stock_mount.py", image]
    mounted = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    if len(mounted) != len(set(mounted)) or set(mounted) != expected:
        for line in sorted(expected.symmetric_difference(mounted)):
            print(("missing " if line in expected else "not in the source ") + line, file=sys.stderr)
        sys.exit(f"{source}: stock MicroPython reads another tree")
    return len(expected)


def run_application(micropython, romfs, source, expected, work):
    """The application, from the image that its board would get, prints what it says that it prints."""
    image = work / "application.romfs"
    subprocess.run([romfs, "build", "-q", "-o", image, source], check=True)
    command = [micropython, HERE / "stock_run.py", image]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=work).stdout
    if printed != expected.read_bytes():
        sys.exit(f"{source}: main prints something else than {expected.name} says")


def main():
    micropython, romfs, *sources = sys.argv[1:]
    # Applications run in a folder of their own, where relative paths lead nowhere.
    micropython, romfs = os.path.abspath(micropython), os.path.abspath(romfs)
    jobs = [(pathlib.Path(source), []) for source in sources]
    jobs += [(pathlib.Path(source), ["--all", "--no-mpy"]) for source in sources]
    entries = applications = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for number in range(RANDOM_TREES):
            tree = folder / f"tree{number}"
            random_tree(tree, random.Random(number))
            jobs.append((tree, ["--all", "--no-mpy", "--align", ".bin=64"]))
        for number, (source, options) in enumerate(jobs):
            work = folder / f"job{number}"
            os.mkdir(work)
            entries += compare(micropython, romfs, source, work, options)
            expected = source.parent / "expected.txt"
            if expected.exists() and not options:
                run_application(micropython, romfs, source, expected, work)
                applications += 1
    print(f"stock MicroPython reads {len(jobs)} images as they were built, {entries} files and folders, and runs {applications} applications")


main()
