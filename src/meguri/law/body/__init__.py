"""The body of law on file: rule packs, their strict reader, and the rules and entries that they hold."""
