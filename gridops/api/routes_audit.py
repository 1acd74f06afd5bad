"""What the audit holds, for administrators."""

import asyncio
from typing import Annotated

from fastapi import Query

from gridops.api.people_shapes import AuditShape
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.service import Administrator, Here
from gridops.ports.audit import AuditLine

audits = Routes(tags=["users"], responses=declared(400, 401, 403, 422, 503))

LINES_MAX = 1_000


@audits.get("/audit", response_model=list[AuditShape])
async def latest(
    here: Here, _: Administrator, *, count: Annotated[int, Query(ge=1, le=LINES_MAX)] = 100
) -> list[AuditShape]:
    """The latest lines, the newest first; what was done or refused before this question."""
    await here.audit.flush()
    lines = await asyncio.to_thread(here.audit.trail.latest, count)
    return [_shown(line) for line in lines]


def _shown(line: AuditLine) -> AuditShape:
    return AuditShape(
        at=line.at.isoformat(),
        user=line.user,
        role=line.role,
        token=line.token,
        address=line.address,
        act=line.act,
        path=line.path,
        about=line.about,
        status=line.status,
        code=line.code,
        times=line.times,
    )
