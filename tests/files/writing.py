import os

def fails(f, *args):
    try:
        f(*args)
        print("no error", end=" ")
    except (OSError, ValueError) as e:
        print(type(e).__name__, e.args[:1], end=" ")

with open("a.txt", "w") as f:
    print(f.write("grün\n"), f.write("zwei\n"), f.tell())
print(open("a.txt").read(), open("a.txt", "rb").readlines())
f = open("a.txt", "a")
fails(f.read)
f.write("drei")
f.flush()
f.close()
f.close()
fails(f.write, "x")
print()
f = open("a.txt", "r+")
print(f.readline(), f.seek(0, 2), f.write("!"), f.seek(0), f.read(4))
f.close()
f = open("a.txt", "rb")
b = bytearray(6)
print(f.readinto(b), b, f.readinto(b), b, f.read())
fails(f.write, b"x")
print()
f.close()
fails(open, "a.txt", "x")
fails(open, "none")
fails(open, "dir/none", "w")
fails(os.mkdir, "a.txt")
os.mkdir("dir")
fails(os.mkdir, "dir")
fails(open, "dir", "w")
fails(open, "dir")
fails(os.rmdir, "none")
open("dir/b", "x").close()
fails(os.rmdir, "dir")
print()
os.rename("a.txt", "dir/a.txt")
print(sorted(os.listdir()), sorted(os.listdir("dir")))
os.chdir("dir")
print(os.getcwd(), os.stat("a.txt")[6], os.stat("/dir/a.txt")[6])
os.remove("a.txt")
os.remove("b")
os.chdir("/")
os.rmdir("dir")
print(os.listdir())
with open("big", "wb") as f:
    for i in range(40):
        f.write(bytes([i]) * 1000)
print(os.stat("big")[6], sum(open("big", "rb").read()))
os.remove("big")
print(os.statvfs("/")[:3])
# prints:
# 6 5 11
# grün
# zwei
#  [b'gr\xc3\xbcn\n', b'zwei\n']
# OSError (9,) ValueError ('I/O operation on closed file',) 
# grün
#  15 1 0 grün
# 6 bytearray(b'zwei\nd') 6 bytearray(b'zwei\nd') b'rei!'
# OSError (9,) 
# OSError (17,) OSError (2,) OSError (2,) OSError (17,) OSError (17,) OSError (21,) OSError (21,) OSError (2,) OSError (39,) 
# ['dir', 'rom'] ['a.txt', 'b']
# /dir 16 16
# ['rom']
# 40000 780000
# (4096, 4096, 64)
