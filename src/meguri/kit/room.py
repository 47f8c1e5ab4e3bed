"""What the kit has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("kit", pages="web.urls", policy="web.requests.policy", commands="commands", aside=True)
