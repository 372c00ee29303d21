"""Creates of many people at once share transactions, and nobody's books show it."""

from __future__ import annotations

from typing import Any

from pfh.adapters.database.postgres import PostgresDatabase
from tests.integration.concurrency.pair import Pair, balance_of, statuses, together

PEOPLE = 24


async def test_each_gets_what_it_would_alone_when_all_kinds_of_creates_meet(pair: Pair) -> None:
    people = [(await pair.sign_up(f"p{number}"))[0] for number in range(PEOPLE)]
    accounts = [await person.account() for person in people]
    kinds: list[tuple[dict[str, Any], int]] = [
        ({}, 201),
        ({"payee": "Somebody new", "tags": ["one", "two"]}, 201),
        ({"accountId": "123"}, 404),
        ({"amount": "10000000000.00"}, 201),
    ]
    work = [
        person.send(
            "POST",
            "/api/transactions",
            person.expense(account, "2.00") | kinds[number % 4][0],
            key="the-key",
        )
        for number, (person, account) in enumerate(zip(people, accounts, strict=True))
    ]
    answers = await together([*work])
    assert [answer.status_code for answer in answers] == [
        kinds[number % 4][1] for number in range(PEOPLE)
    ]
    for number, (person, account) in enumerate(zip(people, accounts, strict=True)):
        stored = int(kinds[number % 4][1] == 201)
        amounts = ("-2.00", "-2.00", "0.00", "-10000000000.00")
        assert await balance_of(person, account) == amounts[number % 4]
        assert await pair.count("entries", person) == stored
    database = pair.hubs[0].services.database
    assert isinstance(database, PostgresDatabase)
    assert sum(dict(database.tallies())["group"].counts) > 0


async def test_keys_that_come_twice_book_once_in_a_rush(pair: Pair) -> None:
    people = [(await pair.sign_up(f"p{number}"))[0] for number in range(PEOPLE // 2)]
    accounts = [await person.account() for person in people]

    def send(times: int) -> list[Any]:
        return [
            person.send("POST", "/api/transactions", person.expense(account, "2.00"), key="the-key")
            for person, account in zip(people, accounts, strict=True)
            for _ in range(times)
        ]

    first = await together(send(3))
    assert set(statuses(first)) <= {201, 409}
    again = await together(send(1))
    assert statuses(again) == {201: len(people)}
    for place, (person, account) in enumerate(zip(people, accounts, strict=True)):
        told = [one.content for one in first[place * 3 : place * 3 + 3] if one.status_code == 201]
        assert told
        assert {*told} == {again[place].content}
        assert await pair.count("entries", person) == 1
        assert await balance_of(person, account) == "-2.00"
