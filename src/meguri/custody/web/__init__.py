"""Custody's pages and endpoints."""
