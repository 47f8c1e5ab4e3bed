"""Problems of others, with answers of theirs to hold ours against."""
