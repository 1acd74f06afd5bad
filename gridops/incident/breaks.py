"""A new version of the grid against everything that is under way on the present one."""

from gridops.incident.breaks_devices import device_findings
from gridops.incident.breaks_incidents import incident_findings
from gridops.incident.breaks_supply import supply_findings
from gridops.incident.findings import Finding, Running, Taking
from gridops.network import Network
from gridops.network.changes import GridChanges
from gridops.state import carried_over


def breaks(running: Running, new: Network, *, changes: GridChanges) -> tuple[Finding, ...]:
    """Everything at once: what blocks comes first, then what warns, each in a fixed order.

    Reckons with the best knowledge of positions and asks no power flow: voltages and loadings
    of the new version are for `gridops check` and for the next plan. Pure.
    """
    taking = Taking(
        running=running, new=new, changes=changes, then=carried_over(running.state, new)
    )
    found = [*incident_findings(taking), *device_findings(taking), *supply_findings(taking)]
    return tuple(sorted(found, key=lambda finding: not finding.blocks))
