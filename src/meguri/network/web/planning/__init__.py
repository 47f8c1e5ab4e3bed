"""How a scenario gets its plan: the scenarios a page may ask for, the changes of a reader's own, the long work."""
