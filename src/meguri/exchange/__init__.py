"""Other people's formats: what leaves Meguri and comes in. First the movement document as PDF."""
