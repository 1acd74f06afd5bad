"""Commands about the servers of the field and the certificates of both sides."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gridops.cli import opcua_points
from gridops.cli.output import AsJson, say, show_json, show_table

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings (TOML).")
]
CopyTo = Annotated[
    Path | None,
    typer.Option("--copy-to", metavar="FILE", help="Also write the certificate (DER) there."),
]
_SHORT = 16
"""Digits of a fingerprint in a table; they name a certificate."""


class About(StrEnum):
    LIST = "list"
    OWN = "own"
    RENEW = "renew"


def add_to(app: typer.Typer) -> None:
    opcua = typer.Typer(help="Servers of the field: what they offer, and whom we believe.")
    opcua.command("endpoints")(endpoints)
    opcua.command("certs")(certs)
    opcua.command("trust")(trust)
    opcua_points.add_to(opcua)
    app.add_typer(opcua, name="opcua")


def endpoints(
    url: Annotated[str, typer.Argument(metavar="URL", help="As opc.tcp://10.0.0.1:4840")],
    *,
    settings: SettingsFile = None,
    json: AsJson = False,
) -> None:
    """Show what a server offers, and whether its certificate would be believed."""
    from gridops.bootstrap import opcua_tools

    found = opcua_tools.endpoints(url, settings=settings)
    if json:
        show_json(found)
        return
    rows = [
        (each["policy"], each["mode"], ", ".join(each["identities"]), each["server_uri"])
        for each in found["endpoints"]
    ]
    show_table(f"Offered by {url}", ("policy", "mode", "lets in by", "server"), rows=rows)
    if "certificate" in found:
        _show_judged(found["certificate"])


def _show_judged(certificate: Mapping[str, Any]) -> None:
    if "fingerprint" in certificate:
        _show_one(certificate)
    for words in (*certificate["flaws"], *certificate["warnings"]):
        say(f"  {words}")
    if certificate["trusted"]:
        say("It would be believed.")
    else:
        name = str(certificate.get("fingerprint", ""))[:_SHORT]
        say(f"It would NOT be believed. To trust it: gridops opcua trust {name}")


def certs(
    about: Annotated[
        About,
        typer.Argument(help="list: all; own: ours, made on first use; renew: a new one of ours."),
    ] = About.LIST,
    *,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name or address of this machine, for renew."),
    ] = None,
    copy_to: CopyTo = None,
    settings: SettingsFile = None,
    json: AsJson = False,
) -> None:
    """Show certificates, and make our own."""
    from gridops.bootstrap import opcua_tools

    desk = opcua_tools.certificates(settings)
    if about is About.LIST:
        found = desk.all()
    elif about is About.OWN:
        found = desk.own(copy_to=copy_to)
    else:
        found = desk.renew(hosts=tuple(host or ()), copy_to=copy_to)
    if json:
        show_json(found)
    elif about is About.LIST:
        _show_all(found)
    else:
        _show_one(found)


def trust(
    what: Annotated[
        str,
        typer.Argument(
            metavar="list|FINGERPRINT|FILE", help="Beginning of a fingerprint, or file."
        ),
    ] = "list",
    *,
    issuer: Annotated[
        bool, typer.Option("--issuer", help="It completes chains; it is not believed by itself.")
    ] = False,
    reject: Annotated[
        bool, typer.Option("--reject", help="Never believe it, whoever vouches for it.")
    ] = False,
    revocation_list: Annotated[
        bool, typer.Option("--crl", help="FILE is an issuer's list of what it has revoked.")
    ] = False,
    settings: SettingsFile = None,
    json: AsJson = False,
) -> None:
    """Believe a server's certificate, or stop believing it."""
    if sum((issuer, reject, revocation_list)) > 1:
        raise typer.BadParameter("one of --issuer, --reject and --crl")
    from gridops.bootstrap import opcua_tools

    desk = opcua_tools.certificates(settings)
    if what == "list":
        found = desk.all()
    elif reject:
        found = desk.reject(what)
    elif revocation_list:
        found = desk.take_revocation_list(Path(what))
    else:
        found = desk.trust(what, as_issuer=issuer)
    if json:
        show_json(found)
    elif what == "list":
        _show_all(found)
    elif revocation_list:
        say(f"kept: {found['revoked']} revoked by {found['issuer']}")
    else:
        _show_one(found)
        say(f"Now {found['is_now']}.")


def _show_all(found: Mapping[str, Any]) -> None:
    rows = [
        (kind, each["fingerprint"][:_SHORT], each["subject"], str(each["days_left"]))
        for kind in ("own", "trusted", "issuers", "unknown", "banned")
        for each in found[kind]
    ]
    columns = ("", "fingerprint", "subject", ">days left")
    show_table(f"Certificates in {found['folder']}", columns, rows=rows)
    lists: Sequence[Mapping[str, Any]] = found["revocation_lists"]
    for each in lists:
        say(f"{each['issuer']} has revoked {each['revoked']}; next list {each['next_update']}")
    for name in found["unreadable"]:
        say(f"{name} is no certificate")


def _show_one(found: Mapping[str, Any]) -> None:
    say(f"fingerprint  {found['fingerprint']}")
    say(f"SHA-1        {found['thumbprint_sha1']}")
    say(f"subject      {found['subject']}")
    say(f"issuer       {found['issuer']}")
    say(f"valid        {found['not_before']} to {found['not_after']}")
    say(f"is           {', '.join(found['application_uris']) or 'nobody'}")
    say(f"at           {', '.join(found['hosts']) or 'nowhere'}")
