"""Where prices are made: mandates, required yields, book-building and quotes, as pure functions and their terms."""
