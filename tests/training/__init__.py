"""What trains the reader of printed lines; needs the extra `train`.

From the repository root, one command a step:
`python -m tests.training.train --fonts FOLDER` takes hours and goes on where it was cut off,
`python -m tests.training.export` writes the ONNX file of the package and what made it beside it,
`python -m tests.training.evaluate` reads lines of made-up cards in faces that were held out.
"""
