"""`gridops serve` as an operator starts it: from the command line, with a virtual field."""

from pathlib import Path

from served import connected, served, settings_in


def test_it_serves_a_live_grid_that_advises_and_commands_nothing(tmp_path: Path) -> None:
    with served(settings_in(tmp_path), "--grid", "hanoi_ring") as client:
        assert client.get("/session").json()["language"] == "vi"
        system = connected(client)["system"]
        assert system["mode"] == "advisory"
        assert system["execution"] is False, "no command leaves before an administrator allows it"
        assert system["customers_out"] == 0
        assert client.get("/grid").json()["customers"] == system["customers"] == 7692
