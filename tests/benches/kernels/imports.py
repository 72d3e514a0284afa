# Imports: modules that are found, verified and linked again and again, and what an import statement costs afterwards.
import sys


def main():
    for turn in range(40):
        for name in ("empty", "imported"):
            if name in sys.modules:
                del sys.modules[name]
        import empty
        import imported
    total = 0
    for turn in range(500):
        from imported import total_of

        total += total_of(turn)
    return total, len(imported.NAMES)


print(main())
