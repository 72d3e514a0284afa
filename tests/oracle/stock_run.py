# Runs in stock MicroPython: mounts an application's image at /rom and runs its main, in the current folder.
#
#   micropython stock_run.py IMAGE
import sys
import vfs

with open(sys.argv[1], "rb") as file:
    vfs.mount(vfs.VfsRom(file.read()), "/rom")
sys.path[:] = ["", "/rom", "/rom/lib"]
__import__("main").main()
