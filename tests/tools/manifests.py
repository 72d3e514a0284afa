#!/usr/bin/env python3
"""Compares the files that `romfs` takes by manifests with those that MicroPython's makemanifest takes.

    manifests.py ROMFS MICROPYTHON MICROPYTHON_LIB

Every manifest.py of the micropython-lib checkout is read by both: by tools/manifestfile.py of the MicroPython checkout
as for a firmware, and by `romfs build`, whose image is listed. Packages that makemanifest itself refuses are left out;
for all others the lists must be equal, or romfs must say with its line what it does not read.
"""
import json
import os
import subprocess
import sys
import tempfile


def reference(manifestfile, library, manifest):
    """The image paths that makemanifest gives, or None."""
    reader = manifestfile.ManifestFile(manifestfile.MODE_COMPILE, {"MPY_LIB_DIR": library})
    try:
        reader.execute(manifest)
    except manifestfile.ManifestFileError:
        return None
    return sorted({os.path.normpath(f.target_path) for f in reader.files()})


def ours(romfs, library, manifest, work):
    """The image paths that romfs gives, or its error."""
    image = os.path.join(work, "image.romfs")
    built = subprocess.run([romfs, "build", "-q", "--no-mpy", "--lib", library, manifest, "-o", image], capture_output=True, text=True)
    if built.returncode != 0:
        return built.stderr.strip()
    listed = subprocess.run([romfs, "ls", "-r", "--json", image], capture_output=True, text=True, check=True)
    return sorted(e["path"] for e in json.loads(listed.stdout) if not e["folder"])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    romfs, micropython, library = (os.path.abspath(a) for a in sys.argv[1:])
    sys.path.insert(0, os.path.join(micropython, "tools"))
    import manifestfile

    equal = refused = left_out = differ = 0
    with tempfile.TemporaryDirectory() as work:
        for folder, _, files in sorted(os.walk(library)):
            if "manifest.py" not in files:
                continue
            manifest = os.path.join(folder, "manifest.py")
            name = os.path.relpath(folder, library)
            expected = reference(manifestfile, library, manifest)
            got = ours(romfs, library, manifest, work)
            if expected is None:
                left_out += 1
            elif isinstance(got, str):
                refused += 1
                print(f"{name}: refused: {got}")
            elif got != expected:
                differ += 1
                print(f"{name}: romfs {got}, makemanifest {expected}")
            else:
                equal += 1
    print(f"{equal} equal, {differ} differ, {refused} refused, {left_out} that makemanifest refuses")
    sys.exit(1 if differ or equal < 10 else 0)


main()
