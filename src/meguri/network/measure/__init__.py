"""What planning costs: measured on a seeded instance, beside the tools of others."""
