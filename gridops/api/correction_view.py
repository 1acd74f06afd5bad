"""What was corrected, and how an interruption was told before."""

from gridops.api.words import Plain, instant
from gridops.events.minutes import MinutesCorrected
from gridops.reliability import Version
from gridops.reliability.corrections import History, named_in


def correction_view(said: MinutesCorrected) -> Plain:
    return {
        "at": said.at.isoformat(),
        "by": said.by,
        "reason": said.reason,
        "incident": said.incident,
        "interruption": said.interruption,
        "fields": sorted(name.value for name in named_in(said)),
        "as_booked": [name.value for name in said.as_booked],
    }


VERSIONS_MAX = 100
"""Of one interruption: as it was booked, and the newest."""


def history_view(history: History) -> Plain:
    """Of one interruption; the last version holds."""
    versions, now = history.versions(), history.read
    first, *later = versions
    return {
        "interruption": now.id,
        "load": now.load,
        "section": now.section,
        "feeder": now.feeder,
        "incident": now.incident,
        "revisions": len(versions) - 1,
        "versions": [_version(one) for one in (first, *later[-VERSIONS_MAX + 1 :])],
    }


def _version(told: Version) -> Plain:
    one = told.value
    return {
        "told_at": instant(told.told_at),
        "by": told.by,
        "reason": told.reason,
        "cause": one.why.cause,
        "planned": one.why.planned,
        "source_lost": one.why.source_lost,
        "grounds": sorted(one.why.exclusions),
        "began": one.began.isoformat(),
        "began_within_s": one.began_within_s,
        "ended": instant(one.ended),
        "ended_within_s": one.ended_within_s,
        "customers": one.customers,
    }
