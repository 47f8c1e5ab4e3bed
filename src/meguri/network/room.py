"""What the room of the plan has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("network", pages="web.urls", policy="web.policy", endpoints="web.api", commands="commands")
