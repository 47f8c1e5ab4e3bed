"""Signing in, and pages shown to people without an account by a link."""
