"""Versions of the grid beside the journal: packed, and checked against their fingerprint."""

import json
import zlib
from collections.abc import Mapping
from hashlib import sha256

from gridops.errors import GridNotKept

TEXT_BYTES_MAX = 512 * 1024 * 1024
"""More than any grid; a forged blob must not fill the memory."""
RESTORE = "restore the journal from its last good backup"


def fingerprint_of(texts: Mapping[str, str]) -> str:
    """SHA-256 of canonical texts, as `gridops.adapters.grid_files.grid_fingerprint` counts."""
    digest = sha256()
    for name, text in texts.items():
        data = text.encode()
        digest.update(f"{name}\n{len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def packed(texts: Mapping[str, str]) -> bytes:
    """Quickly rather than tightly: a service waits for it, and a city takes three megabytes."""
    return zlib.compress(json.dumps(list(texts.items()), ensure_ascii=False).encode(), level=1)


def unpacked(blob: bytes, fingerprint: str, *, where: str) -> dict[str, str]:
    """Raises: GridNotKept unless `blob` is whole and has this fingerprint."""
    try:
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(blob, TEXT_BYTES_MAX)
        texts = {str(name): str(text) for name, text in json.loads(plain)}
    except (zlib.error, ValueError, TypeError) as error:
        raise not_whole(fingerprint, where=where) from error
    is_whole = unpacking.eof and not unpacking.unused_data
    if not is_whole or fingerprint_of(texts) != fingerprint:
        raise not_whole(fingerprint, where=where)
    return texts


def not_whole(fingerprint: str, *, where: str) -> GridNotKept:
    return GridNotKept(
        fingerprint,
        f"the grid that is kept as version {fingerprint} is damaged: its texts are not those",
        where=where,
        remedy=RESTORE,
    )


def never_kept(fingerprint: str, *, where: str) -> GridNotKept:
    return GridNotKept(
        fingerprint,
        f"grid version {fingerprint} is not kept in this journal",
        where=where,
        remedy="start once with the files of that version: they are kept from then on",
    )
