"""Pages and endpoints of papers."""
