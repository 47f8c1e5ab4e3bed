"""What pages say of a run: series, rankings, maps, contents, what to measure next, the checks."""
