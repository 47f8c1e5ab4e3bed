"""Does it add up: accounts in grams, reckoned anew from events, and as the record keeps them."""
