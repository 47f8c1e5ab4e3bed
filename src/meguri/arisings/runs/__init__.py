"""A scenario worked out: economies, results by year, kept, compared, written."""
