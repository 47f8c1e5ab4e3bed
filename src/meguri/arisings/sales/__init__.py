"""What is sold: on record, repaired, split by product, carried forward."""
