"""The service as a process: how it starts, what it asks of its database, whether it is alive and ready."""
