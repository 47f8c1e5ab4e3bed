"""On what movements rest of licences and parties, and what of it holds them."""
