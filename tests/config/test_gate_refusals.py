"""Gates and what has none."""

import pytest

from narrows.errors import UserError
from support.configs import tiny


@pytest.mark.parametrize("other", ["model.tied=true", "model.conditional=true"])
def test_gates_are_refused_beside_layers_that_have_none(other):
    with pytest.raises(UserError, match=f"^model.gated=true with {other}: "):
        tiny("model.gated=true", other)
