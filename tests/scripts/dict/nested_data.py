# A document of dicts and lists: paths, merges, differences, flattening.
doc = {"name": "dev", "net": {"ip": "10.0.0.1", "ports": [80, 443], "dns": {"a": 1}}, "tags": ["x", "y"], "on": True}


def flat(d, prefix=""):
    if isinstance(d, dict):
        for k in sorted(d):
            yield from flat(d[k], prefix + "." + k if prefix else k)
    elif isinstance(d, list):
        for i, v in enumerate(d):
            yield from flat(v, "%s[%d]" % (prefix, i))
    else:
        yield prefix, d


def get(d, path, default=None):
    for p in path.split("."):
        try:
            d = d[int(p)] if isinstance(d, list) else d[p]
        except (KeyError, IndexError, TypeError, ValueError):
            return default
    return d


def merge(a, b):
    out = dict(a)
    for k, v in b.items():
        out[k] = merge(out[k], v) if isinstance(out.get(k), dict) and isinstance(v, dict) else v
    return out


def copy(x):
    if isinstance(x, dict):
        return {k: copy(v) for k, v in x.items()}
    return [copy(v) for v in x] if isinstance(x, list) else x


for k, v in flat(doc):
    print(k, "=", v)
print([get(doc, p, "-") for p in ("net.ip", "net.ports.1", "net.ports.9", "tags.0", "name.x", "net.dns.a", "zz")])
m = merge(doc, {"net": {"ip": "::1", "dns": {"b": 2}}, "tags": [], "new": {"deep": None}})
print(list(flat(m)))
print(list(flat(doc))[0], doc["net"]["ip"])
c = copy(doc)
c["net"]["ports"].append(8080)
print(doc["net"]["ports"], c["net"]["ports"], c == doc, copy(doc) == doc)
a, b = dict(flat(doc)), dict(flat(m))
print(sorted(k for k in a if k not in b), sorted(k for k in b if k not in a), sorted(k for k in a if k in b and a[k] != b[k]))
