"""What the room of facts has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room("reference", pages="web.urls", policy="web.policy", links={"/facts/": Words("The facts, table by table")})
