"""What a log must never hold, made up at random, and every way in which it could get there."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import msgspec
import sqlalchemy

from pfh.core.errors import Problem
from pfh.observability.logging import get_logger

LOGGER = get_logger("pfh.test")
_WORDS = (
    "Dinner",
    "mit",
    "Ännchen",
    "rent",
    "привет",
    "für",
    "Zürich",
    "お寿司",
    "O'Hara",
    "l’été",
)


class Made:
    """One person's data; `secrets` are the texts of which none may be found in a line."""

    def __init__(self, chance: random.Random) -> None:
        """Make it up."""
        letters = "abcdefghijklmnopqrstuvwxyz"
        word = "".join(chance.choices(letters, k=9))
        self.email = f"{word}.{chance.randrange(100)}+x@{''.join(chance.choices(letters, k=8))}.org"
        self.iban = _iban(chance)
        self.card = _card(chance)
        self.account = str(chance.randrange(10**8, 10**18))
        self.jwt = ".".join(("eyJhbGciOiJIUzI1NiJ9", _base64(chance, 30), _base64(chance, 32)))
        self.token = _base64(chance, 32)
        self.memo = (
            f"{' '.join(chance.choices(_WORDS, k=3))} {''.join(chance.choices(letters, k=12))}"
        )

    @property
    def secrets(self) -> list[str]:
        """Return the texts; the last word of the memo occurs nowhere else."""
        name = self.email.partition(".")[0]
        return [self.email, name, self.iban, self.card, self.account, self.jwt, self.token,
                self.memo.rpartition(" ")[2]]  # fmt: skip

    def texts(self, chance: random.Random) -> list[str]:
        """Return them as they come: in blocks, in quotation marks, in addresses."""
        grouped = " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))
        dashed = "-".join(self.card[at : at + 4] for at in range(0, 16, 4))
        around = chance.choice(["", "\r\n", "\u2028", "\x1b[2J", "\ud800", "%s", "{0}", '"', "'"])
        return [
            self.email, self.iban, grouped, self.iban.lower(), self.card, dashed, self.account,
            self.jwt, f"Bearer {self.token}", self.token, f"{around}{self.memo}{around}",
        ]  # fmt: skip


def _iban(chance: random.Random) -> str:
    country = chance.choice(["DE", "GB", "NO"])
    body = {
        "DE": f"{chance.randrange(10**17, 10**18)}",
        "GB": f"NWBK{chance.randrange(10**13, 10**14)}",
        "NO": f"{chance.randrange(10**10, 10**11)}",
    }[country]
    number = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


def _card(chance: random.Random) -> str:
    digits = [4, *(chance.randrange(10) for _ in range(14))]
    doubled = [
        sum(divmod(digit * 2, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits)
    ]
    return f"{''.join(map(str, digits))}{-sum(doubled) % 10}"


def _base64(chance: random.Random, count: int) -> str:
    made = base64.urlsafe_b64encode(chance.randbytes(count)).decode().rstrip("=")
    # A token without a digit, a small or a capital letter is a rarity.
    return f"a7Q{made}"


def _fail(error: BaseException) -> None:
    def work() -> None:
        raise error

    try:
        work()
    except BaseException as raised:
        LOGGER.failure("it_failed", raised)
        logging.getLogger("library").exception("it failed: %s", raised)  # noqa: TRY401 -- as libraries do


def _postgres(kind: type[asyncpg.PostgresError], text: str) -> asyncpg.PostgresError:
    # As the driver makes it of the server's answer.
    error = kind.new(
        {
            "S": "ERROR", "C": kind.sqlstate, "M": f'a row violates "uq_users_email" \'{text}\'',
            "D": f"Failing row contains (1, {text}).", "H": text,
        }
    )  # fmt: skip
    assert isinstance(error, asyncpg.PostgresError)
    return error


def _chained(text: str) -> BaseException:
    error = RuntimeError("it went on")
    error.add_note(text)
    try:
        int(f"{text} is no number")
    except ValueError as inner:
        error.__cause__ = inner
    return error


def _in_a_thread(text: str) -> None:
    def work() -> None:
        raise KeyError(text)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def _never_retrieved(text: str) -> None:
    async def work() -> None:
        async def failing() -> None:
            raise ValueError(text)

        task = asyncio.ensure_future(failing())
        await asyncio.wait([task])

    asyncio.run(work())


class _Speaking:
    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


class _Struct(msgspec.Struct):
    memo: str


class _Refused(Problem):
    code = "refused"


def _driver(text: str) -> sqlalchemy.exc.IntegrityError:
    return sqlalchemy.exc.IntegrityError("INSERT", {"memo": text}, sqlite3.IntegrityError("x"))


PATHS: dict[str, Callable[[str], Any]] = {
    "event": LOGGER.info,
    "sentence": lambda text: LOGGER.info("failed", reason=f"cannot read {text!r}"),
    "private name": lambda text: LOGGER.info("failed", memo=text, email=text, access_token=text),
    "unknown name": lambda text: LOGGER.bind(found=text).warning("failed", details=text),
    "number": lambda text: LOGGER.info("failed", found=int(text) if text.isdigit() else 0),
    "list": lambda text: LOGGER.info("failed", items=[text, (text, {text})]),
    "nested": lambda text: LOGGER.info("failed", found={"a": {text: text, "b": [text]}}),
    "bytes": lambda text: LOGGER.info("failed", found=text.encode("utf-8", "replace")),
    "object": lambda text: LOGGER.info("failed", found=_Speaking(text), one=_Struct(text)),
    "exception as field": lambda text: LOGGER.info("failed", found=ValueError(text)),
    "value error": lambda text: _fail(ValueError(f"cannot book {text}")),
    "key error": lambda text: _fail(KeyError(text)),
    "problem": lambda text: _fail(_Refused(f"There is no account {text}.")),
    "own error": lambda text: _fail(asyncio.InvalidStateError(text)),
    "chain": lambda text: _fail(_chained(text)),
    "group": lambda text: _fail(ExceptionGroup("several", [ValueError(text), KeyError(text)])),
    "unique violation": lambda text: _fail(_postgres(asyncpg.UniqueViolationError, text)),
    "check violation": lambda text: _fail(_postgres(asyncpg.CheckViolationError, text)),
    "data error": lambda text: _fail(_postgres(asyncpg.DataError, text)),
    "parameters": lambda text: _fail(_driver(text)),
    "address": lambda text: _fail(httpx.ConnectError(f"GET http://x.example/?q={text!r}")),
    "thread": _in_a_thread,
    "task": _never_retrieved,
    "library": lambda text: logging.getLogger("library").warning("cannot read %s", text),
    "library, names": lambda text: logging.getLogger("library").error("no %(a)s", {"a": text}),
    "library, object": lambda text: logging.getLogger("library").info("%r", _Speaking(text)),
    "library, quoted": lambda text: logging.getLogger("library").info(
        f"cannot read {text!r}"  # noqa: G004 -- as libraries do
    ),
    "library, wrong": lambda text: logging.getLogger("library").info("%d %d", text),  # noqa: PLE1206 -- as above
    "access": lambda text: logging.getLogger("uvicorn.access").warning(
        '%s - "%s %s HTTP/%s" %d', "203.0.113.7:1", "GET", f"/find?q={text}", "1.1", 200
    ),
    "server": lambda text: logging.getLogger("uvicorn.error").warning("bad %s", repr(text)),
}  # fmt: skip
