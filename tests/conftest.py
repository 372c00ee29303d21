"""What every test shares: the servers, and an environment free of the developer's own settings."""

from __future__ import annotations

import os

pytest_plugins = ["tests.servers.plugin"]

# A developer's own settings must not reach the program under test.
for _name in [name for name in os.environ if name.startswith("PFH_")]:
    if not _name.startswith(("PFH_TEST_", "PFH_REQUIRE_")):
        del os.environ[_name]
for _name in ("HOST", "PORT"):
    os.environ.pop(_name, None)
