"""Commands about users and API tokens. They work on the file; a service that runs sees it."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, note, say, show_json, show_table
from gridops.cli.service import SettingsFile, who
from gridops.events.people import PERMISSIONS, Permission, Role
from gridops.ids import FeederId, TokenId, UserName

if TYPE_CHECKING:
    from gridops.ports.accounts import Account, Accounts

Login = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, . _ -")]
RoleName = Annotated[Role, typer.Option("--role", help="What the user may do: docs/security.md.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Its first line is the password; else it is asked for, or read from standard input.",
    ),
]
Areas = Annotated[
    list[str] | None,
    typer.Option(
        "--area",
        metavar="FEEDER",
        help="Where they may act; may be given several times. Without: everywhere.",
    ),
]


def add_to(app: typer.Typer) -> None:
    users = typer.Typer(help="Users, roles and API tokens.")
    for name, command in (
        ("add", add),
        ("list", show),
        ("remove", remove),
        ("password", password),
        ("role", role),
        ("areas", areas),
        ("token", token),
        ("revoke", revoke),
    ):
        users.command(name)(command)
    app.add_typer(users, name="users")


def add(
    name: Login,
    *,
    role: RoleName,
    area: Areas = None,
    password_file: PasswordFile = None,
    settings: SettingsFile = None,
) -> None:
    """Make a user."""
    accounts = _accounts(settings)
    where = tuple(map(FeederId, area or ()))
    accounts.add(replace(_account(name, role, password_file=password_file), areas=where))
    _note_it("add", f"{name} {role.value} {' '.join(where)}".rstrip(), settings=settings)
    note(f"{name} is a {role.value} {_where(where)}")


def show(*, settings: SettingsFile = None, json: AsJson = False) -> None:
    """List users with their roles, and API tokens with their scopes and ends."""
    accounts = _accounts(settings)
    users = [
        {
            "name": one.name,
            "role": one.role.value,
            "may": sorted(PERMISSIONS[one.role]),
            "areas": list(one.areas),
        }
        for one in accounts.accounts()
    ]
    tokens = [
        {
            "id": one.id,
            "user": one.user,
            "name": one.name,
            "scopes": sorted(one.scopes),
            "expires_at": one.expires_at.isoformat(),
        }
        for one in accounts.tokens()
    ]
    if json:
        show_json({"users": users, "tokens": tokens})
        return
    rows = [
        (str(u["name"]), str(u["role"]), ", ".join(u["may"]), ", ".join(u["areas"]) or "everywhere")
        for u in users
    ]
    show_table("Users", ("name", "role", "may", "where"), rows=rows)
    show_table(
        "API tokens",
        ("id", "user", "for", "scopes", "ends"),
        rows=[
            (
                str(t["id"]),
                str(t["user"]),
                str(t["name"]),
                ", ".join(t["scopes"]),
                str(t["expires_at"]),
            )
            for t in tokens
        ],
    )


def remove(name: Login, *, settings: SettingsFile = None) -> None:
    """Remove a user; sessions and tokens end at once."""
    _accounts(settings).remove(UserName(name))
    _note_it("remove", name, settings=settings)
    note(f"{name} is removed")


def password(
    name: Login, *, password_file: PasswordFile = None, settings: SettingsFile = None
) -> None:
    """Give a user another password; sessions end at once."""
    accounts = _accounts(settings)
    former = _known(accounts, name)
    fresh = _account(name, former.role, password_file=password_file)
    account = replace(former, password_hash=fresh.password_hash)
    accounts.change(account, instead_of=former)
    _note_it("password", name, settings=settings)
    note(f"{name} has another password")


def role(
    name: Login,
    role: Annotated[Role, typer.Argument(metavar="ROLE")],
    *,
    settings: SettingsFile = None,
) -> None:
    """Give a user another role; sessions and tokens end at once."""
    accounts = _accounts(settings)
    former = _known(accounts, name)
    accounts.change(replace(former, role=role), instead_of=former)
    _note_it("role", f"{name} {role.value}", settings=settings)
    note(f"{name} is a {role.value}")


def areas(
    name: Login,
    feeders: Annotated[
        list[str] | None, typer.Argument(metavar="FEEDER...", help="Without: everywhere.")
    ] = None,
    *,
    settings: SettingsFile = None,
) -> None:
    """Say on which feeders a user may act; sessions end at once."""
    accounts = _accounts(settings)
    former = _known(accounts, name)
    where = tuple(map(FeederId, feeders or ()))
    accounts.change(replace(former, areas=where), instead_of=former)
    _note_it("areas", f"{name} {' '.join(where)}".rstrip(), settings=settings)
    note(f"{name} is a {former.role.value} {_where(where)}")


def _where(areas: Sequence[FeederId]) -> str:
    return f"on {', '.join(areas)}" if areas else "everywhere"


def token(
    user: Login,
    *,
    name: Annotated[str, typer.Option(help="What it is for.", metavar="TEXT")],
    scope: Annotated[list[Permission], typer.Option("--scope", help="May be given several times.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 90,
    settings: SettingsFile = None,
    json: AsJson = False,
) -> None:
    """Make an API token for a user and print it, this once."""
    from gridops.adapters.clocks import SystemClock
    from gridops.api.security import new_token

    accounts = _accounts(settings)
    _known(accounts, user)
    ends = SystemClock().now() + timedelta(days=days)
    word, kept = new_token(UserName(user), name, scopes=frozenset(scope), expires_at=ends)
    accounts.add_token(kept)
    _note_it("token", f"{user} {kept.id}", settings=settings)
    if json:
        show_json({"id": kept.id, "token": word, "expires_at": ends.isoformat()})
    else:
        say(word)
        note(f"token {kept.id} of {user}, until {ends:%Y-%m-%d}; it is not shown again")


def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `gridops users list` has it.")],
    *,
    settings: SettingsFile = None,
) -> None:
    """End an API token at once."""
    _accounts(settings).revoke(TokenId(token))
    _note_it("revoke", token, settings=settings)
    note(f"token {token} is revoked")


def _accounts(settings: Path | None) -> "Accounts":
    from gridops.adapters.account_file import AccountFile
    from gridops.settings import beside, load_settings

    found = load_settings(settings)
    return AccountFile(found.server.users_file or beside(found.journal_url, "users.json"))


def _note_it(command: str, about: str, *, settings: Path | None) -> None:
    from gridops.adapters.audit_file import AuditFile
    from gridops.adapters.clocks import SystemClock
    from gridops.ports.audit import AuditLine
    from gridops.settings import beside, load_settings

    found = load_settings(settings)
    trail = AuditFile(found.server.audit_file or beside(found.journal_url, "audit.jsonl"))
    line = AuditLine(
        at=SystemClock().now(),
        user=who(),
        role="",
        token="",
        address="terminal",
        act=f"gridops users {command}",
        path="",
        about=about,
    )
    trail.append([line])


def _account(name: str, role: Role, *, password_file: Path | None) -> "Account":
    from gridops.api.security import check_password, new_account

    word = _password(password_file)
    check_password(name, word)
    return new_account(name, role, password=word)


def _password(file: Path | None) -> str:
    """Raises: AccountRefused when the two that were typed differ, or the file cannot be read."""
    from gridops.errors import AccountRefused

    if file is not None:
        try:
            return file.read_text().partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise AccountRefused("the password file cannot be read", where=str(file)) from error
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    word = getpass("Password: ")
    if getpass("Again: ") != word:
        raise AccountRefused("the two passwords differ", remedy="try again")
    return word


def _known(accounts: "Accounts", name: str) -> "Account":
    from gridops.errors import UnknownId

    found = accounts.account(UserName(name))
    if found is None:
        raise UnknownId("user", name)
    return found
