"""What stands between the network and the pages: bodies are read whole and in time, and turns are shared fairly."""
