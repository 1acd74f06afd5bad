"""What other systems may read of the live view: fewer things, flat, with names that last."""

from collections.abc import Mapping
from typing import Any

from gridops.api.words import Plain
from gridops.network import Control, Network

STEPS_MAX = 100


def publisher_view(
    live: Mapping[str, Any], network: Network, *, to_date: Mapping[str, Any]
) -> Plain:
    """Of `live_view` and `ToDate`. Its size is linear in feeders and in the incidents shown."""
    system = live["system"]
    return {
        "at": live["at"],
        "sequence": live["sequence"],
        "system": {
            "grid": system["grid"],
            "mode": system["mode"],
            "execution": system["execution"],
            "customers": system["customers"],
            "customers_out": system["customers_out"],
            "blind": [each["code"] for each in system["blind"] if each],
        },
        "indices": dict(live["minutes"]["today"]),
        "to_date": to_date,
        "availability": _availability(live, network),
        "feeders": live["feeders"],
        "incidents": {key: _incident(each) for key, each in live["incidents"].items()},
    }


def _availability(live: Mapping[str, Any], network: Network) -> Plain:
    """Of the automation: which remote switches could be operated now."""
    remote = [s.id for s in network.switches.values() if s.control is Control.REMOTE]
    reachable = sum(bool(live["switches"][switch]["reachable"]) for switch in remote)
    links = live["system"]["links"]
    return {
        "switches_remote": len(remote),
        "switches_reachable": reachable,
        "share": reachable / len(remote) if remote else 0.0,
        "links": len(links),
        "links_connected": sum(bool(link["connected"]) for link in links),
    }


def _incident(card: Mapping[str, Any]) -> Plain:
    plan, location = card["plan"], card["location"]
    return {
        "phase": card["phase"],
        "cause": card["cause"],
        "feeder": card["feeder"] or "",
        "device": card["device"],
        "opened_at": card["opened_at"],
        "concluded_at": card["concluded_at"],
        "customers_out": card["customers_out"],
        "customers_interrupted": card["customers_interrupted"],
        "dark": card["dark"],
        "suspects": [] if location is None else location["suspected"],
        "plan": "" if plan is None else plan["id"],
        "plan_passed": plan is not None and plan["guard"]["passed"],
        "release_allowed": card["release"]["allowed"],
        "steps": [] if plan is None else [_step(step) for step in plan["steps"][:STEPS_MAX]],
    }


def _step(step: Mapping[str, Any]) -> str:
    return f"{step['number']} {step['position']} {step['switch']}: {step['state']}"
