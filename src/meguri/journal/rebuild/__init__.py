"""All projections anew from the acts, beside a service that goes on."""
