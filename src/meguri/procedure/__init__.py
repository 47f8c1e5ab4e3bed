"""One engine that reads every procedure: tables of steps, clocks on each office's calendar, guards as data."""
