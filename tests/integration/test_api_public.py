"""The public page over HTTP: shut until a setting opens it, and made once for all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_setting import API, Up, serving
from pydantic import TypeAdapter

from gridops.api.limits import Limits
from gridops.api.public import window
from gridops.api.public.document import OutagesShape
from gridops.api.public.outages import Board
from gridops.api.public.page import Language
from gridops.bootstrap.public import public_window
from gridops.errors import UnknownId
from gridops.settings import PublicSettings

DATA = f"{API}/public/outages"
OPENED = PublicSettings(enabled=True, name="Điện lực Ba Đình", contact="19001288", refresh_s=10)
SHAPE = TypeAdapter(OutagesShape)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        running.service.public = public_window(running.service, OPENED)
        yield running


async def test_without_the_setting_there_is_no_such_page(tmp_path: Path) -> None:
    assert not PublicSettings().enabled
    async with serving(tmp_path, with_field=False) as up:
        up.service.public = public_window(up.service, PublicSettings())
        for path in ("/public", DATA):
            answer = await up.client().get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_anybody_reads_it_and_proxies_may_keep_it_for_a_moment(up: Up) -> None:
    client = up.client()
    data, page = await client.get(DATA), await client.get("/public")
    SHAPE.validate_json(data.content)
    assert data.json()["outages"] == []
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for answer in (data, page, await client.get("/paper/public.css")):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=10"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "<script" not in page.text
    assert "Điện lực Ba Đình" in page.text
    assert "Disallow: /" in (await client.get("/robots.txt")).text


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("?lang=vi", "en", "vi"),
        ("", "vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("", "fr, en-GB;q=0.7", "en"),
        ("", "xx;;,,", "en"),
    ],
)
async def test_it_speaks_the_language_that_was_asked_for(
    up: Up, query: str, accepted: str, language: str
) -> None:
    page = await up.client().get(f"/public{query}", headers={"Accept-Language": accepted})
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text


async def test_what_is_looked_up_leads_to_areas_and_is_never_markup(up: Up) -> None:
    client = up.client()
    found = await client.get(DATA, params={"q": "fb1"})
    assert found.json()["outages"] == []
    unknown = await client.get(DATA, params={"q": "<b>An</b>"})
    assert (unknown.status_code, unknown.json()["near"]) == (404, [])
    page = await client.get("/public", params={"q": '"><b>An</b>', "lang": "en"})
    assert "<b>" not in page.text
    assert "Nothing is called so" in page.text
    assert (await client.get("/public", params={"q": "x" * 101})).status_code == 422


async def test_many_readers_cost_one_board(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Board] = []
    make: Callable[..., Board] = window.board_of

    def counted(*given: object, **named: object) -> Board:
        made.append(make(*given, **named))
        return made[-1]

    monkeypatch.setattr(window, "board_of", counted)
    client = up.client()
    await asyncio.gather(*(client.get("/public") for _ in range(20)))
    assert len(made) == 1
    up.clock.ahead += timedelta(seconds=11)
    await client.get("/public")
    assert len(made) == 2


async def test_what_is_kept_is_bounded(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "PAGES_MAX", 3)
    for k in range(6):
        await up.client().get("/public", params={"q": f"p{k}"})
    assert up.service.public is not None
    assert len(up.service.public._kept) == 3


async def test_however_nothing_or_nobody_is_written_no_page_is_made_for_it(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for make in ("page_of", "document_of"):
        kept: Callable[..., object] = getattr(window, make)

        def counted(*given: object, make: str = make, kept: Any = kept, **named: object) -> object:
            made.append(make)
            return kept(*given, **named)

        monkeypatch.setattr(window, make, counted)
    monkeypatch.setattr(window, "PAGES_MAX", 2)
    assert up.service.public is not None
    now = up.clock.now()
    for words in ("", " ", "  ", "\u0301", "\t\u0300"):
        up.service.public.page(Language.EN, words, now=now)
        up.service.public.document(words, now)
    for words in ("Fb1", "fb1", " FB1 "):
        up.service.public.page(Language.EN, "", now=now)
        up.service.public.document(words, now)
    for words in ("nobody", "no body"):
        with pytest.raises(UnknownId):
            up.service.public.document(words, now)
    assert made == ["page_of", "document_of", "document_of"]


@pytest.mark.parametrize("whose", ["per_address", "in_all"])
async def test_a_rush_is_answered_briefly_and_operators_go_on(up: Up, whose: str) -> None:
    lead = await up.logged_in("shift_lead")
    assert up.service.public is not None
    setattr(up.service.public, whose, Limits(12))
    answers = [await up.client().get("/public") for _ in range(14)]
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-requests")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["cache-control"] == "no-store"
    assert (await lead.get(f"{API}/view")).status_code == 200


async def test_a_fault_is_on_the_page_and_says_when_the_control_room_is_blind(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as up:
        up.service.public = public_window(up.service, OPENED)
        await up.struck()
        page = (await up.client().get("/public?lang=vi")).text
        (outage,) = (await up.client().get(DATA)).json()["outages"]
        assert "Đang xác định" in page
        assert "Nơi khác" in page
        assert (outage["status"], outage["communityDescriptor"]) == ("assessing", "")
        assert outage["metersAffected"] == 300
        assert "data-" not in page
        assert up.field is not None
        up.field.cut_link(next(iter(up.room.network.links)), up.clock.now())
        async with asyncio.timeout(10):
            while not up.service.blind():  # noqa: ASYNC110 - what is awaited has no event
                await asyncio.sleep(0.05)
        up.clock.ahead += timedelta(seconds=11)
        assert not (await up.client().get(DATA)).json()["isCurrent"]
