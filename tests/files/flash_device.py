import os, romfs, vfs

flash = romfs.Flash()
print(flash, flash.ioctl(4, 0), flash.ioctl(5, 0), flash.ioctl(99, 0))
head = bytearray(16)
flash.readblocks(0, head)
flash.readblocks(0, memoryview(head)[:8], 8)
print(head[:8])

def fails(f, *args):
    try:
        f(*args)
        print("no error", end=" ")
    except OSError as e:
        print(e.errno, end=" ")

# As long as / lies on it nothing goes past that.
fails(flash.writeblocks, 9, head)
fails(flash.writeblocks, 9, head, 0)
fails(flash.ioctl, 6, 9)
fails(vfs.VfsLfs2, flash)
fails(vfs.VfsLfs2.mkfs, flash)
fails(flash.readblocks, 64, head)
fails(flash.readblocks, 63, head, 4090)
fails(flash.readblocks, -1, head)
fails(romfs.Flash, 1)
fails(romfs.Flash, -1)
print()
with open("/kept.txt", "w") as f:
    f.write("kept")
vfs.umount("/")
vfs.mount(flash, "/flash")
print(sorted(os.listdir("/")), os.listdir("/flash"), open("/flash/kept.txt").read())
vfs.umount("/flash")
vfs.VfsLfs2.mkfs(flash)
fs = vfs.VfsLfs2(flash)
print(list(fs.ilistdir()), fs.statvfs("/")[:3])
vfs.mount(fs, "/")
with open("new.txt", "w") as f:
    f.write("x" * 10000)
print(sorted(os.listdir("/")), os.stat("new.txt")[6])
vfs.umount("/")
# Blocks of a program's own.
page = bytes(range(256)) * 17
flash.writeblocks(10, page)
back = bytearray(len(page))
flash.readblocks(10, back)
print(back == page)
flash.ioctl(6, 11)
flash.writeblocks(11, b"tail", 100)
flash.readblocks(11, back)
print(back[98:106])
fails(flash.writeblocks, 11, b"over", 100)
print()
for bad in (lambda: vfs.VfsLfs2(0), lambda: vfs.VfsLfs2.mkfs(0), lambda: romfs.Flash.readblocks(5, 0, back)):
    try:
        bad()
    except TypeError:
        print("TypeError")
# prints:
# <Flash 0> 64 4096 None
# bytearray(b'littlefs')
# 16 16 16 16 16 22 22 22 19 19 
# ['flash', 'rom'] ['kept.txt'] kept
# [] (4096, 4096, 64)
# ['new.txt', 'rom'] 10000
# True
# bytearray(b'\xff\xfftail\xff\xff')
# 84 
# TypeError
# TypeError
# TypeError
