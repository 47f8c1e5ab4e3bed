"""Who comes in: what somebody applies for and how it is decided, and what is missing until a case can be opened."""
