"""How a sparse program is solved: written down, handed to HiGHS, taken apart, solved many times, explained."""
