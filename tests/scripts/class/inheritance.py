# Single and multiple inheritance, super, overriding, class attributes up the chain.
class Animal:
    sound = "..."

    def __init__(self, name):
        self.name = name

    def speak(self):
        return "%s says %s" % (self.name, self.sound)

    def kind(self):
        return "animal"


class Dog(Animal):
    sound = "woof"

    def __init__(self, name, trick):
        super().__init__(name)
        self.trick = trick

    def kind(self):
        return "dog, a kind of " + super().kind()


class Puppy(Dog):
    def speak(self):
        return super().speak() + " softly"

    def kind(self):
        return "puppy, a kind of " + Dog.kind(self)


p = Puppy("rex", "sit")
print(p.speak(), p.kind(), p.trick, Dog("max", "roll").speak(), Animal("it").speak())
print(isinstance(p, Animal), issubclass(Puppy, Animal), issubclass(Animal, Puppy), Puppy.__bases__ == (Dog,), issubclass(Puppy, (int, Dog)))


class Walks:
    def move(self):
        return "walk"

    def where(self):
        return "land"


class Swims:
    def move(self):
        return "swim"

    def depth(self):
        return 3


class Duck(Walks, Swims):
    def both(self):
        return Walks.move(self) + Swims.move(self)


d = Duck()
print(d.move(), d.where(), d.depth(), d.both(), isinstance(d, Swims), issubclass(Duck, Walks))


class Base:
    def __init__(self):
        print("Base")
        self.setup()

    def setup(self):
        print("base setup")


class Derived(Base):
    def setup(self):
        super().setup()
        print("derived setup")


Derived()


class Chain:
    def __getattr__(self, name):
        return "dynamic " + name


class Sub(Chain):
    real = 1


print(Sub().real, Sub().anything, Chain().x)
try:
    super(Dog, p).nothing
except AttributeError as e:
    print("AttributeError")
print(super(Dog, p).kind(), super(Puppy, p).speak())
for bad in (lambda: type("X", (5,), {}), lambda: isinstance(1, 5), lambda: issubclass(1, int), lambda: Dog("one")):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError", e)
X = type("X", (Animal,), {"sound": "x!", "twice": lambda self: self.speak() * 2})
print(X("made").twice(), X.__name__)
