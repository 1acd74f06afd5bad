"""Permits, automatics that may close, unchecked phases, as a screen shows them."""

from gridops.api.words import Plain, instant
from gridops.ids import PermitId
from gridops.state import Said, Work, WorkPermit


def work_view(work: Work) -> Plain:
    return {
        "permits": [permit_view(ident, permit) for ident, permit in work.permits.items()],
        "reclosing": {switch: _said(said) for switch, said in work.reclosing.items()},
        "phasing": {section: _said(said) for section, said in work.phasing.items()},
    }


def permit_view(ident: PermitId, permit: WorkPermit) -> Plain:
    return {
        "id": ident,
        "sections": list(permit.sections),
        "isolated_by": list(permit.isolated_by),
        "holder": permit.holder,
        **_said(permit),
    }


def _said(said: Said | WorkPermit) -> Plain:
    return {"by": said.by, "since": instant(said.since), "reason": said.reason}
