"""What all commands have in common."""

import subprocess
import sys

import pytest
from cli_story import Terminal

import gridops

COMMANDS = ("demo", "serve", "check", "whatif", "simulate", "doctor")


def test_it_says_its_version(gridops_says: Terminal) -> None:
    said = gridops_says("--version")
    assert (said.code, said.out) == (0, f"gridops {gridops.__version__}\n")


def test_help_names_every_command(gridops_says: Terminal) -> None:
    said = gridops_says("--help")
    assert said.code == 0
    listed = {line.split()[0] for line in said.out.splitlines() if line.startswith("  ")}
    assert set(COMMANDS) <= listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(gridops_says: Terminal, command: str) -> None:
    said = gridops_says(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: gridops {command}")
    assert said.err == ""


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        ((), "command"),
        (("swich",), "swich"),
        (("check",), "DIR"),
        (("check", "hanoi_ring", "extra"), "extra"),
        (("check", "hanoi_ring", "--jsn"), "--json"),
        (("whatif", "hanoi_ring"), "--fault"),
        (("simulate",), "FILE"),
        (("serve", "--link", "pigeon"), "opcua"),
        (("serve", "--settings", "no_such_file.toml"), "no_such_file.toml"),
        (("demo", "--scenario", "no_such_story"), "no_such_story"),
        (("demo", "--json"), "--once"),
        (("doctor", "--deep"), "--deep"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    gridops_says: Terminal, argv: tuple[str, ...], named: str
) -> None:
    complaint = gridops_says(*argv).complaint
    assert complaint.startswith("gridops: ")
    assert named in complaint


def test_a_misspelt_grid_is_guessed(gridops_says: Terminal) -> None:
    assert "near: oberrhein" in gridops_says("check", "oberhein").complaint


def test_help_and_import_wait_for_nothing_heavy() -> None:
    script = (
        "import sys, gridops; from gridops.cli import run; run(['--help']); run(['--version'])\n"
        "heavy = {'numpy', 'pydantic', 'sqlalchemy', 'power_grid_model', 'fastapi', 'networkx'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gridops", "check", "no_such_grid"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
