"""What trains the reader of printed lines and the detector of lines; needs the extra `train`.

From the repository root, one command a step:
`python -m tests.training.train --fonts FOLDER` takes hours and goes on where it was cut off,
`python -m tests.training.export` writes the ONNX file of the package and what made it beside it,
`python -m tests.training.evaluate --record` reads lines of made-up cards in faces that were held out;
`python -m tests.training.pages --fonts FOLDER` shows made-up pictures to the large detector of the rapidocr wheel,
`python -m tests.training.train_finder` teaches the small one what that saw, and writes its ONNX file.

Faces come from Debian's packages of fonts; SYNTH_FONTS names a folder that holds them where they are not installed.
"""

from pathlib import Path

MODELS = Path(__file__).parents[2] / "idscan" / "engines" / "models"
"""Where the networks stand in the package."""
