"""What the room of stories has for the house."""

from meguri.kit.rooms import Room

ROOM = Room("play", commands="commands", aside=True)
