"""What was corrected, and how an interruption was told before."""

from collections.abc import Sequence

from gridops.api.words import Plain, instant
from gridops.events.minutes import MinutesCorrected
from gridops.reliability import Version
from gridops.reliability.corrections import named_in


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


def history_view(versions: Sequence[Version]) -> Plain:
    """Of one interruption; the last version holds."""
    now = versions[-1].value
    return {
        "interruption": now.id,
        "load": now.load,
        "section": now.section,
        "feeder": now.feeder,
        "incident": now.incident,
        "revisions": len(versions) - 1,
        "versions": [_version(one) for one in versions],
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
