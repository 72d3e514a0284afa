# json: both directions, nesting, escapes, numbers, separators, streams and refusals.
import json, io

for v in (None, True, False, 0, -5, 1.5, 10**20, "text", "quote\"back\\slash/tab\tnl\n\x01é€", [], [1, [2, [3]]], {}, {"k": [1, {"n": None}]}, (1, 2), {1: "int key"}, [1e100, -0.0]):
    s = json.dumps(v)
    print(s, json.loads(s) == (list(v) if isinstance(v, tuple) else v) if not isinstance(v, dict) or 1 not in v else "")
for s in ("null", " true ", "[1, 2,3 ]", '{"a":{"b":[]},"c":"d"}', '"\\u0041\\n\\"\\\\\\/\\t\\u00e9"', "-12.5e-1", "1E2", "[[],[{}]]", '{"x": -0, "y": 0.1}', "  [ ]  "):
    v = json.loads(s)
    print(sorted(v.items()) if isinstance(v, dict) else v)
for s in ("", "[1,", "{", '{"a"}', "nul", "[1 2]", '"open', "{1:2", "]", "tru", "1 2", "[}"):
    try:
        print(repr(s), json.loads(s))
    except ValueError:
        print(repr(s), "ValueError")
buf = io.StringIO()
json.dump([1, {"two": 2}], buf)
print(buf.getvalue(), json.load(io.StringIO('[5, "six"]')), json.dumps([1, {"a": 2}], separators=(",", ":")), json.dumps({"k": 1}, separators=(", ", " = ")))
