"""What an arranger asks rating agencies about."""

from __future__ import annotations

from dataclasses import dataclass

from sim.deals.pool_view import PoolView
from sim.deals.rating_method import Structure


@dataclass(frozen=True)
class Asked:
    """An issue in preparation, as it is shown to an agency.

    Args:
        deal: name of the deal to be.
        originator: party id of who sells the loans.
        view: the pool as shown.
        structure: what protects the notes.
        letters: letters the classes need.
        face_fen: size of the issue.
        contested: whether the issuer chooses among agencies.
    """

    deal: str
    originator: str
    view: PoolView
    structure: Structure
    letters: tuple[str, ...]
    face_fen: int
    contested: bool = True
