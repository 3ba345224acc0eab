"""Where prices are made and funding is planned: mandates, required yields, book-building, quotes and funding plans, as
pure functions and their terms."""
