"""A net with any one cell spoiled is read, or refused in words; there is no third way."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.completion import complete
from gridops.adapters.grid_files import grid_texts
from gridops.adapters.pandapower_grid import convert
from gridops.errors import GridUnreadable
from tests.pandapower_everything import columns, everything

NET = everything()
SPOILED = (None, float("nan"), float("inf"), -1, 0, 1e308, 10**30, "x", "nan", "12", True, [], {})


@settings(max_examples=50)
@given(st.sampled_from(columns()), st.sampled_from(SPOILED))
def test_a_spoiled_cell_is_read_or_refused(where: tuple[str, str], value: object) -> None:
    table, column = where
    net = copy.copy(NET)
    frame = net[table] = NET[table].copy()
    frame[column] = frame[column].astype(object) if column in frame else None
    frame[column] = frame[column].astype(object)
    frame.at[frame.index[0], column] = value
    try:
        components, _ = complete(convert(net))
    except GridUnreadable as refusal:
        assert refusal.remedy  # noqa: PT017  both ways are right
    else:
        grid_texts(components)
