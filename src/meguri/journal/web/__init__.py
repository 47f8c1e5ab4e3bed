"""Pages and endpoints of the journal."""
