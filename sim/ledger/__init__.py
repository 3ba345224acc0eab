"""The ledger: the one store of what anybody owes, in integer fen, with the only verbs that may change it.

Balance sheets, leverage, holdings and the network of exposures are group-bys of its claim table, so they cannot
disagree. Every claim has a creditor and a debtor, both of them parties, and the world outside is a party too: nothing
appears from nowhere. A party's equity is an account of flows; at midnight it must equal the stock of its claims.
"""

from sim.ledger.arithmetic import Participation, accrued_interest, largest_remainder, split_cumulative
from sim.ledger.kinds import (
    CENTRAL_BANK,
    ORIGIN,
    SHAREHOLDERS,
    Code,
    Key,
    Kind,
    Loss,
    Overdraft,
    Posting,
    PostingError,
    State,
    kind_of,
    party_of,
)
from sim.ledger.ledger import Ledger
from sim.ledger.views import Columns

__all__ = [
    "CENTRAL_BANK",
    "ORIGIN",
    "SHAREHOLDERS",
    "Code",
    "Columns",
    "Key",
    "Kind",
    "Ledger",
    "Loss",
    "Overdraft",
    "Participation",
    "Posting",
    "PostingError",
    "State",
    "accrued_interest",
    "kind_of",
    "largest_remainder",
    "party_of",
    "split_cumulative",
]
