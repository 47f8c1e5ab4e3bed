"""Pages of samples: drawn, laid, opened, judged, settled."""
