"""What the law room has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("law", pages="web.urls", policy="policy", endpoints="web.api", commands="commands")
