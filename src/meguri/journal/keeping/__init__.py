"""Keeping the record: copies of it and their proof, whose rights reach how far in the database, secrets made anew."""
