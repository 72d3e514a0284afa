# A bytearray takes the bytes of a str, by `+` and `+=`; bytes do not.
b = bytearray(b"ab")
b += "cd\u00e9"
print(b, b + "x", len(b))
b.extend(b"z")
print(b)
try:
    print(b"ab" + "cd")
except TypeError as e:
    print(e)
try:
    b += 5
except TypeError as e:
    print(e)
