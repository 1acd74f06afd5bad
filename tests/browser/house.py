"""A control house for whole shifts: a virtual field over OPC UA, a service on it that may end and
start again, and people who log in by name."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

from gridops.adapters.account_file import AccountFile
from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import load_grid
from gridops.api.security import new_account
from gridops.bootstrap.field_process import FieldProcess, field_process
from gridops.events.people import Role
from tests.browser.conftest import START_S, launched

GRID = "hanoi_ring"
NETWORK = load_grid(resolve_grid(GRID))
PASSWORD = "a long night shift"
PEOPLE = {"lan": Role.SHIFT_LEAD, "binh": Role.DISPATCHER}
SPEED = 10
"""How many times as fast as real ones the drives of this field move."""
LOOK_S = 0.2
SETTINGS = """
grid = "{grid}"
journal_url = "sqlite:///{folder}/journal.sqlite"
[server]
port = {port}
[link.endpoints]
{endpoints}
[control]
execution_enabled = true
crew_available = false
closing_gap_s = 0.5
two_person_control = {two_people}
[commands]
as_reader = true
[detection]
indicator_window_s = 1.5
[planning]
time_zone = "Asia/Ho_Chi_Minh"
"""


class House:
    """Its address and its journal stay the same however often the service starts."""

    def __init__(self, folder: Path, field: FieldProcess, *, two_people: bool) -> None:
        self.journal = folder / "journal.sqlite"
        self._field = field
        self._settings = folder / "settings.toml"
        self._two_people = two_people
        self._port = 0
        """Any free one at the first start."""
        self._service = ExitStack()
        accounts = AccountFile(folder / "users.json")
        for name, role in PEOPLE.items():
            accounts.add(new_account(name, role, password=PASSWORD))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def open(self) -> None:
        """Until every link is up: what happens in the field before is no news to the service."""
        self._settings.write_text(
            SETTINGS.format(
                grid=GRID,
                folder=self._settings.parent,
                port=self._port,
                endpoints="\n".join(f'"{k}" = "{url}"' for k, url in self._field.endpoints.items()),
                two_people=str(self._two_people).lower(),
            )
        )
        started = launched("serve", "--settings", str(self._settings))
        found, _ = self._service.enter_context(started)
        self._port = int(found[1].rsplit(":", 1)[1])
        deadline = monotonic() + START_S
        # Whose kernels have to be compiled first does not answer for a while.
        with httpx.Client(base_url=self.address, timeout=START_S) as asking:
            while (answer := asking.get("readyz")).status_code != httpx.codes.OK:
                assert monotonic() < deadline, answer.text
                sleep(LOOK_S)

    def close(self) -> None:
        self._service.close()

    def happens(self, what: str, **how: object) -> None:
        """In the field, and nobody tells the service but its telemetry."""
        self._field.happens(json.dumps({"what": what, "at_s": 1, **how}))

    def strike(self, place: str) -> None:
        self.happens("strike", place=place)


@contextmanager
def house_in(folder: Path, *, two_people: bool = False) -> Iterator[House]:
    with field_process(GRID) as field:
        field.set_speed(SPEED)
        house = House(folder, field, two_people=two_people)
        house.open()
        try:
            yield house
        finally:
            house.close()
