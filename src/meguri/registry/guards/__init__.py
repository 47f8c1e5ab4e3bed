"""What must hold before the registry changes."""

from meguri.registry.guards import applications, delegations, facilities, licences, organisations, papers

__all__ = ["applications", "delegations", "facilities", "licences", "organisations", "papers"]
