"""A scenario planned and asked: the work of it, what is kept on file, reported and printed."""
