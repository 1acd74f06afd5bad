"""What is kept of users and tokens, by whom it can be read, and what two processes make of it."""

import json
import os
import shutil
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridops.adapters import account_file
from gridops.adapters.account_file import AccountFile
from gridops.api.security import digest_of, new_account, new_token
from gridops.errors import AccountRefused, AccountsUnreadable, UnknownId
from gridops.events.people import PERMISSIONS, Permission, Role, those_who_may
from gridops.ids import TokenId, UserName
from gridops.ports.accounts import Account, Accounts

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
LAN = Account(UserName("lan"), Role.DISPATCHER, "$argon2id$lan")
AN = Account(UserName("an"), Role.ADMIN, "$argon2id$an")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "users.json"


@pytest.fixture
def accounts(path: Path) -> AccountFile:
    return AccountFile(path)


def test_no_file_is_no_users(accounts: AccountFile, path: Path) -> None:
    assert list(accounts.accounts()) == []
    assert accounts.account(UserName("lan")) is None
    assert not path.exists()


def test_what_was_kept_is_there_after_a_restart_and_for_nobody_else_to_read(
    accounts: AccountFile, path: Path
) -> None:
    port: Accounts = accounts
    port.add(LAN)
    word, token = new_token(
        LAN.name, "head-end", scopes=frozenset({Permission.REPORT}), expires_at=NOW
    )
    port.add_token(token)
    again = AccountFile(path)
    assert list(again.accounts()) == [LAN]
    assert again.token_of(digest_of(word)) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert word not in path.read_text()
    assert {file.name for file in path.parent.iterdir()} == {"users.json", "users.json.lock"}


def test_another_process_sees_a_change_with_its_next_question(path: Path) -> None:
    service, command_line = AccountFile(path), AccountFile(path)
    assert service.account(LAN.name) is None
    command_line.add(LAN)
    assert service.account(LAN.name) == LAN
    was = LAN
    for k in range(50):  # as quick as a clock's tick, and of the same length
        hashed = Account(LAN.name, LAN.role, f"$argon2id$l{k:02}")
        command_line.change(hashed, instead_of=was)
        was = hashed
        assert service.account(LAN.name) == hashed
    command_line.remove(LAN.name)
    assert service.account(LAN.name) is None


def test_a_file_that_is_moved_away_under_the_service_removes_nobody(
    accounts: AccountFile, path: Path
) -> None:
    """As `mv` and `cp` do, or a backup that is put back."""
    accounts.add(LAN)
    aside = path.rename(path.with_name("aside.json"))
    for question in (accounts.accounts, accounts.tokens, lambda: accounts.add(AN)):
        with pytest.raises(AccountsUnreadable, match="gone"):
            question()
    shutil.copy(aside, path)
    assert list(accounts.accounts()) == [LAN]


def test_users_that_are_made_anew_at_the_terminal_are_heard_after_the_file_is_gone(
    accounts: AccountFile, path: Path
) -> None:
    accounts.add(LAN)
    path.unlink()
    AccountFile(path).add(AN)
    assert list(accounts.accounts()) == [AN]


