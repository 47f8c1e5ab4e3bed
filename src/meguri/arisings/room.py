"""What the room of arisings has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("arisings", pages="web.urls", policy="web.policy", endpoints="web.api", commands="commands")
