"""How links are secured by the settings: one default, differences by link, no secret inside."""

from pathlib import Path

import pytest

from gridops.bootstrap.serve import endpoints_of
from gridops.errors import SettingsError
from gridops.ids import LinkId
from gridops.ports import Identity, LinkSecurity, SecurityMode, SecurityPolicy
from gridops.settings import load_settings

A, B = LinkId("A"), LinkId("B")
ENDPOINTS = """
[link.endpoints]
A = "opc.tcp://10.0.0.1:4840"
B = "opc.tcp://10.0.0.2:4840"
"""


def security(tmp_path: Path, text: str) -> dict[LinkId, LinkSecurity]:
    file = tmp_path / "gridops.toml"
    file.write_text(ENDPOINTS + text)
    return {link: each.security for link, (each,) in endpoints_of(load_settings(file)).items()}


def test_without_a_word_links_take_the_strongest_beyond_this_machine(tmp_path: Path) -> None:
    found = security(tmp_path, "")
    assert found == {A: LinkSecurity(), B: LinkSecurity()}
    assert found[A].policy is SecurityPolicy.AUTO
    assert not found[A].allow_unsecured


def test_a_link_states_only_what_differs(tmp_path: Path) -> None:
    found = security(
        tmp_path,
        """
        [security]
        policy = "Basic256Sha256"
        user = "reader"
        password_file = "all.password"
        pki_folder = "/etc/gridops/pki"
        [link.security.B]
        mode = "Sign"
        """,
    )
    reader = Identity(user="reader", password_file=Path("all.password"))
    assert found[A].identity == found[B].identity == reader
    assert (found[A].mode, found[B].mode) == (SecurityMode.SIGN_AND_ENCRYPT, SecurityMode.SIGN)
    assert found[B].policy is SecurityPolicy.BASIC256_SHA256
    assert found[B].pki_folder == Path("/etc/gridops/pki")


def test_an_identity_is_taken_whole(tmp_path: Path) -> None:
    """A user of one server must not be tried with the password of another."""
    found = security(
        tmp_path,
        """
        [security]
        user = "reader"
        password_file = "all.password"
        [link.security.B]
        user_certificate_file = "b.der"
        user_key_file = "b.pem"
        """,
    )
    assert found[B].identity == Identity(certificate_file=Path("b.der"), key_file=Path("b.pem"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[security]\nuser = "reader"', "user goes with one of password_file"),
        ('[security]\npassword_file = "x"', "user goes with one of password_file"),
        (
            '[security]\nuser = "r"\npassword_file = "x"\npassword_variable = "Y"',
            "user goes with one of password_file",
        ),
        ('[security]\nuser_key_file = "x"', "go together"),
        ('[security]\npassword = "geheim"', "no setting is called security.password"),
        ('[security]\npolicy = "Basic256"', "policy"),
        ('[link.security.C]\nmode = "Sign"', "'C' has no endpoint"),
        ('[link.security.A]\npolcy = "None"', "no setting is called link.security.A.polcy"),
        ('[link.security.A]\nuser = "reader"', "user goes with one of password_file"),
    ],
)
def test_what_does_not_go_together_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        security(tmp_path, text)
    assert words in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "gridops.toml"
    file.write_text('[link.endpoints]\nA = "opc.tcp://reader:geheim@10.0.0.1:4840"\n')
    with pytest.raises(SettingsError, match="holds no user and no password") as refused:
        load_settings(file)
    assert "geheim" not in str(refused.value)
