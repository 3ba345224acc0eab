"""What is fast, measured against what a user would pick instead, in the same run; nothing here is a timed test."""
