"""One organisation lets another act for it: in named kinds of act, until a day. Both names stand on the act."""
