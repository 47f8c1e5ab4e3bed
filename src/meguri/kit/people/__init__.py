"""People: who is reading and for which organisation, and the accounts that nobody can sign up for."""
