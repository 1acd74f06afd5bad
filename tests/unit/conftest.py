import pytest
from cli_story import Terminal


@pytest.fixture
def gridops_says(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Runs a command: `gridops_says("check", "hanoi_ring")`."""
    return Terminal(capsys)
