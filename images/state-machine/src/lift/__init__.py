"""A lift: machines, cars, control and the scheduler that they run on."""
