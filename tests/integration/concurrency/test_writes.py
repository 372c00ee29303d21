"""Writers that meet in one household lose nothing, book nothing twice and leave no gap."""

from __future__ import annotations

import asyncio

from tests.integration.concurrency.pair import (
    Pair,
    balance_of,
    problem_codes,
    statuses,
    together,
)

WRITERS = 16
ROUNDS = 4


async def test_numbers_every_write_when_sixteen_create_in_one_household(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    before = (await here.spend(account, "1.00"))["householdSeq"]

    async def write(writer: int) -> list[int]:
        person = (here, there)[writer % 2]
        found = []
        for turn in range(ROUNDS):
            key = f"{writer}-{turn}" if writer % 4 else None
            body = here.expense(account, "1.00", description=f"{writer} {turn}")
            (answer,) = await together([person.send("POST", "/api/transactions", body, key=key)])
            assert answer.status_code == 201, answer.text
            found.append(answer.json()["householdSeq"])
        return found

    numbers = [one for many in await asyncio.gather(*map(write, range(WRITERS))) for one in many]
    total = WRITERS * ROUNDS
    assert sorted(numbers) == list(range(before + 1, before + 1 + total))
    assert await pair.count("entries", here) == total + 1
    assert await balance_of(here, account) == f"-{total + 1}.00"


async def test_households_do_not_hinder_each_other(pair: Pair) -> None:
    people = [(await pair.sign_up(f"p{number}"))[number % 2] for number in range(WRITERS)]
    accounts = [await person.account() for person in people]
    work = [
        person.send("POST", "/api/transactions", person.expense(account, "2.00"), key=str(turn))
        for turn in range(ROUNDS)
        for person, account in zip(people, accounts, strict=True)
    ]
    assert statuses(await together(work)) == {201: WRITERS * ROUNDS}
    for person, account in zip(people, accounts, strict=True):
        assert await balance_of(person, account) == f"-{2 * ROUNDS}.00"
        assert await pair.count("entries", person) == ROUNDS


async def test_books_once_when_one_key_comes_many_times_at_once(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    body = here.expense(account, "5.00")
    for turn in range(ROUNDS):
        work = [
            (here, there)[writer % 2].send("POST", "/api/transactions", body, key=f"key-{turn}")
            for writer in range(WRITERS)
        ]
        answers = await together(work)
        assert set(statuses(answers)) <= {201, 409}
        assert problem_codes(answers) <= {"idempotency_key_in_flight"}
        ids = {one.json()["id"] for one in answers if one.status_code == 201}
        assert len(ids) == 1
        again = await there.send("POST", "/api/transactions", body, key=f"key-{turn}")
        assert (again.status_code, again.json()["id"]) == (201, *ids)
        assert await pair.count("entries", here) == turn + 1


async def test_refuses_the_key_of_another_request_whoever_comes_first(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    work = [
        (here, there)[number % 2].send(
            "POST", "/api/transactions", here.expense(account, f"{number + 1}.00"), key="one"
        )
        for number in range(8)
    ]
    answers = await together(work)
    assert statuses(answers)[201] == 1
    assert problem_codes(answers) <= {"idempotency_key_in_flight", "idempotency_key_reused"}
    assert await pair.count("entries", here) == 1


async def test_one_of_many_changes_wins_when_they_name_the_version(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    made = await here.spend(account, "1.00")
    path = f"/api/transactions/{made['id']}"
    for version in range(1, 1 + ROUNDS):
        answers = await together(
            [
                (here, there)[n % 2].send(
                    "PATCH", path, {"amount": f"{version}.{n:02}", "version": version}
                )
                for n in range(1, WRITERS)
            ]
        )
        assert statuses(answers) == {200: 1, 409: WRITERS - 2}
        assert problem_codes(answers) == {"version_conflict"}
    assert (await here.get(path))["version"] == 1 + ROUNDS


async def test_every_change_counts_when_no_version_is_named(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    made = await here.spend(account, "1.00")
    path = f"/api/transactions/{made['id']}"
    work = [(here, there)[n % 2].send("PATCH", path, {"amount": f"{n}.00"}) for n in range(1, 17)]
    assert statuses(await together(work)) == {200: 16}
    found = await here.get(path)
    assert found["version"] == 17
    assert await balance_of(here, account) == f"-{found['amount']}"


async def test_a_transaction_is_deleted_once_and_stays_whole_under_change_and_undo(
    pair: Pair,
) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    for turn in range(ROUNDS):
        made = await here.spend(account, "3.00", description=str(turn))
        path = f"/api/transactions/{made['id']}"
        work = []
        for person in (here, there) * 2:
            work.append(person.send("DELETE", path))
            work.append(person.send("PATCH", path, {"amount": "4.00"}))
            work.append(person.send("POST", f"{path}/undo"))
            work.append(person.send("POST", f"{path}/restore"))
        answers = await together(work)
        assert set(statuses(answers)) <= {200, 404, 409}
        alive = await here.send("GET", path)
        trash = await pair.hubs[0].rows(
            "SELECT COUNT(*) FROM trash WHERE entry_id = $1", int(made["id"])
        )
        assert (alive.status_code == 200) == (trash == [(0,)])
        if alive.status_code == 200:
            await here.delete(path)
    assert await balance_of(here, account) == "0.00"


async def test_twice_the_same_delete_moves_one_row_to_the_trash(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    made = await here.spend(account, "3.00")
    path = f"/api/transactions/{made['id']}"
    answers = await together([person.send("DELETE", path) for person in (here, there) * 4])
    assert statuses(answers) == {200: 1, 404: 7}
    answers = await together([person.send("POST", f"{path}/undo") for person in (here, there) * 4])
    # Undoing twice is redoing: an even number of them leaves it deleted, whatever the order.
    assert set(statuses(answers)) <= {200}
    assert (await here.send("GET", path)).status_code == 404


async def test_nothing_enters_an_account_once_it_is_closed(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    for turn in range(ROUNDS):
        account = await here.account(f"Account {turn}")
        body = here.expense(account, "1.00")
        work = [
            (here, there)[writer % 2].send("POST", "/api/transactions", body) for writer in range(8)
        ]
        work.insert(3, there.send("POST", f"/api/accounts/{account['id']}/close"))
        answers = await together(work)
        closed = [one for one in answers if one.request.url.path.endswith("/close")]
        created = [one for one in answers if not one.request.url.path.endswith("/close")]
        assert problem_codes(created) <= {"account_closed"}
        booked = statuses(created).get(201, 0)
        if closed[0].status_code == 200:
            # What came before was booked; nothing after it.
            late = await here.send("POST", "/api/transactions", body)
            assert late.status_code in {409, 422}
        assert await balance_of(here, account) == (f"-{booked}.00" if booked else "0.00")


async def test_one_of_many_gets_a_name(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    answers = await together(
        [
            person.send("POST", "/api/accounts", {"name": "Savings", "accountType": "savings"})
            for person in (here, there) * 4
        ]
    )
    assert statuses(answers) == {201: 1, 409: 7}
    answers = await together(
        [
            person.send("POST", "/api/categories", {"name": "Cheese", "kind": "expense"})
            for person in (here, there) * 4
        ]
    )
    assert statuses(answers) == {201: 1, 409: 7}


async def test_one_payee_is_made_when_many_write_its_name_first(pair: Pair) -> None:
    here, there = await pair.sign_up("ann")
    account = await here.account()
    work = [
        (here, there)[n % 2].send(
            "POST",
            "/api/transactions",
            here.expense(account, "1.00", payee="Corner Bakery", tags=["food"]),
        )
        for n in range(WRITERS)
    ]
    assert statuses(await together(work)) == {201: WRITERS}
    assert await pair.count("payees", here) == 1
    assert await pair.count("tags", here) == 1


async def test_a_person_signs_up_once_when_the_form_is_sent_many_times(pair: Pair) -> None:
    wish = {
        "email": "Eve@example.org",
        "password": "seven purple walruses",
        "confirmPassword": "seven purple walruses",
        "firstName": "Eve",
        "lastName": "Ash",
        "acceptTerms": True,
    }
    work = [client.post("/api/auth/register", json=wish) for client in pair.clients * 3]
    answers = await together(work)
    assert statuses(answers) == {201: 1, 409: 5}
