"""Between which places a stream may travel: by which law, which way, and at what cost."""
