import io
import importlib.resources as resources
from importlib.resources import files

print(io.resource_stream("pkg", "table.txt").read())
table = files("pkg") / "table.txt"
print(table, table.name, table.is_file(), table.is_dir(), table.read_text(), table.read_bytes())
import pkg
print(sorted(p.name for p in files(pkg).iterdir()), files(pkg).joinpath("none").is_file())
print(table.open().readline(), table.open("rb").read(3))
print(resources.read_text("pkg", "table.txt"), resources.open_binary("pkg", "table.txt").read())
print(resources.is_resource("pkg", "table.txt"), resources.is_resource("pkg", "none"))
for bad in (lambda: io.resource_stream("pkg", "none"), lambda: io.resource_stream("os", "x"), lambda: resources.read_text("pkg", "a/b")):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__)
# A package in littlefs.
import os
os.mkdir("/soft")
with open("/soft/data.txt", "w") as f:
    f.write("soft")
import soft
print(io.resource_stream("soft", "data.txt").read(), soft.__path__)
# prints:
# b'1 2 3\n'
# /rom/lib/pkg/table.txt table.txt True False 1 2 3
#  b'1 2 3\n'
# ['__init__.mpy', 'table.txt'] False
# 1 2 3
#  b'1 2'
# 1 2 3
#  b'1 2 3\n'
# True False
# OSError
# TypeError
# ValueError
# b'soft' soft
