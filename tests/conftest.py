"""Shared by every test: one profile of hypothesis for CI, no deadline on a shared machine."""

import gc
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.journal_places import Database, File, Place

if TYPE_CHECKING:
    from tests.postgres_setting import Cluster

settings.register_profile("gridops", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("gridops")

GARBAGE_SOUGHT_AFTER = 10_000
"""So many more objects; by itself Python looks after 700."""
TESTS = Path(__file__).parent
UNDISTURBED = ("browser", "integration", "interop", "storm")
"""Folders whose tests wait for other processes, which come late when more of them run."""
RECKONED = frozenset(
    {
        "test_api_acts",
        "test_api_roles",
        "test_api_schema",
        "test_demo",
        "test_engine_equality",
        "test_load_transfer_played",
        "test_powerflow_oberrhein",
        "test_replay",
        "test_room_take_in",
        "test_room_take_in_minutes",
        "test_serve_take_in",
        "test_short_circuit_peers",
        "test_warming",
    }
)
"""Files of these folders that only reckon, or that wait long enough for a busy machine."""
ALONE = frozenset(
    {
        "test_api_session",
        "test_chaos",
        "test_load",
        "test_opcua_command_deadline",
        "test_opcua_honesty",
        "test_opcua_workers",
        "test_opcua_workshop",
        "test_service_silent",
        "test_storm",
    }
)
"""Files that ask how soon something is: what goes on beside them would be part of the answer."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        waits = any(item.path.is_relative_to(TESTS / folder) for folder in UNDISTURBED)
        if waits and item.path.stem not in RECKONED:
            item.add_marker(pytest.mark.undisturbed)
        if item.path.stem in ALONE:
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: a million objects, which no search for cyclic garbage
    looks at while they are made or later. Each of them took a third of a second, and a tenth of
    all time went into them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(GARBAGE_SOUGHT_AFTER)
        gc.enable()


class FileByFile(LoadFileScheduling):
    """A worker takes a whole file, and all of the browser's: they share a service and a browser."""

    def _split_scope(self, nodeid: str) -> str:
        browser = "tests/browser/"
        return browser if nodeid.startswith(browser) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which can be switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile:
    return FileByFile(config, log)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Cluster]":
    from tests.postgres_setting import cluster  # noqa: PLC0415 (its driver is an extra)

    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a journal can stand: each test that asks for it runs on both."""
    if request.param == "sqlite":
        return File(tmp_path)
    return Database(request.getfixturevalue("postgres").database())


@pytest.fixture
def journal_url(place: Place) -> str:
    return place.url
