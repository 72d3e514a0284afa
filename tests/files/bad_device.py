import vfs

class RAM:
    SIZE = 512

    def __init__(self, blocks):
        self.data = bytearray(blocks * self.SIZE)
        self.read_answer = 0

    def readblocks(self, block, buf, off=0):
        at = block * self.SIZE + off
        buf[:] = memoryview(self.data)[at : at + len(buf)]
        return self.read_answer

    def writeblocks(self, block, buf, off=0):
        at = block * self.SIZE + off
        self.data[at : at + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // self.SIZE
        if op == 5:
            return self.SIZE
        if op == 6:
            return 0

device = RAM(50)
vfs.VfsLfs2.mkfs(device)
fs = vfs.VfsLfs2(device)
with fs.open("test", "w") as f:
    f.write("a" * 64)
for answer in (0, -5, 5, 33, "invalid"):
    device.read_answer = answer
    try:
        with fs.open("test", "r") as f:
            print(answer, f.read() == "a" * 64)
    except (OSError, TypeError) as e:
        print(answer, type(e).__name__, e)
    device.read_answer = 0

class Reentrant(RAM):
    fs = None

    def readblocks(self, block, buf, off=0):
        if self.fs:
            fs, self.fs = self.fs, None
            try:
                fs.stat("test")
            except OSError as e:
                print("busy", e.errno)
        super().readblocks(block, buf, off)

device = Reentrant(50)
vfs.VfsLfs2.mkfs(device)
fs = vfs.VfsLfs2(device)
device.fs = fs
print(len(list(fs.ilistdir())))

class Shrinking(RAM):
    def readblocks(self, block, buf, off=0):
        buf[:] = b""

try:
    vfs.VfsLfs2.mkfs(Shrinking(50))
except OSError as e:
    print(e.errno)
# prints:
# 0 True
# -5 OSError [Errno 5] EIO
# 5 OSError [Errno 22] EINVAL
# 33 OSError [Errno 22] EINVAL
# invalid TypeError can't convert str to int
# busy 16
# 0
# 5
