"""Signs contents for one set-up. The parent's side: it holds the signer, and lets a guarded process do the rest.

issuer = Issuer(LocalKey(key, certificates))
issuer.mark(guard, source, target, "jpeg", declaration, aigc)
issuer.resign(guard, received, changed, target, "jpeg", aigc)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from overt.errors import SetupError
from overt.marks.credential import manifest, sign
from overt.marks.credential.model import Order, Signer, TimeStamper, Trust, Watermark
from overt.marks.credential.timestamp import MOST_REQUEST
from overt.media.services import Service

if TYPE_CHECKING:
    from overt.marks.model import Declaration
    from overt.media.guard import Guard

MOST_SIGNED: Final = 1 << 20
"""Bytes that a worker may have signed; a claim has some two thousand."""


class Issuer:
    """What a set-up signs with, and what it says besides."""

    def __init__(
        self, signer: Signer, *, stamper: TimeStamper | None = None, training: str | None = None, anchors: str = ""
    ) -> None:
        """Nothing is started yet.

        Args:
            signer: who signs.
            stamper: who says when, or nobody.
            training: `allowed`, `notAllowed` or `constrained`: the operator's word on training and mining.
            anchors: PEM of the authorities that the operator trusts, for the read-back.
        """
        self.signer = signer
        self.stamper = stamper
        self.training = training
        self.trust = Trust(anchors=anchors, own=signer.chain)

    def mark(
        self,
        guard: Guard,
        source: Path,
        target: Path,
        container: str,
        declaration: Declaration,
        aigc: Mapping[str, str] | None,
        *,
        parent: Path | None = None,
        watermark: Watermark | None = None,
    ) -> None:
        """Signs our own content `source` into `target`, which lies where the guard may write.

        `parent` is what it was made from: the unmarked file, for edits and where that file has a credential.
        Raises the `MediaError` family, and `SetupError` where the signer or the time stamp fails.
        """
        definition = manifest.marked(
            declaration, aigc, parent=parent is not None, watermark=watermark, training=self.training
        )
        self._put(guard, source, target, container, definition, parent)

    def resign(
        self,
        guard: Guard,
        received: Path,
        changed: Path,
        target: Path,
        container: str,
        aigc: Mapping[str, str] | None,
        *,
        actions: Sequence[str] = (),
        when: datetime | None = None,
    ) -> None:
        """Signs `changed`, which is `received` with another label, into `target`: the chain goes on.

        The new manifest says `c2pa.opened` of `received`, which is its parent whether it has a credential or not,
        `c2pa.edited.metadata`, and then `actions`, such as `c2pa.published`. `aigc` is the label that `changed` has.
        Raises as `mark` does.
        """
        definition = manifest.distributed(aigc, when or datetime.now(UTC), actions)
        self._put(guard, changed, target, container, definition, received)

    def _put(
        self, guard: Guard, source: Path, target: Path, container: str, definition: dict[str, Any], parent: Path | None
    ) -> None:
        order = Order(
            definition=manifest.serialised(definition),
            created=manifest.CREATED,
            algorithm=self.signer.algorithm,
            certificates=self.signer.certificates,
            parent=parent.absolute() if parent else None,
        )
        services = {sign.SIGN: Service(self.signer.sign, most_calls=1, most_bytes=MOST_SIGNED)}
        if self.stamper:
            order = replace(order, stamped=True)
            services[sign.STAMP] = Service(self.stamper.stamp, most_calls=1, most_bytes=MOST_REQUEST)
        guard.call(sign.put, source.absolute(), target.absolute(), container, order, services=services)
        if not target.is_file():
            raise SetupError("the credential's file is not there", "凭证文件不存在")
