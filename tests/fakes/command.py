"""`idscan` with fake steps: run as `python -m tests.fakes.command scan ...`."""

from __future__ import annotations

import idscan.run.scan
from idscan.cli.main import main
from tests.fakes import scans

if __name__ == "__main__":
    idscan.run.scan.default_steps = scans.steps
    main()
