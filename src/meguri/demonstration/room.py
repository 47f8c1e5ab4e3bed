"""What the demonstration has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("demonstration", pages="web.urls", policy="web.policy", commands="commands", aside=True)
