"""A door for systems: how other organisations' programs read, write, and hear what concerns them."""
