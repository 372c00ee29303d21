"""Every table of the hub in one metadata object, imported from where each belongs."""

from __future__ import annotations

import pfh.adapters.documents.tables
import pfh.adapters.language_model.tables
import pfh.features.accounts.tables
import pfh.features.backup.tables
import pfh.features.households.tables
import pfh.features.identity.tables
import pfh.features.imports.tables
import pfh.features.ledger.tables
import pfh.features.mail.tables
import pfh.features.operations.tables
import pfh.features.payees.tables
import pfh.features.rates.tables
import pfh.features.tags.tables
import pfh.persistence.tables  # noqa: F401 -- imported for its tables
from pfh.persistence.columns import metadata

__all__ = ["metadata"]
