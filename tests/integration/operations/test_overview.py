"""The operations page and its JSON: who may come, what is told, what is done and taken back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pfh.adapters.leadership.postgres import PostgresLeadership
from pfh.adapters.outbox.sql import SqlOutbox
from pfh.adapters.parking.sql import SqlParking
from pfh.features.delivery.relay_events import WORK
from pfh.features.operations import api as operations
from pfh.ports.actor import Operator
from pfh.ports.parking import ParkedHousehold
from pfh.runtime.kafka_settings import KafkaSettings
from pfh.runtime.overview import delivery
from pfh.runtime.overview.acts import KINDS
from pfh.runtime.overview.ask import Overseer
from pfh.runtime.overview.parts import ACT, LOOK, OK, Part, Place
from pfh.runtime.postgres_settings import PostgresSettings
from tests.integration.hostile.house import House, Person, assert_problem, logged, open_house
from tests.servers.plugin import copy_migrated_sqlite
from tests.servers.run_directory import RunDirectory
from tests.waiting import eventually

PAGE = "/admin/operations"
CHANGES = ("jobs", "mail", "unblock", "block", "maintenance/end", "maintenance/begin")
OPERATOR = Operator(name="os:ann on test", address="command line", correlation_id="c")
MICROSECONDS = 1_000_000
HTMX = {"hx-request": "true"}
ELSEWHERE = {**HTMX, "sec-fetch-site": "cross-site"}
KAFKA = KafkaSettings(
    brokers=("localhost:1",), tls=False, ca_file=None, user=None, password=None, consumer_threads=1
)


@pytest_asyncio.fixture
async def kept(run_directory: RunDirectory, tmp_path: Path) -> AsyncIterator[House]:
    """Return a hub with a place for backups."""
    (tmp_path / "data").mkdir()
    copy_migrated_sqlite(run_directory, tmp_path / "data" / "pfh.sqlite")
    wish = {"PFH_BACKUP_DIR": str(tmp_path / "backups"), "PFH_BACKUP_KEY": "k" * 24}
    async with open_house(tmp_path / "data", **wish) as opened:
        yield opened


async def browse(
    person: Person, path: str, form: dict[str, str] | None = None, /, **headers: str
) -> httpx.Response:
    """Ask for a page as a browser does; with a form, send it."""
    accept = "*/*" if "hx-request" in headers else "text/html"
    headers = {"cookie": f"pfh_access={person.token}", "accept": accept, **headers}
    if form is None:
        return await person.client.get(path, headers=headers)
    return await person.client.post(path, headers=headers, data=form)


async def told(house: House) -> dict[str, dict[str, Any]]:
    found = await house.ann.done("GET", "/api/admin/overview")
    return {part["id"]: part for part in found["parts"]}


async def done(house: House) -> dict[str, tuple[int, str]]:
    """Return what the tables say that an operator changes, and nobody else."""
    names = ("address_blocks", "admin_jobs", "audit_log", "backup_records", "maintenance")
    return {name: found for name, found in (await house.tables()).items() if name in names}


async def done_jobs(house: House) -> str:
    """Wait until no job runs, and return how the newest ended."""

    async def is_over() -> bool:
        return all(job.ended_at for job in await operations.list_jobs(house.services, limit=9))

    await eventually(is_over, what="the end of the job")
    return (await operations.list_jobs(house.services, limit=1))[0].status


def place_of(house: House, **servers: Any) -> Place:  # noqa: ANN401 -- settings of several servers
    overseer: Overseer = house.app.state["overseer"]
    settings = overseer.place.settings
    settings = replace(settings, servers=replace(settings.servers, **servers))
    return replace(overseer.place, settings=settings).asked_now()


async def test_others_find_no_such_page_and_nothing_is_done(kept: House) -> None:
    before = await done(kept)
    with logged() as lines:
        for path in (PAGE, f"{PAGE}/parts", "/admin/runbook"):
            answer = await browse(kept.bob, path)
            assert answer.status_code == 404, path
            assert "Operations" not in answer.text
        for name in CHANGES:
            answer = await browse(kept.bob, f"{PAGE}/{name}", {"kind": "backup"})
            assert answer.status_code == 404, name
    assert sum("ADMIN_REFUSED" in line for line in lines.texts) == 3 + len(CHANGES)
    stranger = await kept.client.get(PAGE, headers={"accept": "text/html"})
    assert stranger.status_code in {303, 401}
    assert await done(kept) == before


async def test_another_site_can_do_nothing_in_the_name_of_an_administrator(kept: House) -> None:
    before = await done(kept)
    for name in CHANGES:
        form = {"kind": "cache_warming", "target": ""}
        answer = await browse(kept.ann, f"{PAGE}/{name}", form, **ELSEWHERE)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert await done(kept) == before


async def test_page_tells_what_this_installation_has_and_nothing_else(house: House) -> None:
    await house.settled()
    found = await house.ann.done("GET", "/api/admin/overview")
    states = {part["id"]: part["state"] for part in found["parts"]}
    # No servers, no brokers, no replica: what does not exist is not told as broken.
    assert states == {
        "program": OK,
        "database": OK,
        "read-models": OK,
        "backup": LOOK,
        "jobs": OK,
        "maintenance": OK,
        "sign-ins": OK,
        "blocks": OK,
    }
    assert found["state"] == LOOK
    answer = await house.ann.send("POST", "/api/admin/jobs", {"kind": "backup"})
    assert (answer.status_code, answer.json()["code"]) == (409, "backup_not_configured")
    page = await browse(house.ann, PAGE)
    assert page.status_code == 200
    for part in found["parts"]:
        assert f'id="part-{part["id"]}"' in page.text
        assert f'href="{part["runbook"]}"' in page.text
    assert (await browse(house.ann, "/admin/runbook")).status_code == 200


async def test_page_that_has_seen_it_all_is_left_alone(kept: House) -> None:
    await kept.settled()
    again = [f"{PAGE}/parts?seen=nothing"]

    async def is_left_alone() -> bool:
        answer = await browse(kept.ann, again[0], **HTMX)
        if answer.status_code == 204:
            return True
        again[:] = re.findall(r'hx-get="([^"]+seen=\w+)"', answer.text)
        return False

    # Minutes pass on the page, too.
    await eventually(is_left_alone, what="a page that says what the one before said")
    await operations.begin_maintenance(
        kept.services, OPERATOR, reason="moving the cellar", until=None
    )
    changed = await browse(kept.ann, again[0], **HTMX)
    assert changed.status_code == 200
    assert "moving the cellar" in changed.text


async def test_looks_are_not_recorded_and_acts_are(house: House) -> None:
    for path in (PAGE, f"{PAGE}/parts"):
        await browse(house.ann, path)
    answer = await browse(house.ann, f"{PAGE}/jobs", {"kind": "read_models"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert await done_jobs(house) == "done"
    [job] = await operations.list_jobs(house.services, limit=9)
    [record] = await operations.list_audit(house.services, before=2**62, limit=9)
    assert record.actor == f"user:{house.ann.identity['user']['id']}"
    assert (record.action, record.outcome) == (f"POST {PAGE}/jobs", "303")
    assert f'"job_id":"{job.job_id}"' in (record.detail or "")
    assert (job.kind, job.total, job.done) == ("read_models", 2, 2)


async def test_unknown_job_is_refused_by_page_and_program(kept: House) -> None:
    answer = await browse(kept.ann, f"{PAGE}/jobs", {"kind": "<b>"}, **HTMX)
    problem = assert_problem(answer)
    assert (answer.status_code, problem["code"]) == (422, "job_kind_unknown")
    answer = await kept.ann.send("POST", "/api/admin/jobs", {"kind": "sweep"})
    assert answer.status_code == 422
    assert all(kind in answer.json()["fix"] for kind in KINDS)
    answer = await kept.ann.send("POST", "/api/admin/jobs", {"kind": "dead_letters"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_parked")


async def test_range_is_let_in_and_refused_again(house: House) -> None:
    wish = operations.BlockWish(cidr="198.51.100.0/24", seconds=3_600, reason="guesses & more")
    made = await operations.block_addresses(house.services, OPERATOR, wish)
    page = await browse(house.ann, PAGE)
    assert "198.51.100.0/24" in page.text
    assert "guesses &amp; more" in page.text
    form = {"target": str(made.block_id)}
    answer = await browse(house.ann, f"{PAGE}/unblock", form, **HTMX)
    assert "198.51.100.0/24" not in answer.text
    assert await operations.list_blocks(house.services) == []
    [undo] = re.findall(r'"undoUrl": "([^"]+)"', answer.headers["hx-trigger"])
    answer = await browse(house.ann, undo, {}, **HTMX)
    assert (answer.status_code, "operations-changed" in answer.headers["hx-trigger"]) == (204, True)
    [block] = await operations.list_blocks(house.services)
    assert (block.cidr, block.reason) == (made.cidr, made.reason)
    assert abs(block.expires_at - made.expires_at) <= 60 * MICROSECONDS
    assert (await browse(house.ann, f"{PAGE}/unblock", form)).status_code == 404


async def test_maintenance_is_ended_while_it_holds_and_begun_again(house: House) -> None:
    until = house.services.clock.now() + 3_600 * MICROSECONDS
    await operations.begin_maintenance(house.services, OPERATOR, reason="a move", until=until)
    await house.app.state["switches"].refresh()
    assert (await told(house))["maintenance"]["state"] == LOOK
    answer = await browse(house.ann, f"{PAGE}/maintenance/end", {}, **HTMX)
    assert answer.status_code == 200
    assert await operations.find_maintenance(house.services) is None
    [undo] = re.findall(r'"undoUrl": "([^"]+)"', answer.headers["hx-trigger"])
    assert (await browse(house.ann, undo, {})).status_code == 204
    held = await operations.find_maintenance(house.services)
    assert held is not None
    assert (held.reason, held.expires_at) == ("a move", until)


async def test_backup_and_drill_are_run_from_the_page_and_told(kept: House) -> None:
    before = await told(kept)
    assert (before["backup"]["state"], before["drill"]["state"]) == (ACT, LOOK)
    assert (before["backup"]["jobs"], before["drill"]["jobs"]) == (["backup"], [])
    answer = await browse(kept.ann, f"{PAGE}/jobs", {"kind": "backup"}, **HTMX)
    assert answer.status_code == 202
    assert '<progress class="progress' in answer.text
    assert await done_jobs(kept) == "done"
    answer = await kept.ann.send("POST", "/api/admin/jobs", {"kind": "drill"})
    assert (answer.status_code, answer.json()["total"]) == (202, 100)
    assert await done_jobs(kept) == "done"
    job = await kept.ann.done("GET", f"/api/admin/jobs/{answer.json()['jobId']}")
    assert (job["done"], job["failed"]) == (100, 0)
    after = await told(kept)
    assert (after["backup"]["state"], after["drill"]["state"]) == (OK, OK)
    assert re.search(r"proven within [0-9.]+ s", after["drill"]["meaning"])


async def test_backup_that_fails_is_told_with_its_reason_and_can_be_tried_again(
    kept: House, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("no folder")
    answer = await browse(kept.ann, f"{PAGE}/jobs", {"kind": "backup"}, **HTMX)
    assert answer.status_code == 202
    assert await done_jobs(kept) == "failed"
    found = await told(kept)
    assert (found["backup"]["state"], found["jobs"]["state"]) == (ACT, LOOK)
    assert "The last try failed" in found["backup"]["meaning"]
    page = await browse(kept.ann, PAGE)
    assert 'aria-label="Try again: Backup"' in page.text
    (tmp_path / "backups").unlink()
    assert (await browse(kept.ann, f"{PAGE}/jobs", {"kind": "backup"})).status_code == 303
    assert await done_jobs(kept) == "done"
    found = await told(kept)
    assert (found["backup"]["state"], found["jobs"]["state"]) == (OK, OK)


async def test_backups_that_another_process_makes_are_told_without_buttons(house: House) -> None:
    await house.change(
        "INSERT INTO backup_records (record_id, kind, state, started_at, ended_at, backup, length)"
        " VALUES (1, 'backup', 'done', $1, $1, 'pfh-x', 42000)",
        house.services.clock.now(),
    )
    found = await told(house)
    assert (found["backup"]["state"], found["drill"]["state"]) == (OK, LOOK)
    assert (found["backup"]["jobs"], found["drill"]["jobs"]) == ([], [])
    assert "`pfh backup` and `pfh drill` run where" in found["backup"]["meaning"]


@pytest.mark.parametrize(
    ("hours", "state"), [(25, OK), (27, LOOK), (51, ACT)], ids=["day", "late", "lost"]
)
async def test_age_of_a_backup_is_judged_as_the_alerts_judge_it(
    kept: House, hours: int, state: str
) -> None:
    at = kept.services.clock.now() - hours * 3_600 * MICROSECONDS
    await kept.change(
        "INSERT INTO backup_records (record_id, kind, state, started_at, ended_at, backup, length)"
        " VALUES (1, 'backup', 'done', $1, $1, 'pfh-x', 42000)",
        at,
    )
    found = (await told(kept))["backup"]
    assert (found["state"], found["value"]) == (state, _ago(hours))


def _ago(hours: int) -> str:
    return f"{f'{hours} hours' if hours < 48 else '2 days'} ago, 42 kB"


async def test_letters_that_were_given_up_are_told_and_tried_again(house: House) -> None:
    await house.change(
        "INSERT INTO mail_outbox (mail_id, user_id, kind, language, recipient, content,"
        " correlation_id, state, attempts, created_at, due_at, ended_at, last_error)"
        " VALUES (1, NULL, 'verify_email', 'en', 'x@example.org', '{}', 'c', 'dead', 9, $1, $1,"
        " $1, 'refused')",
        house.services.clock.now(),
    )
    found = (await told(house))["letters"]
    assert found["state"] == LOOK
    assert found["value"].endswith(" waiting, 1 given up")
    answer = await browse(house.ann, f"{PAGE}/mail", {}, **HTMX)
    assert "1 letter is tried again." in answer.headers["hx-trigger"]
    assert await house.rows("SELECT state FROM mail_outbox WHERE state = 'dead'") == []


async def test_households_whose_read_model_is_late_are_counted(house: House) -> None:
    await house.settled()
    (part,) = await delivery.ask_read_models(place_of(house))
    assert (part.state, part.shown) == (OK, "at the head")
    await house.change("DELETE FROM document_heads")
    (part,) = await delivery.ask_read_models(place_of(house))
    assert (part.state, part.shown) == (LOOK, "2 behind")


async def parts_of_delivery(house: House) -> dict[str, Part]:
    place = place_of(house, kafka=KAFKA)
    found = (*await delivery.ask_outbox(place), *await delivery.ask_parked(place))
    return {part.key: part for part in found}


async def test_parked_households_are_told_each_with_its_event(house: House) -> None:
    assert (await parts_of_delivery(house))["dead-letters"].state == OK
    one = ParkedHousehold("pfh-dashboard-consumer", 77, 3, 5, "EntryPosted", "KeyError", 4, 1)
    await SqlParking(house.services.database).park(one)
    part = (await parts_of_delivery(house))["dead-letters"]
    assert (part.state, part.shown) == (ACT, "1 household parked")
    assert part.lines[0].note == "event 3 (EntryPosted), pfh-dashboard-consumer: KeyError"
    assert [act.name for act in part.acts] == ["dead_letters"]


async def test_outbox_that_nobody_empties_and_who_leads_are_told(house: House) -> None:
    settings = house.app.state["settings"].database
    if not isinstance(settings, PostgresSettings):
        pytest.skip("books in SQLite fill no outbox")
    assert (await parts_of_delivery(house))["relay"].state == ACT
    await SqlOutbox(house.services.database, house.services.clock).register("test")
    await house.ann.done("POST", "/api/accounts", {"name": "Bank", "accountType": "checking"})
    parts = await parts_of_delivery(house)
    assert (parts["outbox"].state, parts["outbox"].shown) == (OK, "1 event waiting")
    now = place_of(house, kafka=KAFKA)
    for age, state in ((61, LOOK), (301, ACT)):
        (outbox, *_) = await delivery.ask_outbox(replace(now, now=now.now + age * MICROSECONDS))
        assert outbox.state == state
    leadership = PostgresLeadership(settings.url)
    lease = await leadership.try_lead(WORK)
    assert lease is not None
    parts = await parts_of_delivery(house)
    assert (parts["relay"].state, parts["scheduler"].state) == (OK, ACT)
    await lease.release()
    await leadership.close()
