"""Asks a cluster whether it serves, with a connection of its own and within seconds."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from pfh.adapters.event_stream.kafka_options import KafkaOptions

_REFUSED: Final = "Connection refused"
_STEP_SECONDS: Final = 0.05


class ClusterSilent(Exception):
    """No broker served.

    `kind` is refused, wrong password, timeout or failed; the text says more and holds no secret.
    """

    def __init__(self, kind: str, words: str) -> None:
        """Take both."""
        super().__init__(words)
        self.kind = kind


async def ask_cluster(options: KafkaOptions, *, seconds: float) -> int:
    """Return how many brokers there are.

    Raises:
        ClusterSilent: none of those that are named served within the time.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-probe")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, _ask, options, seconds)
    finally:
        thread.shutdown(wait=False)


def _ask(options: KafkaOptions, seconds: float) -> int:
    errors: list[KafkaError] = []
    configuration = options.configuration()
    configuration["error_cb"] = errors.append
    client = AdminClient(configuration)
    try:
        return len(client.list_topics(timeout=seconds).brokers)
    except KafkaException as error:
        # What the library noted on its way is handed over only when it is polled.
        client.poll(_STEP_SECONDS)
        raise _silent([*errors, error.args[0]], seconds) from error


def _silent(errors: list[KafkaError], seconds: float) -> ClusterSilent:
    for error in errors:
        if error.code() in {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}:  # noqa: SLF001 -- public constants of the library begin so
            return ClusterSilent("wrong password", "the brokers refuse KAFKA_USER")
        if error.code() == KafkaError._SSL:  # noqa: SLF001 -- as above
            return ClusterSilent("failed", f"TLS: {error.str()}"[:200])
    words = next((one.str() for one in errors if _REFUSED in one.str()), "")
    if words:
        return ClusterSilent("refused", words.partition("/bootstrap: ")[2] or words)
    return ClusterSilent("timeout", f"no answer within {seconds:.1f} s")
