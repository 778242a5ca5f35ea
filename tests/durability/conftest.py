"""Failures inside the shared checks show their values, as those in tests do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(f"{__package__}.account", f"{__package__}.load")
