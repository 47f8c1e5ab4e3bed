"""How an act comes on record: admitted, judged, folded, appended; and how it is read back."""
