"""How sure: Monte Carlo over any model, quantiles, and which input matters."""
