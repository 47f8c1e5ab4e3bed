"""Languages: what must be put into words, which language is spoken where, how dates and numbers are written in it."""
