import os, vfs

def fails(f, *args):
    try:
        f(*args)
        print("no error")
    except OSError as e:
        print(e.errno, end=" ")

print(os.stat("/rom/data/text.txt")[:7], os.stat("/rom/data")[0])
print(sorted(os.listdir("/rom")))
print([e[:3] for e in os.ilistdir("/rom/data")], os.listdir(b"/rom/data"))
os.chdir("/rom/data")
print(os.getcwd(), os.listdir(), open("text.txt").read())
os.chdir("..")
print(os.getcwd())
os.chdir("lib/pkg")
print(os.getcwd(), os.listdir("../.."[:2]))
os.chdir("/")
f = open("/rom/data/text.txt")
print(f.read(3), f.read(), f.read() == "", f.tell())
print(open("/rom/data/text.txt", "rb").read(4), f.seek(0), f.readline(), f.seek(100), f.seek(-3, 2))
fails(f.seek, -20, 2)
fails(open, "/rom/none")
fails(open, "/rom/data")
fails(open, "/rom/none", "w")
fails(open, "/rom/data/text.txt", "a")
fails(open, "/rom/data/text.txt", "r+")
fails(open, "/rom/data/text.txt/")
fails(os.stat, "/rom/none")
fails(os.listdir, "/rom/none")
fails(os.listdir, "/rom/data/text.txt")
fails(os.chdir, "/rom/none")
fails(os.chdir, "/rom/data/text.txt")
fails(os.mkdir, "/rom/new")
fails(os.remove, "/rom/data/text.txt")
fails(os.rmdir, "/rom/data")
fails(os.rename, "/rom/data/text.txt", "/rom/other")
fails(os.rename, "/rom/data/text.txt", "/other")
fails(vfs.VfsRom, b"nothing")
fails(vfs.mount, vfs.VfsRom(open("/rom/inner.romfs", "rb")), "/rom")
print()
space = os.statvfs("/rom")
print(space[:2], space[2] > 100, space[3:])
try:
    vfs.VfsRom(5)
except TypeError:
    print("TypeError")
vfs.mount(vfs.VfsRom(open("/rom/inner.romfs", "rb").read()), "/rom/data/inner")
print(os.listdir("/rom/data/inner"), os.listdir("/"))
vfs.umount("/rom/data/inner")
print(os.listdir("/"))
fails(vfs.umount, "/rom/data/inner")
print()
# prints:
# (32768, 0, 0, 0, 0, 0, 11) 16384
# ['data', 'inner.romfs', 'lib', 'main.mpy']
# [('empty', 32768, 0), ('text.txt', 32768, 0)] [b'empty', b'text.txt']
# /rom/data ['empty', 'text.txt'] grün
# zwei
# 
# /rom
# /rom/lib/pkg ['pkg']
# grü n
# zwei
#  True 11
# b'gr\xc3\xbc' 0 grün
#  11 8
# 22 2 21 30 30 30 2 2 2 2 2 2 30 30 30 30 1 19 1 
# (1, 0) True (0, 0, 0, 0, 0, 0, 32767)
# TypeError
# ['own.mpy'] ['rom', 'rom/data/inner']
# ['rom']
# 22 
