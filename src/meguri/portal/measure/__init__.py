"""What serving costs: honest users by themselves, and beside hostile clients."""
