"""Asks the hub in this container at a path, and says by the exit code whether it answered 200.

It exists because the image has no curl: `python healthcheck.py /readyz`. Standard library only.
"""

from __future__ import annotations

import http.client
import os
import sys

TIMEOUT_SECONDS = 4.0


def check(path: str, port: int) -> int:
    """Return 0 after a 200, else 1 with the reason on standard error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    finally:
        connection.close()
    if status != http.client.OK:
        sys.stderr.write(f"{path}: {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(check(sys.argv[1] if len(sys.argv) > 1 else "/readyz", int(os.environ["PORT"])))
