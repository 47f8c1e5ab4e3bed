"""Pages and endpoints of the movement room."""
