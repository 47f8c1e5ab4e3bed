"""What was certified of what was made: shares of a charge, reservations, classes of evidence. Pure but `services`."""
