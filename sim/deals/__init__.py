"""What a securitization is: terms, eligibility, triggers, the one waterfall and its offline projection."""
