"""Where the rows of a file go: accounts, categories and payees found in the household or made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pfh.core.account import SystemAccount
from pfh.features.accounts import api as accounts
from pfh.features.imports.formats.statement import StatementAccount
from pfh.features.payees import api as payees
from pfh.persistence.event_store import Origin
from pfh.ports.database import Connection
from pfh.ports.identifiers import Identifiers

_CACHED_MAX = 50_000
# Nobody sorts their money into more; a file that seems to has something else in that column, and
# each category costs a look through all of them while other writers wait.
CATEGORY_WORDS_MAX = 500
TOO_MANY_CATEGORIES = (
    f"The file names more than {CATEGORY_WORDS_MAX} categories: rows of the others are booked as"
    " uncategorised. Is another column taken for the category?"
)
_SUFFIX_LENGTH = 4
_NAME_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Target:
    """An account that rows go to."""

    account_id: int
    account_class: str
    commodity: str
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """A category that rows go to; a refund goes to a category of expenses."""

    account_id: int
    account_class: str


ACCOUNTS_MAX = 200
TOO_MANY_ACCOUNTS = (
    f"The file names more than {ACCOUNTS_MAX} accounts: check which column is the account."
)


def account_key(account: StatementAccount | None) -> str:
    """Return what tells the accounts of one file apart; "" when the file names none."""
    if account is None:
        return ""
    return account.external_id or account.name


class Targets:
    """Finds and makes what the rows of one import need, and remembers it between batches.

    What a unit of work made is remembered only once it is committed (`keep`), since the unit may be
    rolled back or run again.
    """

    def __init__(  # noqa: PLR0913 -- the parts of an import's setting
        self,
        household_id: int,
        origin: Origin,
        identifiers: Identifiers,
        *,
        chosen: Mapping[str, int],
        base_commodity: str,
        create_categories: bool = True,
    ) -> None:
        """Take the person's choices: account key of the file → account id; "*" for all others."""
        self._household_id = household_id
        self._origin = origin
        self._identifiers = identifiers
        self._chosen = chosen
        self._base_commodity = base_commodity
        self._create_categories = create_categories
        self.warnings: tuple[str, ...] = ()
        self._kept_targets: dict[str, Target] = {}
        self._made_targets: dict[str, Target] = {}
        self._kept_categories: dict[tuple[str, str | None], Category] = {}
        self._made_categories: dict[tuple[str, str | None], Category] = {}
        self._kept_payees: dict[str, tuple[int, str]] = {}
        self._made_payees: dict[str, tuple[int, str]] = {}

    def begin(self) -> None:
        """Forget what an uncommitted unit of work made."""
        self._made_targets, self._made_categories, self._made_payees = {}, {}, {}

    def keep(self) -> None:
        """Remember what the committed unit of work made."""
        if len(self._kept_payees) > _CACHED_MAX:
            self._kept_payees = {}
        self._kept_targets |= self._made_targets
        self._kept_categories |= self._made_categories
        self._kept_payees |= self._made_payees
        self.begin()

    def room_for(self, accounts_: Sequence[StatementAccount | None]) -> int:
        """Return how many of these unknown accounts may still be made: 200 a file in all."""
        return min(len(accounts_), max(0, ACCOUNTS_MAX - len(self._kept_targets)))

    def known_target(self, account: StatementAccount | None) -> Target | None:
        """Return the target of a file's account when a committed unit found it."""
        return self.target_of(account_key(account))

    def target_of(self, key: str) -> Target | None:
        """Return the account that rows of this key went to in a committed unit."""
        return self._kept_targets.get(key)

    async def target(
        self, connection: Connection, account: StatementAccount | None, commodity: str
    ) -> Target:
        """Return the account for rows of a file's account.

        In this order: the person's choice, the account with the bank's number, the one real account
        of that name, a new account named after the file's.

        Raises:
            AccountNotFound, AccountClosed: the chosen account cannot take rows.
        """
        key = account_key(account)
        found = self._kept_targets.get(key) or self._made_targets.get(key)
        if found is not None:
            return found
        record = await self._find_account(connection, account)
        if record is None:
            record = await accounts.open_account(
                connection,
                self._household_id,
                self._origin,
                accounts.NewAccount(
                    name=await self._free_name(connection, account),
                    account_type=(account.kind if account else "") or "checking",
                    commodity=(account.currency if account else "") or commodity,
                    external_id=key or None,
                ),
                self._identifiers,
            )
        made = Target(
            record.account_id,
            record.account_class,
            record.commodity or self._base_commodity,
            record.name,
        )
        self._made_targets[key] = made
        return made

    async def find_target(
        self, connection: Connection, account: StatementAccount | None
    ) -> accounts.AccountRecord | None:
        """Return the account that rows would go to without making one; None for a new one."""
        return await self._find_account(connection, account)

    async def chosen_commodity(self, connection: Connection) -> str | None:
        """Return the commodity of the one account that was chosen for every row, if one was."""
        chosen = set(self._chosen.values())
        if len(chosen) != 1:
            return None
        record = await accounts.open_real_account(connection, self._household_id, chosen.pop())
        return record.commodity

    def known_category(self, words: str | None, account_class: str) -> Category | None:
        """Return a category that was found before; None when it has to be looked up."""
        key = (account_class, words)
        return self._kept_categories.get(key) or self._made_categories.get(key)

    async def category(
        self, connection: Connection, words: str | None, account_class: str
    ) -> Category:
        """Return the category for a file's words (levels joined by ":"), else the uncategorised.

        `account_class` is that of the row's direction; a category of this name in the other class
        is taken too, so that a refund reduces what was spent. Beyond 500 different words it is the
        uncategorised one, with a warning.
        """
        path = tuple(part.strip() for part in (words or "").split(":") if part.strip())
        found = None
        known_count = len(self._kept_categories) + len(self._made_categories)
        if path and known_count >= CATEGORY_WORDS_MAX:
            self.warnings = (TOO_MANY_CATEGORIES,)
            path = ()
        if path:
            found = await accounts.category_by_path(
                connection,
                self._household_id,
                self._origin,
                path,
                account_class,
                self._identifiers,
                create=self._create_categories,
            )
        if found is None:
            found = await self._uncategorised(connection, account_class)
        record = (await accounts.find_accounts(connection, self._household_id, [found]))[found]
        made = Category(record.account_id, record.account_class)
        if path or not words:
            self._made_categories[account_class, words] = made
        return made

    def known_payee(self, name: str) -> tuple[int, str] | None:
        """Return a payee that was found before: its id and how the household spells it."""
        return self._kept_payees.get(name) or self._made_payees.get(name)

    async def payee(self, connection: Connection, name: str) -> tuple[int, str]:
        """Return the payee of this name with its spelling, made now when there is none."""
        found = await payees.payee_for(
            connection,
            self._household_id,
            name,
            identifiers=self._identifiers,
            now=self._origin.occurred_at,
        )
        self._made_payees[name] = found
        return found

    async def _find_account(
        self, connection: Connection, account: StatementAccount | None
    ) -> accounts.AccountRecord | None:
        key = account_key(account)
        chosen = self._chosen.get(key, self._chosen.get("*"))
        if chosen is not None:
            return await accounts.open_real_account(connection, self._household_id, chosen)
        if not key:
            return None
        by_number = await accounts.account_by_external_id(connection, self._household_id, key)
        if by_number is not None and by_number.closed_at is None:
            return by_number
        words = {name.casefold() for name in (key, account.name if account else "") if name}
        named = [
            record
            for record in await accounts.all_accounts(connection, self._household_id)
            if record.is_real and record.closed_at is None and record.name.casefold() in words
        ]
        return named[0] if len(named) == 1 else None

    async def _free_name(self, connection: Connection, account: StatementAccount | None) -> str:
        wanted = suggested_name(account)
        taken = {
            record.name.casefold()
            for record in await accounts.all_accounts(connection, self._household_id)
            if record.is_real
        }
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted} {number}", number + 1
        return name

    async def _uncategorised(self, connection: Connection, account_class: str) -> int:
        wanted = (
            SystemAccount.UNCATEGORISED_INCOME
            if account_class == "income"
            else SystemAccount.UNCATEGORISED_EXPENSE
        )
        record = await accounts.system_account(connection, self._household_id, wanted.value)
        if record is None:
            message = f"household {self._household_id} lacks {wanted.value}"
            raise RuntimeError(message)
        return record.account_id


def suggested_name(account: StatementAccount | None) -> str:
    """Return a readable name for a new account: the file's words, or the kind with the last digits.

    Example: "DE0012345678" of kind savings → "Savings 5678"; "Holiday fund" → "Holiday fund".
    """
    if account is None:
        return "Imported account"
    words = account.name or account.external_id
    digits = sum(char.isdigit() for char in words)
    if words and 2 * digits < len(words):
        return words[:_NAME_LENGTH_MAX]
    kind = (account.kind or "account").replace("_", " ").capitalize()
    return f"{kind} {account.external_id[-_SUFFIX_LENGTH:]}".strip()
