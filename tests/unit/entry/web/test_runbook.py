"""The runbook as a page: anchors that alerts name, commands whole, nothing of it taken for HTML."""

from __future__ import annotations

import re

from pfh.entry.web.operations.runbook import anchor_of, rendered, runbook, section_path
from pfh.runtime.overview.ask import chapters
from pfh.runtime.overview.servers import _SERVERS
from tests.architecture.tree import ROOT

BOOK = """# Title

<!-- contacts -->
See [how](howto/deploy.md), [far](https://example.org/a) and [there](#what-now).

## What now?

| a | b |
|---|---|
| <b>1</b> | 2 |

```bash id=x class=exec
echo "$A" && <b>
```
```text expect=x
done
```

### What now
"""


def test_blocks_tables_and_links_are_those_of_the_book() -> None:
    found = rendered(BOOK)
    assert [(one.anchor, one.depth) for one in found.sections] == [
        ("what-now", 2),
        ("what-now-1", 3),
    ]
    assert "Title" not in found.body
    assert "contacts" not in found.body
    assert "how (docs/howto/deploy.md), far (https://example.org/a)" in found.body
    assert '<a href="#what-now">there</a>' in found.body
    assert (
        '<pre class="book-command" tabindex="0"><code>echo &quot;$A&quot; &amp;&amp; &lt;b&gt;'
        in found.body
    )
    assert '<pre class="book-output" tabindex="0"><code>done' in found.body
    assert "<td>&lt;b&gt;1&lt;/b&gt;</td>" in found.body
    assert "<b>" not in found.body


def test_anchors_are_those_that_a_forge_makes() -> None:
    assert anchor_of("Database: slow (p95 > 1 s)") == "database-slow-p95--1-s"


def test_every_section_that_is_linked_to_is_in_the_book() -> None:
    book = runbook()
    anchors = {one.anchor for one in book.sections}
    assert all(f'id="{anchor}"' in book.body for anchor in anchors)
    asked = {one.runbook for chapter in chapters() for one in chapter.questions}
    named = asked | {server.runbook for server in _SERVERS.values()}
    for path in (ROOT / "src" / "pfh" / "runtime" / "overview").glob("*.py"):
        named |= set(re.findall(r'runbook="([a-z-]+)"', path.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named <= anchors
    rules = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yml")
    )
    assert set(re.findall(r"runbook\.md#([a-z0-9-]+)", rules)) <= anchors


def test_address_of_a_section_is_that_of_the_page() -> None:
    assert section_path("dead-letters") == "/admin/runbook#dead-letters"
