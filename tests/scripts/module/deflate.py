# deflate: stored, fixed and dynamic blocks, raw and zlib, read in pieces; streams that are cut or wrong.
import deflate, io, binascii

zlib = binascii.unhexlify("789ccb48cdc9c95728cf2fca4901001a0b045d")
d = deflate.DeflateIO(io.BytesIO(zlib), deflate.ZLIB)
print(d.read(5), d.read())
stored = binascii.unhexlify("010500faff68656c6c6f")
print(deflate.DeflateIO(io.BytesIO(stored), deflate.RAW).read())
fixed = binascii.unhexlify("4b4c4a4e494d4bcfc80400")
print(deflate.DeflateIO(io.BytesIO(fixed), deflate.RAW).read())
d = deflate.DeflateIO(io.BytesIO(fixed), deflate.RAW)
buf = bytearray(4)
print(d.readinto(buf), buf, d.read(2), d.read(100), d.read())
dynamic = binascii.unhexlify("edced10980300c84e15532804bb57ab181d61413c8fa5210a4a01bf8fcddc12f4e918cbc8032cc49995c1a6c217924f4fca2b46340886ddade8455ab583960f3115dd732061955c093fd2577c905")
text = deflate.DeflateIO(io.BytesIO(dynamic), deflate.RAW).read()
print(len(text), text)
gzip = binascii.unhexlify("1f8b0800000000000203edced10980300c84e15532804bb57ab181d61413c8fa5210a4a01bf8fcddc12f4e918cbc8032cc49995c1a6c217924f4fca2b46340886ddade8455ab583960f3115dd732061955c093fd2577c905b7edab469e010000")
print(deflate.DeflateIO(io.BytesIO(gzip), deflate.GZIP).read() == text, deflate.DeflateIO(io.BytesIO(gzip)).read(20))
pieces, d = [], deflate.DeflateIO(io.BytesIO(dynamic), deflate.RAW)
while True:
    piece = d.read(37)
    if not piece:
        break
    pieces.append(piece)
print(len(pieces), b"".join(pieces) == text)
for bad in (b"\xff\xff\xff", b"", b"\x07", dynamic[:40]):
    try:
        print(deflate.DeflateIO(io.BytesIO(bad), deflate.RAW).read())
    except (OSError, EOFError, ValueError) as e:
        print(type(e).__name__)
