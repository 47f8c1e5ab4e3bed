"""Who may say what about a case, and when. Guards read the world and refuse; they change nothing."""
