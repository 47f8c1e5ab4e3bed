"""What is in a lot, by those who sold and bought it: sampling, assays, exchange, umpire, settlement."""
