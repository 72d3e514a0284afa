# A world of rooms and things that a script of commands walks through.
ROOMS = {
    "hall": ("A dusty hall.", {"north": "library", "east": "kitchen"}, ["lamp"]),
    "library": ("Shelves of books.", {"south": "hall", "down": "cellar"}, ["book", "key"]),
    "kitchen": ("It smells of soup.", {"west": "hall"}, ["bread"]),
    "cellar": ("Dark and damp.", {"up": "library"}, ["chest"]),
}


class Game:
    def __init__(self):
        self.at, self.bag, self.lit, self.moves = "hall", [], False, 0
        self.things = {k: list(v[2]) for k, v in ROOMS.items()}

    def describe(self):
        if self.at == "cellar" and not self.lit:
            return "You see nothing."
        text, exits, _ = ROOMS[self.at]
        things = self.things[self.at]
        return "%s Exits: %s.%s" % (text, ", ".join(sorted(exits)), " Here: %s." % ", ".join(things) if things else "")

    def do(self, line):
        self.moves += 1
        verb, _, noun = line.partition(" ")
        f = getattr(self, "do_" + verb, None)
        return f(noun) if f else "What is '%s'?" % verb

    def do_go(self, way):
        exits = ROOMS[self.at][1]
        if way not in exits:
            return "No way %s." % (way or "anywhere")
        self.at = exits[way]
        return self.describe()

    def do_take(self, thing):
        here = self.things[self.at]
        if self.at == "cellar" and not self.lit:
            return "Too dark."
        if thing not in here:
            return "No %s here." % thing
        if thing == "chest":
            return "Too heavy."
        here.remove(thing)
        self.bag.append(thing)
        return "Taken: %s." % thing

    def do_drop(self, thing):
        try:
            self.bag.remove(thing)
        except ValueError:
            return "You have no %s." % thing
        self.things[self.at].append(thing)
        return "Dropped."

    def do_light(self, _):
        self.lit = self.lit or "lamp" in self.bag
        return self.describe() if self.lit else "With what?"

    def do_open(self, thing):
        if (self.at, thing) == ("cellar", "chest"):
            return "Gold! You win in %d moves." % self.moves if "key" in self.bag else "Locked."
        return "It won't open."

    def do_bag(self, _):
        return "You carry: " + (", ".join(sorted(self.bag)) or "nothing")


g = Game()
print(g.describe())
for line in "go up|bag|light|take lamp|go north|take sword|take key|go down|take chest|light|open chest|dance|drop book|go up|take book|drop lamp|bag".split("|"):
    print(">", line)
    print(g.do(line))
