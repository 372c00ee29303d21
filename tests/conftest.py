"""What every test shares: the servers, and an environment free of the developer's own settings."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Deadlines and speeds of examples would judge the machine, which other tests keep busy. The same
# examples each time: a change is judged by what it changed, and "explore" looks for new ones.
settings.register_profile(
    "hub", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("hub"), derandomize=False)
settings.load_profile("hub")

pytest_plugins = [
    "tests.temporary_folder",
    "tests.servers.plugin",
    "tests.longest_first",
    "tests.frozen_heap",
]

_PREFIXES = (
    *("PFH_", "POSTGRES_", "KAFKA_", "REDIS_", "S3_", "MONGODB_"),
    *("MAIL_", "SENDGRID_", "SMTP_", "OPENAI_"),
)
# A developer's own settings must not reach the program under test.
for _name in list(os.environ):
    if _name.startswith(("PFH_TEST_", "PFH_REQUIRE_", "PFH_BENCH_")):
        continue
    if _name.startswith(_PREFIXES) or _name in {
        "HOST",
        "PORT",
        "ADMIN_TOKEN",
    }:
        del os.environ[_name]
