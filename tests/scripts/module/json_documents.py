# A pretty printer, a differ and a round trip for larger JSON documents.
import json


def pretty(v, pad=""):
    if isinstance(v, dict) and v:
        inner = ",\n".join('%s  %s: %s' % (pad, json.dumps(k), pretty(v[k], pad + "  ")) for k in sorted(v))
        return "{\n%s\n%s}" % (inner, pad)
    if isinstance(v, list) and v:
        return "[\n%s\n%s]" % (",\n".join(pad + "  " + pretty(x, pad + "  ") for x in v), pad)
    return json.dumps(v)


text = '{"device": {"id": "A-17", "fw": [1, 2, 0], "ok": true, "note": null}, "readings": [{"t": 0, "v": 1.5}, {"t": 1, "v": -2.25e3}, {"t": 2, "v": 0}], "empty": {}, "list": [], "text": "tab\\t \\"q\\" \\u00fc / \\/"}'
doc = json.loads(text)
print(pretty(doc))
print(json.loads(json.dumps(doc)) == doc, json.loads(pretty(doc)) == doc, doc["text"], len(doc["text"]))
deep = []
for _ in range(30):
    deep = [deep, {}]
print(json.dumps(deep) == json.dumps(json.loads(json.dumps(deep))), len(json.dumps(deep)))
big = [{"n": i, "sq": i * i, "h": hex(i)} for i in range(50)]
back = json.loads(json.dumps(big))
print(back == big, sum(e["sq"] for e in back), back[49]["h"])
print(json.dumps([float("1e400") > 0, 1 / 3, 1e-7, 123456789012345678]), json.loads("[1e2, 1E+2, 100, 1.0]"), json.dumps("\u2028\x7f\x00"))


class Odd:
    pass


for v in ({(1, 2): 3}, b"bytes", 1j):
    try:
        print(json.dumps(v))
    except (TypeError, ValueError) as e:
        print(type(e).__name__)
