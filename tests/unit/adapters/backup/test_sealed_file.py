"""A sealed file is read whole, by its key, or not at all."""

from __future__ import annotations

from io import BytesIO

import pytest

from pfh.adapters.backup import sealed_file
from pfh.adapters.backup.sealed_file import (
    HEAD_BYTES,
    PIECE_BYTES,
    BackupCutOff,
    BackupDamaged,
    BackupUnreadable,
    NotABackup,
    SealedReader,
    SealedWriter,
    WrongBackupKey,
)

KEY = b"a key for the tests of backups"
SEALED_PIECE = PIECE_BYTES + 16


@pytest.fixture(autouse=True)
def cheap_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is dear for an attacker is dear for a loop over every byte, too.
    monkeypatch.setattr(sealed_file, "_SCRYPT_N", 2)


def sealed(content: bytes, step: int = 1 << 18) -> bytes:
    target = BytesIO()
    writer = SealedWriter(target, KEY)
    for begin in range(0, len(content), step):
        writer.write(content[begin : begin + step])
    writer.close()
    return target.getvalue()


def opened(file: bytes, key: bytes = KEY) -> bytes:
    reader = SealedReader(BytesIO(file), key)
    parts = []
    while part := reader.read(100_000):
        parts.append(part)
    return b"".join(parts)


def pattern(length: int) -> bytes:
    return (bytes(range(251)) * (length // 251 + 1))[:length]


@pytest.mark.parametrize(
    "length", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2_500_000]
)
def test_what_was_sealed_comes_back(length: int) -> None:
    content = pattern(length)
    file = sealed(content)
    assert opened(file) == content
    pieces = max(1, -(-length // PIECE_BYTES))
    assert len(file) == HEAD_BYTES + length + 16 * pieces


def test_same_content_is_sealed_differently_each_time_and_is_not_in_the_file() -> None:
    content = b"rent 1,200.00 EUR" * 100
    assert sealed(content) != sealed(content)
    assert b"rent" not in sealed(content)


def test_each_flipped_byte_is_noticed() -> None:
    file = sealed(b"the whole money of a family")
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 0x40
        with pytest.raises((BackupDamaged, NotABackup)):
            opened(bytes(changed))


def test_flipped_byte_is_named_by_its_piece() -> None:
    changed = bytearray(sealed(pattern(3 * PIECE_BYTES)))
    place = HEAD_BYTES + SEALED_PIECE + 1234
    changed[place] ^= 1
    words = f"between bytes {HEAD_BYTES + SEALED_PIECE} and {HEAD_BYTES + 2 * SEALED_PIECE}"
    with pytest.raises(BackupDamaged, match=words):
        opened(bytes(changed))


def test_each_length_that_is_too_short_is_noticed() -> None:
    file = sealed(b"the whole money of a family")
    for length in range(len(file)):
        with pytest.raises(BackupUnreadable):
            opened(file[:length])


def test_file_that_ends_between_two_pieces_is_cut_off() -> None:
    file = sealed(pattern(3 * PIECE_BYTES))
    with pytest.raises(BackupCutOff, match=f"ends after {HEAD_BYTES + 2 * SEALED_PIECE} bytes"):
        opened(file[: HEAD_BYTES + 2 * SEALED_PIECE])


def test_swapped_doubled_and_appended_pieces_are_noticed() -> None:
    file = sealed(pattern(3 * PIECE_BYTES))
    head = file[:HEAD_BYTES]
    first, second, third = (
        file[HEAD_BYTES + n * SEALED_PIECE : HEAD_BYTES + (n + 1) * SEALED_PIECE] for n in range(3)
    )
    for pieces in (
        (second, first, third),
        (first, third),
        (first, first, second, third),
        (first, second, third, third),
    ):
        with pytest.raises(BackupDamaged):
            opened(head + b"".join(pieces))
    with pytest.raises(BackupDamaged, match="bytes follow its end"):
        opened(file + b"x")


def test_piece_of_another_file_of_the_same_key_is_refused() -> None:
    one, other = sealed(b"a" * 100), sealed(b"b" * 100)
    with pytest.raises(BackupDamaged):
        opened(one[:HEAD_BYTES] + other[HEAD_BYTES:])


def test_other_key_is_told_from_damage() -> None:
    with pytest.raises(WrongBackupKey):
        opened(sealed(b"content"), b"another key for the tests of backups")


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04 something else altogether" * 10])
def test_other_file_is_no_backup(file: bytes) -> None:
    with pytest.raises(NotABackup):
        opened(file)
