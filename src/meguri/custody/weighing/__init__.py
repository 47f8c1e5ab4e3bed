"""What a weighing is worth: limits of error of instruments, differences between two of them, readings of figures."""
