"""Writes docker-compose.staging.yml from docker-compose.yml: `python deploy/render_staging.py`.

It exists so that staging is production in everything but its name, and can never touch it: another
project, other containers, other ports (1,000 higher), another network, other secrets, and other
variables: what `.env` says to production means nothing to staging. A test compares the file.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docker-compose.yml"
TARGET = ROOT / "docker-compose.staging.yml"
PORT_DISTANCE = 1_000
_HEAD = """\
# Staging, made from docker-compose.yml by deploy/render_staging.py: change that file and render
# this one again.
#
#   docker compose -f docker-compose.staging.yml up -d --wait
#
# Its own project, containers, ports, networks, volumes, secrets and variables (STAGING_…): it
# cannot touch production.
"""
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)")
_PORT = re.compile(r"\$\{(?P<name>\w+_PORT):-(?P<port>\d+)\}")
_SMALLER = {
    "BACKEND_REPLICAS:-2": "BACKEND_REPLICAS:-1",
    "KAFKA_CONSUMER_INSTANCES:-2": "KAFKA_CONSUMER_INSTANCES:-1",
}


def staging(production: str) -> str:
    """Return staging's file for production's."""
    text = production[production.index("name: pfh\n") :]
    text = _PORT.sub(
        lambda m: f"${{{m['name']}:-{int(m['port']) + PORT_DISTANCE}}}",
        text,
    )
    for larger, smaller in _SMALLER.items():
        text = text.replace(larger, smaller)
    text = _VARIABLE.sub(lambda m: f"${{STAGING_{m['name']}", text)
    text = text.replace("name: pfh\n", "name: pfh-staging\n", 1)
    text = text.replace("container_name: pfh-", "container_name: pfh-staging-")
    text = text.replace("PFH_PROJECT: pfh}", "PFH_PROJECT: pfh-staging}")
    text = text.replace("172.30.33.0/24", "172.30.34.0/24")
    text = text.replace("/secrets/production/", "/secrets/staging/")
    # The socket of Docker and its group are those of the machine.
    text = text.replace("${STAGING_DOCKER_GROUP:", "${DOCKER_GROUP:")
    return _HEAD + text


if __name__ == "__main__":
    TARGET.write_text(staging(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
