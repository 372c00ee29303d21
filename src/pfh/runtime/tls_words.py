"""What a driver's error says of TLS, in one sentence.

It exists because drivers tell a certificate that is not believed as a server that does not answer,
and an operator would look for the server.
"""

from __future__ import annotations

import re
from typing import Final

# Python's: `[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: … (_ssl.c:1006)`.
_OPENSSL: Final = re.compile(r"\[SSL[^]]*\] (?P<cause>.+?)(?: \(_ssl\.c:\d+\)|$)", re.MULTILINE)
# Rust's, whose innermost word is the cause: `InvalidCertificate(UnknownIssuer)`.
_CERTIFICATE: Final = re.compile(r"InvalidCertificate\(\s*(?:Other\w*\(\s*)*(?P<cause>\w+)")
_NO_TLS: Final = "InvalidMessage("


def tls_words(error: Exception) -> str | None:
    """Return what is wrong, None when TLS is not."""
    words = str(error)
    if found := _OPENSSL.search(words):
        return f"TLS: {found['cause']}"
    if found := _CERTIFICATE.search(words):
        return f"TLS: the certificate is not believed ({found['cause']})"
    return "TLS: the server does not speak it there" if _NO_TLS in words else None
