"""All ports in one frozen value, handed explicitly to whoever needs them; no globals."""

from __future__ import annotations

from dataclasses import dataclass

from pfh.ports.backups import Backups
from pfh.ports.cache import Cache
from pfh.ports.clock import Clock
from pfh.ports.database import Database
from pfh.ports.documents import Documents
from pfh.ports.event_log import EventLog
from pfh.ports.identifiers import Identifiers
from pfh.ports.language_model import LanguageModel
from pfh.ports.mailer import Mailer
from pfh.ports.objects import Objects
from pfh.ports.sessions import Sessions
from pfh.ports.signals import Signals
from pfh.ports.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the use-cases may use; `runtime` builds it, tests take the embedded adapters."""

    database: Database
    documents: Documents
    event_log: EventLog
    cache: Cache
    sessions: Sessions
    throttle: Throttle
    signals: Signals
    objects: Objects
    mailer: Mailer
    language_model: LanguageModel
    clock: Clock
    identifiers: Identifiers
    # Signs access tokens; 32 bytes or more, from a file that only the hub may read.
    token_key: bytes
    # Where browsers reach the hub, for links in mail: never what a request claims it to be.
    public_address: str = "http://localhost:3333"
    # None when a running hub makes no backups by itself.
    backups: Backups | None = None
