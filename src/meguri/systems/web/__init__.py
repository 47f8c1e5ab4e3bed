"""The API's lists, feed, drafts and webhooks, and the page where people give systems their tokens."""
