"""What will come: stocks, flows, contained metals, and how sure we are."""
