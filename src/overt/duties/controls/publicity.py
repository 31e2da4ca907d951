"""Whether the service was examined for public-opinion attributes or social mobilisation (SA-02, AR-23)."""

from __future__ import annotations

from overt.duties import answers
from overt.duties.model import Found
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text


@control("SA-02", name=Text(zh="舆论属性的认定", en="The public-opinion determination"))
def determined(view: View) -> Found:
    """A reasoned determination that counts today, whichever way it went: the record matters also when it is no."""
    return answers.fact("public_opinion", view)
