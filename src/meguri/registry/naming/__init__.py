"""What organisations are called and numbered by: identifiers with check digits, and names that are likely the same."""
