"""Keeping the law right: what the rulings would not notice, and what was last looked at when."""
