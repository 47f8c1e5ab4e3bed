"""Pages and endpoints of what is followed."""
