# Compiled to sibling.mpy: `mpy-cross -s main`. Names that every .mpy has as numbers, so that the check interns none.
start = index(0)
count = 200
while count:
    count -= 1
end = index(start)
