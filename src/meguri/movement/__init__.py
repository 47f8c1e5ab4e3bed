"""Under way: from planned to recovered or back, whatever allows it to move."""
