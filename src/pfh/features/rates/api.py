"""What other features may ask of exchange rates."""

from __future__ import annotations

from pfh.features.rates.latest_rates import RateInUse, latest_rates, rates_in_use, total_in
from pfh.features.rates.list_rates import list_rates
from pfh.features.rates.prove_rates import rate_faults
from pfh.features.rates.schemas import RateInput, RateKey, RateList
from pfh.features.rates.set_rate import remove_rate, set_rate

__all__ = [
    "RateInUse",
    "RateInput",
    "RateKey",
    "RateList",
    "latest_rates",
    "list_rates",
    "rate_faults",
    "rates_in_use",
    "remove_rate",
    "set_rate",
    "total_in",
]
