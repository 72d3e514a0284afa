# Texts that float() takes and texts that it refuses.
for text in ("0", "1.5", "-2.", ".25", "1e3", "1E-3", "+4.5e+2", "  7.25  ", "inf", "-Infinity", "nan", "123456789.123456789", "1e308", "1e309", "4.9e-324", "1e-400",
             "0.1", "0.30000000000000004", "100000000000000000000000"):
    print(repr(text), float(text))
for text in ("", " ", "abc", "1.2.3", "1e", "--1", "1 2", "0x10", "e5", "."):
    try:
        print(repr(text), float(text))
    except ValueError as e:
        print("ValueError", e)
print(float(True), float(7), float(), float(b"2.5"))
