"""Naming a device by what its browser says."""

from __future__ import annotations

import pytest

from pfh.features.settings.device_name import device_name

_WEBKIT = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {} Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (_WEBKIT.format("X11; Linux x86_64", "Chrome/156.0"), "Chrome on Linux"),
        (_WEBKIT.format("Windows NT 10.0", "Chrome/156.0") + " Edg/156.0", "Edge on Windows"),
        (_WEBKIT.format("Linux; Android 16", "Chrome/156.0 Mobile"), "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0) Firefox/150.0", "Firefox on macOS"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Version/20 Safari/604", "Safari on iPhone"),
        ("my-script/1.0", "my-script/1.0"),
        ("", "Unknown device"),
    ],
)
def test_names_browser_and_system_when_they_are_known(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
