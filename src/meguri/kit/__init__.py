"""What every room needs: problems, masses, the clock, words in two languages, and the page components."""
