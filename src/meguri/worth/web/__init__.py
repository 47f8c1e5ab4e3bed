"""Pages of prices, footprints and concentration of supply."""
