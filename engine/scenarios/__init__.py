"""An author's scenario, played by the real engine: what it expects, where, what was found instead.

A scenario is a form's own test, as data: documents, answers in stored form, who looks and when; then
changes and actions. Nothing here decides: `evaluate`, `judge`, `grant_for`, `edit`, `check_action`,
`perform` and `may_be_called` do, as behind a page.
"""

from engine.scenarios.model import Failure, Scenario
from engine.scenarios.runner import run

__all__ = ["Failure", "Scenario", "run"]
