"""Making a law: model clauses beside the laws on file, drafts of them, what a draft reaches, a paper on it."""
