"""Downloads of the exchange room."""
