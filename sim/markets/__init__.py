"""Markets: what is decided where parties meet (funding, lending, issuance, trading), as pure functions and terms."""
