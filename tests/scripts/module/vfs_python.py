# A filesystem written in Python: what is asked of it, and how paths reach it.
import io
import os
import vfs


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
        return 0


class Tree:
    def __init__(self):
        self.here = "/"

    def mount(self, readonly, mkfs):
        print("mount", readonly, mkfs)

    def umount(self):
        print("umount")

    def __getattr__(self, name):
        def method(*args):
            print(name, args)
            if name == "open":
                return File(b"content of " + args[0].encode())
            if name == "stat":
                if "none" in args[0]:
                    raise OSError(2)
                return (0x8000, 0, 0, 0, 0, 0, 7, 1, 2, 3)
            if name == "ilistdir":
                return iter((("a", 0x8000, 0, 1), ("d", 0x4000, 0, 0)))
            if name == "getcwd":
                return self.here
            if name == "chdir":
                self.here = args[0]
            if name == "statvfs":
                return (512, 512, 10, 5, 5, 0, 0, 0, 0, 255)

        return method


vfs.mount(Tree(), "/tree", readonly=True)
print(open("/tree/x.txt").readinto(bytearray(4)), open("/tree/dir/y", "rb").readinto(bytearray(3)))
print(os.stat("/tree/x"), os.listdir("/tree"), os.listdir("/tree/d"), list(os.ilistdir("/tree/d")))
os.mkdir("/tree/new")
os.rename("/tree/a", "/tree/b")
os.remove("/tree/b")
os.rmdir("/tree/new")
print(os.statvfs("/tree")[:3])
try:
    os.stat("/tree/none")
except OSError as e:
    print(e.errno)
os.chdir("/tree/d")
print(os.getcwd(), os.listdir("sub"), os.stat("rel")[6])
os.chdir("/")
for f in (lambda: vfs.mount(Tree(), "/tree"), lambda: vfs.umount("/none"), lambda: vfs.mount(Tree(), 5)):
    try:
        f()
        print("no error")
    except (OSError, TypeError) as e:
        print(type(e).__name__, e.args[0] if isinstance(e, OSError) else "")
vfs.umount("/tree")
try:
    open("/tree/x.txt")
except OSError:
    print("OSError")
