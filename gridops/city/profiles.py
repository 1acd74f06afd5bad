"""Daily curves of the classes of customers, one factor an hour; the peak is 1."""

import math

from gridops.ids import ProfileId
from gridops.network import LoadClass, Profile

SUN = ProfileId("sun")

_HOURS = {
    LoadClass.RESIDENTIAL: "50 45 42 40 40 44 54 60 56 54 56 64 "
    "68 62 58 58 62 74 88 97 100 98 86 66",
    LoadClass.COMMERCIAL: "30 28 27 27 28 32 42 60 80 92 97 94 "
    "86 92 100 99 95 90 86 82 74 60 44 35",
    LoadClass.INDUSTRIAL: "62 60 58 58 60 66 78 92 98 100 98 84 "
    "82 96 100 98 92 80 76 76 74 72 68 64",
    LoadClass.CRITICAL: "66 64 62 62 64 70 78 88 96 100 100 96 92 96 98 96 92 88 84 82 80 76 72 68",
}
_SUN = "0 0 0 0 0 2 12 30 52 72 88 97 100 96 86 70 48 24 6 0 0 0 0 0"
_TITLES = {
    LoadClass.RESIDENTIAL: "Sinh hoạt (households), evening peak",
    LoadClass.COMMERCIAL: "Thương mại, dịch vụ (shops and offices)",
    LoadClass.INDUSTRIAL: "Công nghiệp (works), two shifts",
    LoadClass.CRITICAL: "Phụ tải quan trọng (hospitals and the like)",
}


def _factors(hours: str) -> tuple[float, ...]:
    return tuple(int(each) / 100.0 for each in hours.split())


PROFILES = (
    *(
        Profile(id=ProfileId(each.value), name=_TITLES[each], factors=_factors(hours))
        for each, hours in _HOURS.items()
    ),
    Profile(id=SUN, name="Điện mặt trời (sun on a clear day)", factors=_factors(_SUN)),
)
MEAN_FACTOR = {
    each: math.fsum(_factors(hours)) / len(_factors(hours)) for each, hours in _HOURS.items()
}
