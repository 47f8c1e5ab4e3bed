"""Carbon, money and security of supply: prices, footprints, concentration."""
