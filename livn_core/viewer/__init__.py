"""Look around in a system with a browser: one HTML file that needs no network.

The page is drawn by three.js, which ships in ``assets/vendor``.
"""

from __future__ import annotations

from livn_core.viewer.page import write_page

__all__ = ["write_page"]
