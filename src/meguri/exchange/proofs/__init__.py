"""Certificates and claims to take away: on paper and as credentials, and what anybody can check of them offline."""
