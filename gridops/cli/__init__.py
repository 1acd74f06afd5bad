"""The command `gridops`."""


def main() -> None:
    raise NotImplementedError
