"""The answers of a plan: three as sentences with their tables, the regret over scenarios, and the front of two aims."""
