"""Keeps the library from writing secrets into a log."""

import logging

LIBRARY = "asyncua"


def keep_secrets_out_of_logs() -> None:
    """Nobody gets DEBUG lines of the library, whatever level anybody has set.

    They hold whole requests and answers: passwords where they are not encrypted, and session
    tokens. Called before each session, so that a level set meanwhile does not last. Lines above
    DEBUG go where those of every other package go.
    """
    library = logging.getLogger(LIBRARY)
    if not any(isinstance(each, logging.NullHandler) for each in library.handlers):
        library.addHandler(logging.NullHandler())
    if library.level < logging.INFO:
        library.setLevel(logging.INFO)
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if not isinstance(logger, logging.Logger) or not name.startswith(f"{LIBRARY}."):
            continue
        if logging.NOTSET < logger.level < logging.INFO:
            logger.setLevel(logging.INFO)
