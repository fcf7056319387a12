"""Nothing here runs without Matplotlib."""

import pytest

pytest.importorskip("matplotlib")
