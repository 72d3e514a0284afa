# Texts and bytes: split, joined, formatted, searched.
WORDS = "the quick brown fox jumps over the lazy dog and runs away from the angry bear"


def main():
    counts = {}
    lines = []
    for turn in range(40):
        for word in WORDS.split():
            counts[word] = counts.get(word, 0) + len(word)
        lines.append("%d:%s" % (turn, WORDS[turn % 20 : turn % 20 + 10].upper()))
    text = "\n".join(lines)
    replaced = text.replace(" ", "_")
    found = 0
    at = replaced.find("_")
    while at >= 0:
        found += 1
        at = replaced.find("_", at + 1)
    frame = bytearray()
    for n in range(200):
        frame.extend("{:04x}".format(n * 17).encode())
    return counts["the"], len(replaced), found, bytes(frame[-8:])


print(main())
