"""What does custody answer to other rooms that ask: of lots, of what waits, of drafts of law, for benchmarks."""
