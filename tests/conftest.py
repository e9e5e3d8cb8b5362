# SPDX-License-Identifier: LGPL-3.0-or-later
"""What all suites outside Odoo share."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = "SP_API_MODELS"

os.environ.setdefault(MODELS, str(REPOSITORY.parent / "shared" / "sp-api-models"))


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz",
        type=int,
        default=200,
        metavar="N",
        help="how many odd answers, and odd documents, are tried (tests called fuzz)",
    )


def pytest_terminal_summary(terminalreporter):
    """Say it when Amazon's models are not at hand: less is checked then."""
    if not Path(os.environ[MODELS]).is_dir():
        terminalreporter.write_line(
            f"{MODELS} leads nowhere ({os.environ[MODELS]}): nothing was held against "
            "Amazon's own models."
        )
