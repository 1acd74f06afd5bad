"""Views as the control room gives them to the publisher, small ones."""

from typing import Any

INCIDENT: dict[str, Any] = {
    "phase": "settling",
    "cause": "fault",
    "feeder": "F1",
    "device": "b1",
    "opened_at": "2026-03-01T10:00:01+00:00",
    "concluded_at": None,
    "customers_out": 120,
    "customers_interrupted": 120,
    "dark": ["SA"],
    "suspects": [],
    "plan": "",
    "plan_passed": False,
    "release_allowed": False,
    "steps": [],
}
INDICES: dict[str, Any] = {
    "saidi_min": 30.0,
    "saifi": 0.5,
    "caidi_min": 60.0,
    "maifi": 1.25,
    "customer_minutes": 9000.0,
    "ens_wh": 4e6,
}
FEEDER = {"saidi_min": 18.0, "saifi": 0.25, "maifi": 2.0}


def quiet() -> dict[str, Any]:
    return {
        "at": "2026-03-01T10:00:00+00:00",
        "sequence": 7,
        "system": {
            "grid": "drawing",
            "mode": "advisory",
            "execution": False,
            "customers": 300,
            "customers_out": 0,
            "blind": [],
        },
        "indices": {
            "customer_minutes": 450.0,
            "saidi_min": 1.5,
            "saifi": 0.1,
            "caidi_min": None,
            "maifi": 0.0,
            "avoided_customer_minutes": 20.0,
        },
        "to_date": {
            "ieee1366": {
                "counted_to": "2026-03-01T09:59:30+00:00",
                "month": {"system": dict(INDICES, saidi_min=12.5), "feeders": {"F1": FEEDER}},
                "year": {"system": INDICES, "feeders": {"F1": dict(FEEDER, saidi_min=64.0)}},
            },
            "vn-tt39": {"counted_to": None},
        },
        "availability": {
            "switches_remote": 4,
            "switches_reachable": 3,
            "share": 0.75,
            "links": 1,
            "links_connected": 1,
        },
        "feeders": {
            "F1": {
                "mode": "advisory",
                "customers": 200,
                "customers_out": 0,
                "p_w": None,
                "head_position": "closed",
            }
        },
        "incidents": {},
    }


def opened() -> dict[str, Any]:
    view = quiet()
    view["at"] = "2026-03-01T10:00:02+00:00"
    view["feeders"]["F1"]["customers_out"] = 120
    view["incidents"] = {"I1": dict(INCIDENT)}
    return view


def planned() -> dict[str, Any]:
    view = opened()
    view["at"] = "2026-03-01T10:00:20+00:00"
    view["incidents"]["I1"] |= {
        "phase": "proposed",
        "suspects": ["SA"],
        "plan": "P1",
        "plan_passed": True,
        "steps": ["1 open s1: pending", "2 close t1: pending"],
    }
    return view
