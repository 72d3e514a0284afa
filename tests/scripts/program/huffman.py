# Huffman coding: tree by a heap, codes, bits packed in a bytearray, and back.
import heapq


def codes(text):
    heap = [(text.count(c), c, None) for c in sorted(set(text))]
    heapq.heapify(heap)
    n = 0
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        n += 1
        heapq.heappush(heap, (a[0] + b[0], "~%03d" % n, (a, b)))
    table = {}

    def walk(node, prefix):
        if node[2] is None:
            table[node[1]] = prefix or "0"
        else:
            walk(node[2][0], prefix + "0")
            walk(node[2][1], prefix + "1")

    walk(heap[0], "")
    return table


def pack(text, table):
    out, acc, n = bytearray(), 0, 0
    for c in text:
        for bit in table[c]:
            acc = acc << 1 | int(bit)
            n += 1
            if n == 8:
                out.append(acc)
                acc = n = 0
    if n:
        out.append(acc << (8 - n))
    return bytes(out)


def unpack(data, table, count):
    back = {v: k for k, v in table.items()}
    out, cur = "", ""
    for byte in data:
        for i in range(7, -1, -1):
            cur += str(byte >> i & 1)
            if cur in back:
                out += back[cur]
                cur = ""
                if len(out) == count:
                    return out


for text in ("abracadabra", "aaaa", "the quick brown fox jumps over the lazy dog", "mississippi river"):
    t = codes(text)
    p = pack(text, t)
    print(sorted(t.items(), key=lambda e: (len(e[1]), e[0])), p, len(p), unpack(p, t, len(text)) == text)
