# replace with and without a limit, and building texts from parts.
s = "one fish two fish red fish"
print(s.replace("fish", "cat"), s.replace("fish", "", 1), s.replace("fish", "FISH", 2), s.replace("x", "y"), s.replace("", "-"))
print(s.replace("fish", "fishfish"), "aaaa".replace("aa", "b"), "".replace("", "x"), "abc".replace("", ".", 2), s.replace("o", "0", 0) == s)
table = {"f": "ph", "e": "3"}
print("".join(table.get(c, c) for c in s))
words = s.split()
print(" ".join(w[0].upper() + w[1:] for w in words), "".join(reversed(words[0])), sorted(set(words)))
caesar = "".join(chr((ord(c) - 97 + 13) % 26 + 97) if c.isalpha() else c for c in s)
print(caesar)
