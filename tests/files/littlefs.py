import os, vfs

class RAM:
    SIZE = 1024

    def __init__(self, blocks):
        self.data = bytearray(blocks * self.SIZE)

    def readblocks(self, block, buf, off=0):
        at = block * self.SIZE + off
        buf[:] = memoryview(self.data)[at : at + len(buf)]

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

device = RAM(30)
vfs.VfsLfs2.mkfs(device)
fs = vfs.VfsLfs2(device)
print(fs.statvfs("/"))
with fs.open("test", "w") as f:
    f.write("littlefs")
print(fs.statvfs("/"), list(fs.ilistdir()), list(fs.ilistdir(b"/")))
fs.mkdir("testdir")
print(list(fs.ilistdir()), list(fs.ilistdir("testdir")))
print(fs.stat("test")[:7], fs.stat("testdir")[0], fs.open("test", "r").read())
fs.rmdir("testdir")
fs.mkdir("testdir")
with fs.open("testbig", "w") as f:
    for i in range(4):
        f.write("large012" * 512)
print(fs.statvfs("/")[3])
fs.rename("testbig", "testbig2")
fs.chdir("testdir")
fs.rename("/testbig2", "testbig2")
print(sorted(fs.ilistdir()), fs.getcwd())
fs.chdir("..")
print(fs.getcwd())
fs.chdir("/./testdir//")
print(fs.getcwd())
fs.chdir("/")
fs.remove("testdir/testbig2")
vfs.mount(device, "/flash")
print(os.listdir("/flash"), open("/flash/test").read())
f = open("/flash/test", "a")
f.write("!")
vfs.umount("/flash")
try:
    f.write("?")
except ValueError:
    print("closed")
fs = vfs.VfsLfs2(device, mtime=False)
vfs.mount(fs, "/flash", readonly=True)
print(open("/flash/test").read())
try:
    open("/flash/new", "w").close()
except OSError as e:
    print(e.errno)
for size in (16, 64, 256):
    vfs.VfsLfs2.mkfs(device, readsize=size, progsize=size)
    fs = vfs.VfsLfs2(device, readsize=size, progsize=size, lookahead=64)
    with fs.open("x", "w") as f:
        f.write("size")
    print(size, fs.open("x", "r").read())
try:
    vfs.mount(RAM(4), "/none")
except OSError as e:
    print(e.errno)
# prints:
# (1024, 1024, 30, 28, 28, 0, 0, 0, 0, 255)
# (1024, 1024, 30, 28, 28, 0, 0, 0, 0, 255) [('test', 32768, 0, 8)] [(b'test', 32768, 0, 8)]
# [('testdir', 16384, 0, 0), ('test', 32768, 0, 8)] []
# (32768, 0, 0, 0, 0, 0, 8) 16384 littlefs
# 7
# [('testbig2', 32768, 0, 16384)] /testdir
# /
# /testdir
# ['testdir', 'test'] littlefs
# closed
# littlefs!
# 30
# 16 size
# 64 size
# 256 size
# 19
