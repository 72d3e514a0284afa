# What a start costs: taken off the others.
