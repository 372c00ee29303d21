"""Texts that name a balance: banks of several countries write it among the movements.

It exists for tables and OFX alike, so that what was there before is never booked as money that came
in.
"""

from __future__ import annotations

import re
from typing import Final

from pfh.features.imports.formats.csv_mapping import normal
from pfh.features.imports.formats.csv_words_cells import BALANCE_LINES

_LOOKED_AT: Final = 60
_AS_OF: Final = re.compile(
    r"(?: (?:am|per|vom|zum|as of|as at|on|at|au|du|le|al|del|a|op|na dzien|den|pr|em|ao|la))*"
    r" \d[\d ]*(?:[a-z]{3,10} \d+)?$"
)


def names_balance(text: str) -> bool:
    """Tell whether a text says that it is a balance: "Saldo", "Solde au 31/03/2024"."""
    folded = normal(text[:_LOOKED_AT])
    return folded in BALANCE_LINES or _AS_OF.sub("", folded) in BALANCE_LINES