def test_writers_at_the_same_time_lose_nothing(path: Path) -> None:
    def add(k: int) -> None:
        AccountFile(path).add(Account(UserName(f"user{k}"), Role.VIEWER, "h"))

    writers = [threading.Thread(target=add, args=(k,)) for k in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(AccountFile(path).accounts()) == 12


@pytest.mark.parametrize(
    "name", ["", "Lan", "lan anh", "-lan", "lan\n", "../lan", "l" * 65, "lần", "operator", "demo"]
)
def test_some_names_are_nobodys(accounts: AccountFile, name: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.add(Account(UserName(name), Role.VIEWER, "h"))


def test_a_name_is_taken_once(accounts: AccountFile) -> None:
    accounts.add(LAN)
    with pytest.raises(AccountRefused, match="already"):
        accounts.add(Account(LAN.name, Role.ADMIN, "other"))
    assert accounts.account(LAN.name) == LAN


def test_who_is_not_there_cannot_be_changed(accounts: AccountFile) -> None:
    accounts.add(AN)
    for change in (lambda: accounts.change(LAN, instead_of=LAN), lambda: accounts.remove(LAN.name)):
        with pytest.raises(UnknownId) as refused:
            change()
        assert refused.value.near == ("an",)
    with pytest.raises(UnknownId):
        accounts.revoke(TokenId("t"))


def test_the_last_administrator_stays(accounts: AccountFile) -> None:
    accounts.add(AN)
    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.remove(AN.name)
    with pytest.raises(AccountRefused, match="last administrator"):
        accounts.change(Account(AN.name, Role.VIEWER, AN.password_hash), instead_of=AN)
    accounts.change(Account(AN.name, Role.ADMIN, "another password"), instead_of=AN)
    accounts.add(Account(UserName("binh"), Role.ADMIN, "h"))
    accounts.remove(AN.name)


def test_a_new_password_brings_no_role_back_that_was_taken_meanwhile(accounts: AccountFile) -> None:
    """Hashing takes a tenth of a second, and typing takes longer."""
    accounts.add(LAN)
    lowered = Account(LAN.name, Role.VIEWER, LAN.password_hash)
    accounts.change(lowered, instead_of=LAN)
    with pytest.raises(AccountRefused, match="meanwhile"):
        accounts.change(Account(LAN.name, LAN.role, "another password"), instead_of=LAN)
    assert accounts.account(LAN.name) == lowered


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_at_the_terminal_the_service_reads(path: Path) -> None:
    path.parent.mkdir()
    os.chown(path.parent, 12345, 12346)
    AccountFile(path).add(LAN)
    for file in path.parent.iterdir():
        assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)


def test_tokens_go_with_the_user_and_with_the_role_and_stay_with_the_password(
    accounts: AccountFile,
) -> None:
    def has_token() -> bool:
        return bool(accounts.tokens())

    def give() -> None:
        _, token = new_token(LAN.name, "x", scopes=frozenset(), expires_at=NOW)
        accounts.add_token(token)

    accounts.add(LAN)
    give()
    other = Account(LAN.name, LAN.role, "another password")
    accounts.change(other, instead_of=LAN)
    assert has_token()
    accounts.change(Account(LAN.name, Role.VIEWER, "another password"), instead_of=other)
    assert not has_token()
    give()
    accounts.remove(LAN.name)
    assert not has_token()
    with pytest.raises(UnknownId):
        give()


def test_what_is_kept_is_bounded(
    accounts: AccountFile, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.setattr(account_file, "USERS_MAX", 2)
    monkeypatch.setattr(account_file, "TOKENS_OF_USER_MAX", 3)
    accounts.add(LAN)
    accounts.add(AN)
    with pytest.raises(AccountRefused):
        accounts.add(Account(UserName("binh"), Role.VIEWER, "h"))
    for _ in range(3):
        accounts.add_token(new_token(AN.name, "x", scopes=frozenset(), expires_at=NOW)[1])
    with pytest.raises(AccountRefused):
        accounts.add_token(new_token(AN.name, "x", scopes=frozenset(), expires_at=NOW)[1])
    monkeypatch.setattr(account_file, "BYTES_MAX", 100)
    with pytest.raises(AccountsUnreadable, match="too long"):
        AccountFile(path).accounts()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 2, "users": {}, "tokens": {}}',
        '{"format": 1, "users": {"lan": {"role": "root", "password_hash": "secret hash"}}}',
        '{"format": 1, "users": {"../lan": {"role": "viewer", "password_hash": "secret hash"}}}',
        '{"format": 1, "users": {}, "more": "secret hash"}',
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_not_shown(path: Path, text: str | bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    accounts = AccountFile(path)
    for question in (accounts.accounts, accounts.tokens, lambda: accounts.add(LAN)):
        with pytest.raises(AccountsUnreadable) as refused:
            question()
        assert "secret" not in str(refused.value)
    assert path.read_bytes() == (text if isinstance(text, bytes) else text.encode())


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(AccountsUnreadable):
        AccountFile(tmp_path / "var" / "users.json").add(LAN)


def test_a_write_that_breaks_off_leaves_the_old_file(
    accounts: AccountFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.add(LAN)
    before = path.read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(account_file.os, "fsync", full)
    with pytest.raises(AccountsUnreadable, match="No space left"):
        accounts.add(AN)
    monkeypatch.undo()
    assert path.read_text() == before
    assert list(accounts.accounts()) == [LAN]
    assert len(list(path.parent.iterdir())) == 2


def test_the_file_says_its_format_and_holds_a_hash_of_argon2id(
    accounts: AccountFile, path: Path
) -> None:
    accounts.add(new_account("lan", Role.DISPATCHER, password="bốn cột trên đồi"))
    written = json.loads(path.read_text())
    assert written["format"] == 1
    assert written["users"]["lan"]["password_hash"].startswith("$argon2id$")


# the table of permissions


def test_who_makes_users_does_not_switch_and_the_other_way_round() -> None:
    for may in PERMISSIONS.values():
        assert not {Permission.ADMINISTER, Permission.SWITCH} <= may
    assert set(PERMISSIONS) == set(Role)
    assert all(those_who_may(act) for act in Permission)


def test_the_table_on_the_page_is_the_one_in_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    starts = ("| act |", *(f"| `{act.value}` |" for act in Permission))
    head, *rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith(starts)
    ]
    assert head[2:] == [role.value for role in Role]
    assert [row[0] for row in rows] == [act.value for act in Permission]
    for row in rows:
        able = [role for role, cell in zip(Role, row[2:], strict=True) if cell == "yes"]
        assert tuple(able) == those_who_may(Permission(row[0]))


def test_a_token_is_long_and_never_the_same() -> None:
    words = {
        new_token(LAN.name, "x", scopes=frozenset(), expires_at=NOW + timedelta(1))[0]
        for _ in range(20)
    }
    assert len(words) == 20
    assert min(map(len, words)) >= 50
