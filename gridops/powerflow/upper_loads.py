"""What loads draw in the hours after a switching: cold load pickup, and the day going on."""

from collections.abc import Iterator, Mapping
from datetime import time

import numpy as np

from gridops.ids import SectionId
from gridops.network import ColdLoad, Indices, LoadClass, Network, Values
from gridops.network.profiles import MINUTES_PER_DAY
from gridops.powerflow.load_powers import LoadPowers

MINUTE_S = 60.0


def picked_up(
    network: Network,
    loads: LoadPowers,
    *,
    dark_s: Mapping[SectionId, float],
    table: ColdLoad,
) -> LoadPowers | None:
    """`loads` with cold load in the sections of `dark_s`, each without supply for so long when
    it gets supply back; None: none of them was dark for long enough to draw more.

    What feeds in is not multiplied. Raises: KeyError for a section that the grid does not have.
    """
    share = {section: table.share(spell) for section, spell in dark_s.items()}
    cold = [section for section, part in share.items() if part > 0.0]
    if not cold:
        return None
    arrays = network.arrays
    of_section = np.zeros(len(arrays.sections))
    of_section[arrays.sections.numbers(cold)] = [share[section] for section in cold]
    excess = np.array([table.highest(each) - 1.0 for each in LoadClass])
    of_load = of_section[arrays.load_section]
    rows = np.flatnonzero(of_load).astype(np.int32)
    factor = 1.0 + of_load[rows] * excess[arrays.load_class[rows]]
    return LoadPowers(
        arrays,
        p_w=_multiplied(loads.p_w, rows, factor=factor),
        q_var=_multiplied(loads.q_var, rows, factor=factor),
    )


def _multiplied(drawn: Values, rows: Indices, *, factor: Values) -> Values:
    """A copy of `drawn`, of which those of `rows` that do not feed in are multiplied."""
    found, some = drawn.copy(), drawn[rows]
    found[rows] = np.where(some > 0.0, some * factor, some)
    return found


def loads_ahead(
    network: Network, loads: LoadPowers, *, at: time, until_s: float
) -> Iterator[tuple[float, LoadPowers]]:
    """`loads` are those at local time `at`; each step of the profiles that begins later than
    that and within `until_s`, with the seconds until then and what loads draw in it.

    A load that follows a profile goes with it, from what it draws now; where the profile is
    zero now, from what the grid states. Others stay. Nothing is listed where no load has one.
    """
    steps = _steps(network)
    if not steps:
        return
    minutes = MINUTES_PER_DAY // steps
    now = _minute(at)
    for begin in range((now // minutes + 1) * minutes, now + int(until_s / MINUTE_S) + 1, minutes):
        later = _carried(network, loads, since=now, to=begin % MINUTES_PER_DAY)
        yield (begin - now) * MINUTE_S, later


def carried_on(network: Network, loads: LoadPowers, *, since: time, to: time) -> LoadPowers:
    """`loads` are those at local time `since`; what is drawn at `to`, as in `loads_ahead`."""
    if not _steps(network):
        return loads
    return _carried(network, loads, since=_minute(since), to=_minute(to))


def _carried(network: Network, loads: LoadPowers, *, since: int, to: int) -> LoadPowers:
    before, after = _factors(network, minute=since), _factors(network, minute=to)
    ratio = np.divide(after, before, out=np.zeros_like(after), where=before > 0.0)
    p_w, q_var = loads.p_w * ratio, loads.q_var * ratio
    for row in np.flatnonzero(before <= 0.0).tolist():
        load = network.loads[network.arrays.loads.ids[row]]
        p_w[row], q_var[row] = load.p_w * after[row], load.q_var * after[row]
    return LoadPowers(network.arrays, p_w=p_w, q_var=q_var)


def _steps(network: Network) -> int:
    """Of the finest profile that any load follows; 0: none does."""
    rows = network.arrays.load_profile
    days = [each.factors for each in network.profiles.values()]
    return max((len(days[row]) for row in np.unique(rows[rows >= 0])), default=0)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _factors(network: Network, *, minute: int) -> Values:
    """Of every load; 1 for those without a profile."""
    of_day = [
        each.factors[minute * len(each.factors) // MINUTES_PER_DAY]
        for each in network.profiles.values()
    ]
    # Place -1, of loads without a profile, is the last.
    return np.array([*of_day, 1.0])[network.arrays.load_profile]
