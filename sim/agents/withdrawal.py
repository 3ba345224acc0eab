"""The end of a mandate at one of its steps."""


class Withdrawn(Exception):  # noqa: N818  (a state of the mandate, not a fault of the program)
    """A step found that the issue cannot go on."""

    def __init__(self, event: str, why: str) -> None:
        super().__init__(why)
        self.event, self.why = event, why
