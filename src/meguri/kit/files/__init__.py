"""Files that people write and Meguri reads: tables, TOML, scenarios. What is wrong is said with file and line."""
