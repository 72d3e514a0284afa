# Laws of set algebra over many small sets, frozen and not; sets of sets; power sets.
def power(items):
    if not items:
        return [frozenset()]
    rest = power(items[1:])
    return rest + [s | {items[0]} for s in rest]


P = power([1, 2, 3])
U = frozenset([1, 2, 3])
print(len(P), len(set(P)), sorted(sorted(s) for s in P))
laws = {
    "commutes": all(a | b == b | a and a & b == b & a for a in P for b in P),
    "absorbs": all(a | (a & b) == a == a & (a | b) for a in P for b in P),
    "de morgan": all(U - (a | b) == (U - a) & (U - b) for a in P for b in P),
    "xor": all(a ^ b == (a | b) - (a & b) for a in P for b in P),
    "order": all((a <= b) == (a & b == a) == (a | b == b) for a in P for b in P),
    "sizes": all(len(a) + len(b) == len(a | b) + len(a & b) for a in P for b in P),
    "distributes": all(a & (b | c) == (a & b) | (a & c) for a in P for b in P for c in P),
}
for k in sorted(laws):
    print(k, laws[k])
family = {frozenset("ab"), frozenset("bc"), frozenset("ba")}
print(len(family), frozenset("cb") in family, {frozenset(): 0}[frozenset()], sorted("".join(sorted(s)) for s in family))
print(type(frozenset([1]) | {2}).__name__, type({2} | frozenset([1])).__name__, {1, 2} == frozenset([2, 1]), sorted({1, 2}.union(frozenset([3]))), sorted(set([1, 2]).union([2, 3])), sorted(frozenset("ab").union("bc")))
s = set()
for i in range(100):
    (s.add if i % 3 else s.discard)(i * 7 % 31)
print(sorted(s), len(s))
words = [set("apple"), set("plea"), set("leap"), set("pale"), set("grape")]
print([[int(a == b) for b in words] for a in words], sorted(words[0] & words[4]), sorted(words[0] ^ words[1]))
vowels = set("aeiou")
print(sorted(set("education") - vowels), set("queue") <= vowels | {"q"}, not set("rhythm") & vowels, [c for c in "banana" if c not in vowels])
