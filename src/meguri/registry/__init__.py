"""Who may do what: organisations, their roles, facilities and licences."""
