"""The process that answers studies beside a service."""

import sys
from functools import cache
from typing import Any

from gridops.adapters.grid_files import fingerprint_of, grid_texts
from gridops.api.feed import to_json
from gridops.bootstrap.beside_child import Answered, Answerer, answer_lines
from gridops.bootstrap.study_play import Player, story_of
from gridops.bootstrap.workbench import open_grid

Plain = dict[str, Any]


def begin(opening: Plain) -> tuple[Plain, Answerer]:
    """Raises: GridUnreadable, GridInvalid."""
    grid = open_grid(opening["grid"])

    @cache
    def player() -> Player:
        return Player(grid.network)

    def answer(asked: Plain) -> Answered:
        if "play" in asked:
            return {}, to_json(player().play(story_of(asked["play"])))
        return {"answer": grid.what_if(**asked["what_if"]).to_plain()}, ""

    return {"fingerprint": fingerprint_of(grid_texts(grid.network.components))}, answer


if __name__ == "__main__":
    sys.exit(answer_lines(begin))
