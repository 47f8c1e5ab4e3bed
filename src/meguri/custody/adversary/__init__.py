"""Who would cheat: random and hostile histories told to the guards, and frauds planted among honest trade."""
