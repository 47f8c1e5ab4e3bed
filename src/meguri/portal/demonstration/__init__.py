"""The labelled demonstration: its cast, its story, its scenarios."""
