"""`python -m askpanda.cli`: the command, where it is not on the path."""

from askpanda.cli import main

if __name__ == "__main__":
    main()
