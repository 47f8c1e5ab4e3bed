"""The page and the endpoint of “May it move?”."""
