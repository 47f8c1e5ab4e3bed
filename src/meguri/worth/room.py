"""What the room of worth has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("worth", pages="web.urls", policy="web.policy")
