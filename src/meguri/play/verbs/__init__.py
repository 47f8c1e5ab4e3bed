"""The verbs of stories, by the room that carries them out."""
