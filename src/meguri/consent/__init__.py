"""Permission to move: cases, one track for each authority, clocks, movements and their documents."""
