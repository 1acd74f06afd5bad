"""The source documents as they are re-keyed: published networks and reliability systems."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceNode(_Row):
    id: int | str
    p_kw: float
    q_kvar: float
    kv: float


class SourceBranch(_Row):
    id: int
    a: int | str
    b: int | str
    r_ohm: float
    x_ohm: float
    normally_open: bool
    rated_a: float | None = None


class PublishedNetwork(_Row):
    """A reconfiguration grid: nodes, branches, which of them are ties, and the infeeds."""

    name: str
    source: str
    slack: tuple[int | str, ...]
    vslack: float
    nodes: tuple[SourceNode, ...]
    branches: tuple[SourceBranch, ...]


Device = Literal["breaker", "disconnect", "fuse"]


class FeederSection(_Row):
    """Called a section in the papers: one stretch of line."""

    id: str
    from_node: str
    to_node: str
    length_km: float
    failure_rate_per_km_year: float
    repair_h: float
    dev_from: tuple[Device, ...]
    dev_to: tuple[Device, ...]
    role: Literal["main", "lateral"]
    feeder: str


class ServiceTransformer(_Row):
    failure_rate_per_year: float
    repair_h: float


class LoadPoint(_Row):
    id: str
    node: str
    type: str
    avg_mw: float
    peak_mw: float
    customers: int
    transformer: ServiceTransformer | None
    feeder: str


class AlternativeSupply(_Row):
    id: str
    node_a: str
    node_b: str
    switching_h: float
    normally: Literal["open"]


class Citation(_Row):
    doi: str
    title: str


class ReliabilitySystem(_Row):
    """A distribution system of the Roy Billinton Test System."""

    name: str
    source: Citation
    sources_nodes: tuple[str, ...]
    sections: tuple[FeederSection, ...]
    load_points: tuple[LoadPoint, ...]
    alternative_supplies: tuple[AlternativeSupply, ...]
    default_switching_h: float
