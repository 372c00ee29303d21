"""What the library's errors mean, in words for an operator that hold no secret."""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError

# A failure that must leave no gap is told in one sentence, of which this is the cause.
_TOO_LARGE: Final = "Message size too large"
_HANDSHAKE: Final = "SSL handshake failed: "
_UNKNOWN_AUTHORITY: Final = "verify failed"
_AUTHORITY: Final = ": KAFKA_CA_FILE has to be the certificate of the brokers' authority"
_REFUSED: Final = "Connection refused"
_NO_RIGHT: Final = "KAFKA_USER is let in and may not do this: give it the right (kafka-acls)"
_NOT_LET_IN: Final = "the brokers refuse KAFKA_USER or KAFKA_PASSWORD"
_SIGN_IN: Final = frozenset(
    {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}  # noqa: SLF001 -- public constants of the library begin so
)
_WORDS: Final = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "a topic is missing: run `pfh topics apply`",
    KafkaError._UNKNOWN_TOPIC: "a topic is missing: run `pfh topics apply`",  # noqa: SLF001 -- as above
    KafkaError.MSG_SIZE_TOO_LARGE: "a topic takes too short messages: run `pfh topics apply`",
    KafkaError.NOT_ENOUGH_REPLICAS: "too few brokers have the partition's copies",
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND: "too few brokers have the partition's copies",
    KafkaError._ALL_BROKERS_DOWN: "no broker answers",  # noqa: SLF001 -- as above
    KafkaError._TIMED_OUT: "no broker answered in time",  # noqa: SLF001 -- as above
    KafkaError.TOPIC_AUTHORIZATION_FAILED: _NO_RIGHT,
    KafkaError.GROUP_AUTHORIZATION_FAILED: _NO_RIGHT,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: _NO_RIGHT,
    **dict.fromkeys(_SIGN_IN, _NOT_LET_IN),
}


def words_of(error: object) -> str:
    """Return what to tell of an error."""
    if not isinstance(error, KafkaError):
        return str(error)
    _, is_tls, cause = error.str().partition(_HANDSHAKE)
    if is_tls:
        fix = _AUTHORITY if _UNKNOWN_AUTHORITY in cause else ""
        return f"TLS: {cause}"[:200] + fix
    code = KafkaError.MSG_SIZE_TOO_LARGE if _TOO_LARGE in error.str() else error.code()
    return _WORDS.get(code) or error.str()


class Troubles:
    """What a client's library noted since it last succeeded, of which the most telling counts.

    It exists because the library tells why it cannot connect, then that all brokers are down, and
    then fails a call for a third reason: only the first helps. `kind` is `wrong password`,
    `failed` (an operator must repair it), `refused` (nobody listens there), `timeout`, `down`
    (it does not say why) or empty.
    """

    __slots__ = ("kind", "words")

    def __init__(self) -> None:
        """Begin without any."""
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.kind, self.words = "", ""

    def note(self, error: KafkaError) -> None:
        """Take an error, as `error_cb` does."""
        kind = _kind_of(error)
        if _RANKS.index(kind) >= _RANKS.index(self.kind):
            self.kind, self.words = kind, words_of(error)


_RANKS: Final = ("", "down", "timeout", "refused", "failed", "wrong password")


def _kind_of(error: KafkaError) -> str:
    code, words = error.code(), error.str()
    if code in _SIGN_IN:
        return "wrong password"
    if _HANDSHAKE in words or code == KafkaError._RESOLVE:  # noqa: SLF001 -- as above
        return "failed"
    if _REFUSED in words:
        return "refused"
    return "down" if code == KafkaError._ALL_BROKERS_DOWN else "timeout"  # noqa: SLF001 -- as above
