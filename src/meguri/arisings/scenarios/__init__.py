"""What is asked: assumptions, and the files that say them."""
