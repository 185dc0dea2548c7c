"""What every floor above stands on: settings of a run, files, checks, exercises.

Here: `runtime` (scale, seeds, folders), `exercises` (the checkers of a notebook),
`files` (written whole or not at all), `checks` (shapes and ranges).
Not here: anything that knows what a GAN is.
"""

__all__ = ["checks", "exercises", "files", "runtime"]
