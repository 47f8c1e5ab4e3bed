"""The front of the house: settings, URL configuration, home, command line, demonstration."""
