# Decompressing from streams: formats, windows, pieces, and what is wrong with the data.
import deflate
import io



def attempt(data, *args):
    try:
        return deflate.DeflateIO(io.BytesIO(data), *args).read()
    except Exception as e:
        return type(e).__name__, e.args


stored = b"\x01\x05\x00\xfa\xffhello"
print(attempt(stored, deflate.RAW), attempt(stored[:-2], deflate.RAW), attempt(b"\x01\x05\x00\xfa\xfe", deflate.RAW))
print(attempt(b"", deflate.RAW), attempt(b"\x07", deflate.RAW), attempt(b"x\x9c", deflate.ZLIB))
gzip = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03name\x00" + b"\xcbH\xcd\xc9\xc9\x07\x00" + b"\x86\xa6\x106\x05\x00\x00\x00"
print(attempt(gzip), attempt(gzip, deflate.GZIP), attempt(gzip, deflate.ZLIB), attempt(gzip[:-9]))
zlib = b"\x18\x95" + b"\xcbH\xcd\xc9\xc9\x07\x00" + b"\x06,\x02\x15"
print(attempt(zlib), attempt(zlib, deflate.ZLIB, 9), attempt(zlib, deflate.GZIP))
for args in ((-1,), (5,), (deflate.RAW, 4), (deflate.RAW, 16)):
    try:
        deflate.DeflateIO(io.BytesIO(), *args)
        print("no error")
    except ValueError as e:
        print("ValueError", e)
g = deflate.DeflateIO(io.BytesIO(stored + b"\n"), deflate.RAW)
print(g.read(2), g.readline(), g.read(10), g.read())
b = bytearray(4)
g = deflate.DeflateIO(io.BytesIO(stored), deflate.RAW)
print(g.readinto(b), b, g.readinto(b), b[:1])
source = io.BytesIO(stored)
with deflate.DeflateIO(source, deflate.RAW, 0, True) as g:
    print(g.read(1))
try:
    source.read()
except ValueError:
    print("closed too")
try:
    g.read(1)
except OSError:
    print("OSError")
