"""The institutions of the market: what each decides, and the one thin place where it posts to the ledger."""
