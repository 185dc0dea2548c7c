"""What nbval runs the notebooks under; tests/conftest.py is for the unit tests."""

import os


def pytest_runtest_setup(item):
    """Start a chapter's kernel as a reader's, one of solutions with strict checks."""
    of_solutions = item.path.parent.name == "solutions"
    os.environ["GANUTILS_EXERCISES"] = "strict" if of_solutions else ""


def pytest_collection_modifyitems(items):
    """Put the longest notebook first, solutions last: no worker ends alone."""
    items.sort(key=lambda item: (item.path.parent.name, -item.path.stat().st_size))
