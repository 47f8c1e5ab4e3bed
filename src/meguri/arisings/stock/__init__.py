"""Stock models: from sales to arisings, or from stock to the sales it needs."""
