"""kill -9 in the middle of appending: what was acknowledged is there, the chain is whole."""

import subprocess
import sys
import textwrap

import pytest

from gridops.adapters.journal import open_journal

WRITER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from gridops.adapters.journal import open_journal
    from gridops.ports import Record

    journal = open_journal(sys.argv[1])
    at = datetime(2026, 11, 23, tzinfo=UTC)
    while True:
        batch = [Record(at=at, kind="Tick", body={"n": n, "of": size}) for size in (7,)
                 for n in range(size)]
        last = journal.append(batch)[-1]
        print(last.sequence, last.hash, flush=True)
    """
)


@pytest.mark.parametrize("acknowledged", [1, 40, 150])
def test_nothing_acknowledged_is_lost_and_no_batch_is_torn(
    journal_url: str, acknowledged: int
) -> None:
    told: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, journal_url], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        while len(told) < acknowledged:
            told.append(writer.stdout.readline())
        writer.kill()
        told.extend(line for line in writer.stdout if line.endswith("\n"))
    journal = open_journal(journal_url)
    hashes = {entry.sequence: entry.hash for entry in journal.entries()}
    for line in told:
        sequence, hash_ = line.split()
        assert hashes[int(sequence)] == hash_
    assert len(hashes) % 7 == 0
    assert list(hashes) == list(range(1, len(hashes) + 1))
    assert journal.append([]) == ()
    journal.close()
