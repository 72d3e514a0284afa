# Runs in stock MicroPython: mounts an image and prints path, size and SHA-256 of every file that it finds.
#
#   micropython stock_mount.py IMAGE
import binascii
import hashlib
import sys
import vfs

FOLDER = 0x4000


def walk(folder):
    for name, kind, _, size in vfs_rom.ilistdir(folder):
        path = folder + "/" + name
        if kind == FOLDER:
            print("%s/" % path)
            walk(path)
            continue
        with open("/image" + path, "rb") as file:
            content = file.read()
        digest = binascii.hexlify(hashlib.sha256(content).digest()).decode()
        assert size == len(content) == vfs_rom.stat(path)[6], path
        print("%s %d %s" % (path, size, digest))


with open(sys.argv[1], "rb") as file:
    vfs_rom = vfs.VfsRom(file.read())
vfs.mount(vfs_rom, "/image")
walk("")
