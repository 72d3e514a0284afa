# Attributes, methods, inheritance, properties and operators of classes.
class Shape:
    sides = 0

    def __init__(self, name):
        self.name = name
        self.moves = 0

    def move(self, by):
        self.moves += by
        return self

    def area(self):
        return 0


class Box(Shape):
    sides = 4

    def __init__(self, width, height):
        super().__init__("box")
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height

    @property
    def outline(self):
        return 2 * (self.width + self.height)

    def __add__(self, other):
        return Box(self.width + other.width, self.height)


def main():
    total = 0
    boxes = [Box(i, i + 1) for i in range(20)]
    for turn in range(60):
        for box in boxes:
            box.move(turn)
            total += box.area() + box.outline + box.sides
    joined = boxes[0]
    for box in boxes:
        joined = joined + box
    return total & 0xFFFFFF, joined.width, boxes[3].moves


print(main())
