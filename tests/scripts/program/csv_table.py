# Parsing of quoted fields, typed columns, grouping, joins and an aligned table.
RAW = '''id,name,dept,pay,start
1,"Ann ""A"" Lee",eng,5200.50,2019
2,Bob,ops,3100,2021
3,"Cid, Jr.",eng,6100,2015
4,Dee,,2800.25,2024
5,"",ops,3300,2020
'''


def fields(line):
    out, cur, quoted, i = [], "", False, 0
    while i < len(line):
        c = line[i]
        if quoted:
            if c == '"' and line[i + 1 : i + 2] == '"':
                cur += '"'
                i += 1
            elif c == '"':
                quoted = False
            else:
                cur += c
        elif c == '"':
            quoted = True
        elif c == ",":
            out.append(cur)
            cur = ""
        else:
            cur += c
        i += 1
    return out + [cur]


def convert(s):
    for kind in (int, float):
        try:
            return kind(s)
        except ValueError:
            pass
    return s or None


lines = RAW.strip().split("\n")
head = fields(lines[0])
rows = [dict(zip(head, map(convert, fields(l)))) for l in lines[1:]]
width = {h: max(len(h), max(len(str(r[h])) for r in rows)) for h in head}
for r in [dict(zip(head, head))] + rows:
    print(" | ".join((("{:>%d}" if isinstance(r[h], (int, float)) else "{:<%d}") % width[h]).format(r[h] if r[h] is not None else "-") for h in head))
by = {}
for r in rows:
    by.setdefault(r["dept"] or "none", []).append(r)
for d in sorted(by):
    pay = [r["pay"] for r in by[d]]
    print("%-5s n=%d sum=%.2f mean=%.2f oldest=%s" % (d, len(pay), sum(pay), sum(pay) / len(pay), min(by[d], key=lambda r: r["start"])["id"]))
heads = [{"dept": "eng", "boss": 3}, {"dept": "ops", "boss": 2}]
print([(r["id"], h["boss"]) for r in rows for h in heads if r["dept"] == h["dept"]])


def quote(v):
    s = "" if v is None else str(v)
    return '"%s"' % s.replace('"', '""') if "," in s or '"' in s else s


print([fields(",".join(quote(r[h]) for h in head)) == [("" if r[h] is None else str(r[h])) for h in head] for r in rows])
