import io, os, sys, vfs

class File(io.IOBase):
    def __init__(self, data):
        self.data = data
        self.at = 0

    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at)
        buf[:n] = self.data[self.at : self.at + n]
        self.at += n
        return n

    def ioctl(self, request, arg):
        print("ioctl", request, arg)
        return 0 if request == 4 else -1

class Tree:
    def __init__(self, files):
        self.files = files

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        print("umount")

    def stat(self, path):
        print("stat", path)
        if path in self.files:
            return (32768, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)

    def open(self, path, mode):
        print("open", path, mode)
        return File(self.files[path])

vfs.mount(vfs.VfsRom(open("/rom/inner.romfs", "rb")), "/inner")
module = open("/inner/own.mpy", "rb").read()
tree = Tree({"/own.mpy": module, "/broken.mpy": b"nothing", "/script.py": b"print(1)", "/data.txt": b"some text"})
vfs.mount(tree, "/tree")
print(open("/tree/data.txt", "rb").__class__.__name__)
sys.path[:] = ["/tree"]
import own
for name in ("broken", "script", "absent"):
    try:
        __import__(name)
    except Exception as e:
        print(type(e).__name__, e)
print(io.resource_stream(None, "/tree/data.txt").data)
vfs.umount("/tree")
# prints:
# open /data.txt rb
# File
# stat /own
# stat /own.mpy
# open /own.mpy rb
# ioctl 11 0
# ioctl 4 0
# own runs
# stat /broken
# stat /broken.mpy
# open /broken.mpy rb
# ioctl 11 0
# ioctl 4 0
# ValueError incompatible .mpy file
# stat /script
# stat /script.mpy
# stat /script.py
# ImportError script compilation not supported
# stat /absent
# stat /absent.mpy
# stat /absent.py
# ImportError no module named 'absent'
# open /data.txt rb
# b'some text'
# umount
