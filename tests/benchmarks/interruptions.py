"""Kill runs of `redact` at many moments, run them again, and make sure that nothing was lost, forgotten or left.

    python -m tests.benchmarks.interruptions --moments 40 [--drawn]

Every run is killed once or twice; the process that was started alone gets the signal. With --drawn, images are drawn
and read in earnest; without, reading and painting are made up, and only processes and files are real.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from random import Random

from tests.fakes.killed import Interrupted, drawn_images, quick_images


def main() -> None:
    """Run and print figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=40)
    parser.add_argument("--drawn", action="store_true")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    images = drawn_images() if options.drawn else quick_images()
    module = "idscan" if options.drawn else "tests.fakes.quick"
    for is_in_place in (False, True):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as home:
            runs = Interrupted(Path(home), images, is_in_place, module=module)
            moments = Random(f"{options.seed} {is_in_place}")
            for moment in range(options.moments):
                runs.kill_and_finish(f"run {moment}", moments)
        where = "in place, originals kept" if is_in_place else "into a folder"
        print(
            f"{where}: {options.moments} runs over {len(images)} images, killed {runs.kills} times, of which "
            f"{runs.between} when some files were published and some not; all were completed with the bytes of a run "
            f"without a break, every original whole, no process, no unfinished file, no store and no key left "
            f"({time.monotonic() - began:.0f} s)"
        )


if __name__ == "__main__":
    main()
