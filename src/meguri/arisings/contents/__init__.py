"""What is in it: parts, streams and elements of every product, and the urban mine."""
