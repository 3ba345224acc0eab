"""Where prices are made and funding is planned: mandates, required yields, book-building, quotes, funding plans, as pure
functions and their terms."""
