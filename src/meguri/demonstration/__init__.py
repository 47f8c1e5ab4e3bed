"""The labelled demonstration: its cast, its story, its own date. Installed in demonstration mode alone."""
