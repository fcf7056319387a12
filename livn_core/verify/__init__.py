"""The audit of a system: whether its files keep the format, and its numbers what was asked for.

Findings are values: a :class:`Verdict` names the check, what was expected and what was found, and
carries the statistic and the p-value where there is one. Nothing is changed, and no part of the
generator is asked to make anything again: that is :func:`reproduce`.
"""

from livn_core.verify.audit import verify
from livn_core.verify.checks import Checks
from livn_core.verify.reproduction import Reproduction, reproduce
from livn_core.verify.verdicts import Audit, Report, Verdict

__all__ = ["Audit", "Checks", "Report", "Reproduction", "Verdict", "reproduce", "verify"]
