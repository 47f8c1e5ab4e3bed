"""The demonstration's doors: role, steps, start over; the pages worth a picture."""
