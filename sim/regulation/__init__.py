"""Rules and their dates: pure functions of a position, so that a policy is data with a date."""
