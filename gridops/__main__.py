"""`python -m gridops` is the command `gridops`."""

from gridops.cli import main

if __name__ == "__main__":
    main()
