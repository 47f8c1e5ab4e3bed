"""Asking the law: a question, the engine that decides it, the verdict with its grounds, and what it decides."""
