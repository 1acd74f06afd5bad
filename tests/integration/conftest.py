from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_setting import Up, serving

from tests.interop.fixtures import (
    node_client,
    node_client_process,
    node_field,
    node_pki,
    node_process,
)

__all__ = ["node_client", "node_client_process", "node_field", "node_pki", "node_process"]


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    """With a field."""
    async with serving(tmp_path) as running:
        yield running


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[Up]:
    """Without a field."""
    async with serving(tmp_path, with_field=False) as running:
        yield running
