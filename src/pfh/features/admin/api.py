"""What commands may ask of the administration: the proof of the books."""

from __future__ import annotations

from pfh.features.admin.prove_household import all_households, prove_household

__all__ = ["all_households", "prove_household"]
