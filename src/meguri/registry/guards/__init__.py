"""What must hold before the registry changes."""

from meguri.registry.guards import applications, facilities, licences, organisations, papers

__all__ = ["applications", "facilities", "licences", "organisations", "papers"]
