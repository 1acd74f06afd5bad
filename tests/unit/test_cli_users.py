import json
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.account_file import AccountFile
from gridops.api.security import digest_of
from gridops.events.people import Permission, Role
from gridops.ids import UserName

SENTENCE = "bốn cột trên đồi"


@pytest.fixture
def settings(tmp_path: Path) -> str:
    (tmp_path / "password").write_text(f"{SENTENCE}\n")
    file = tmp_path / "gridops.toml"
    file.write_text(f"journal_url = 'sqlite:///{tmp_path}/journal.sqlite'\n")
    return str(file)


@pytest.fixture
def kept(tmp_path: Path) -> AccountFile:
    """Beside the journal of the settings."""
    return AccountFile(tmp_path / "users.json")


def password_of(settings: str) -> str:
    return str(Path(settings).with_name("password"))


def test_a_user_is_made_listed_changed_and_removed(
    gridops_says: Terminal, settings: str, kept: AccountFile
) -> None:
    where = ("--settings", settings)
    word = ("--password-file", password_of(settings))
    said = gridops_says("users", "add", "lan", "--role", "dispatcher", *word, *where)
    assert (said.code, said.out) == (0, "")
    first = kept.account(UserName("lan"))
    assert first is not None
    assert first.role is Role.DISPATCHER
    assert SENTENCE not in first.password_hash
    assert gridops_says("users", "role", "lan", "shift_lead", *where).code == 0
    assert gridops_says("users", "areas", "lan", "Fb1", *where).code == 0
    assert gridops_says("users", "password", "lan", *word, *where).code == 0
    second = kept.account(UserName("lan"))
    assert second is not None
    assert second.role is Role.SHIFT_LEAD
    assert second.password_hash != first.password_hash
    listed = gridops_says("users", "list", "--json", *where).document
    assert listed["users"] == [
        {
            "name": "lan",
            "role": "shift_lead",
            "may": ["alarm", "automate", "correct", "look", "mode", "report", "switch", "tag"],
            "areas": ["Fb1"],
        }
    ]
    assert "lan" in gridops_says("users", "list", *where).out
    assert gridops_says("users", "remove", "lan", *where).code == 0
    assert kept.account(UserName("lan")) is None


def test_a_token_is_shown_once_and_can_be_revoked(
    gridops_says: Terminal, settings: str, kept: AccountFile
) -> None:
    where = ("--settings", settings)
    word = ("--password-file", password_of(settings))
    gridops_says("users", "add", "head-end", "--role", "engineer", *word, *where)
    said = gridops_says(
        "users", "token", "head-end", "--name", "meters", "--scope", "report", "--json", *where
    )
    token = kept.token_of(digest_of(said.document["token"]))
    assert token is not None
    assert (token.user, token.scopes) == ("head-end", {Permission.REPORT})
    listed = gridops_says("users", "list", "--json", *where)
    assert said.document["token"] not in listed.out
    assert gridops_says("users", "revoke", token.id, *where).code == 0
    assert list(kept.tokens()) == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("add", "Lan", "--role", "viewer"), "no user name"),
        (("add", "operator", "--role", "viewer"), "reserved"),
        (("remove", "nobody"), "nobody"),
        (("role", "nobody", "viewer"), "nobody"),
        (("password", "nobody"), "nobody"),
        (("token", "nobody", "--name", "x", "--scope", "look"), "nobody"),
        (("revoke", "t1"), "t1"),
        (("add", "lan", "--role", "root"), "root"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    gridops_says: Terminal, settings: str, command: tuple[str, ...], says: str
) -> None:
    word = ("--password-file", password_of(settings)) if command[0] == "add" else ()
    said = gridops_says("users", *command, *word, "--settings", settings)
    assert said.code == 2
    assert says in said.err
    assert said.out == ""


def test_a_weak_password_is_refused(
    gridops_says: Terminal, settings: str, tmp_path: Path, kept: AccountFile
) -> None:
    (tmp_path / "weak").write_text("short\n")
    said = gridops_says(
        "users", "add", "lan", "--role", "viewer",
        "--password-file", str(tmp_path / "weak"), "--settings", settings,
    )  # fmt: skip
    assert said.code == 2
    assert "short\n" not in said.err
    assert list(kept.accounts()) == []


def test_the_file_may_stand_elsewhere(
    gridops_says: Terminal, settings: str, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere.json"
    with Path(settings).open("a") as file:
        file.write(f"[server]\nusers_file = {json.dumps(str(other))}\n")
    word = ("--password-file", password_of(settings))
    gridops_says("users", "add", "lan", "--role", "admin", *word, "--settings", settings)
    assert [one.name for one in AccountFile(other).accounts()] == ["lan"]
