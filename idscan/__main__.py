"""Run the command line as `python -m idscan`."""

from idscan.cli.main import main

if __name__ == "__main__":
    main()
