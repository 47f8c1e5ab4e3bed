"""Pages and endpoints of the consent room."""
