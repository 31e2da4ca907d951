"""Pipelines of Hugging Face transformers and diffusers, wrapped: gated before they run, what they give marked.

```python
draw = overt.wrap(StableDiffusionPipeline.from_pretrained(…), technique="image_generation", purpose="art")
made = draw("a lighthouse", num_inference_steps=20)
made.value.images[0], made.content_id
```

| what a pipeline gives | what is marked |
|---|---|
| an object with `images` (diffusers) | each picture |
| an object with `audios` (diffusers) | each sound; its rate is `rate`, or the pipeline's |
| `{"audio": …, "sampling_rate": …}` (transformers) | the sound |
| `{"generated_text": …}` and the like (transformers) | the text; of a chat, the last message |
| pictures, arrays, texts, lists of these | each |

Between the steps of a diffusers pipeline (`callback_on_step_end`) it is asked whether the decision still permits it, so
that a consent that is withdrawn meanwhile ends the work. Frames of films are not marked here: write the film to a file
in a function of your own, and decorate that.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from overt.errors import UnsupportedError
from overt.gate.model import Ask, Decision
from overt.language import Text
from overt.settings import Setup
from overt.wrappers import outcomes, studio
from overt.wrappers.generator import Generated, Work, brought
from overt.wrappers.studio import Studio

_TEXTS: Final = ("generated_text", "summary_text", "translation_text", "answer", "text")
_CALLBACK: Final = "callback_on_step_end"
_SECONDS: Final = 1.0
"""Between two questions whether the decision still permits it."""
_RATES: Final = ("sampling_rate", "sample_rate")


class Wrapped:
    """A pipeline that is gated. Everything but the call is the pipeline's own."""

    def __init__(self, pipeline: Any, ask: Ask, *, rate: int | None, setup: Setup | None) -> None:
        self._pipeline = pipeline
        self._ask = ask
        self._rate = rate or _rate(pipeline)
        self._setup = setup

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Generated[Any]:
        """Runs the pipeline, where the gate allows it."""
        house = studio.studio(self._setup)
        words, files = brought([*args, *kwargs.values()])
        asked = Ask(
            self._ask.account,
            self._ask.techniques,
            self._ask.purpose,
            self._ask.function,
            self._ask.model,
            studio.materials(words, files),
            outputs=_outputs(self._ask.outputs, args, kwargs),
        )
        decision = house.decide(asked)
        if decision is not None and _CALLBACK in inspect.signature(self._pipeline.__call__).parameters:
            kwargs[_CALLBACK] = _asking(house, decision, kwargs.get(_CALLBACK))
        work = Work(house, self._ask.techniques, decision, self._rate)
        return work.told(_marked(self._pipeline(*args, **kwargs), work))


def wrap(
    pipeline: Callable[..., Any],
    *,
    technique: str | Sequence[str],
    purpose: str = "",
    account: str = "",
    model: str = "",
    rate: int | None = None,
    outputs: int = 1,
    setup: Setup | None = None,
) -> Wrapped:
    """A pipeline whose calls are gated and whose outputs are marked; `outputs` is how many one prompt gives at most."""
    techniques = (technique,) if isinstance(technique, str) else tuple(technique)
    function = f"{type(pipeline).__module__}.{type(pipeline).__qualname__}"
    named = model or str(getattr(getattr(pipeline, "config", None), "_name_or_path", "") or "")
    return Wrapped(
        pipeline, Ask(account, techniques, purpose, function, named, outputs=outputs), rate=rate, setup=setup
    )


def _marked(value: Any, work: Work) -> Any:
    """What a pipeline gives, with marks in it."""
    for name in ("images", "audios"):
        if (found := getattr(value, name, None)) is not None:
            setattr(value, name, _each(found, work))  # Of a diffusers output, this sets its item, too.
            return value
    if isinstance(value, dict):
        return _marked_dictionary(value, work)
    if isinstance(value, list):
        return [_marked(each, work) for each in value]
    if getattr(value, "frames", None) is not None:
        raise UnsupportedError(
            "frames of a film are no file yet",
            "视频帧尚未成为文件",
            hint=Text(
                zh="在自己的函数中写成视频文件并返回其路径，用 overt.generator 装饰该函数。",
                en="Write the film to a file in a function of your own that gives its path, and decorate that.",
            ),
        )
    return work.marked(value)


def _marked_dictionary(value: dict[str, Any], work: Work) -> dict[str, Any]:
    if "audio" in value and "sampling_rate" in value:
        work.rate = int(value["sampling_rate"])
        sound = value["audio"]
        return value | {"audio": work.marked(sound)}
    for name in _TEXTS:
        text = value.get(name)
        if isinstance(text, str):
            return value | {name: work.text(text)}
        if isinstance(text, list) and text and isinstance(text[-1], dict) and isinstance(text[-1].get("content"), str):
            last = text[-1] | {"content": work.text(text[-1]["content"])}
            return value | {name: [*text[:-1], last]}
    raise UnsupportedError(
        f"nothing to mark is known in {sorted(value)}", f"在 {sorted(value)} 中没有可标识的内容"
    )  # fmt: skip


def _each(found: Any, work: Work) -> Any:
    if isinstance(found, (list, tuple)):
        return [work.marked(each) for each in found]
    if outcomes.is_picture(found):
        return work.marked(found)
    import numpy as np  # noqa: PLC0415

    return np.stack([work.marked(each) for each in found])


def _asking(house: Studio, decision: Decision, theirs: Any) -> Callable[..., Any]:
    """A callback between steps that asks the gate now and then, and then does what the caller's own does."""
    last = time.monotonic()

    def ask(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        nonlocal last
        if time.monotonic() - last >= _SECONDS:
            house.permitted(decision)
            last = time.monotonic()
        told: dict[str, Any] = theirs(pipeline, step, timestep, tensors) if theirs else tensors
        return told

    return ask


def _outputs(one: int, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """How many contents a call gives at most: as many as a prompt does, for each prompt."""
    prompts = next((each for each in (*args, kwargs.get("prompt"), kwargs.get("text_inputs")) if each is not None), "")
    chat = isinstance(prompts, list) and prompts and isinstance(prompts[0], dict)
    times = len(prompts) if isinstance(prompts, (list, tuple)) and not chat else 1
    names = ("num_images_per_prompt", "num_waveforms_per_prompt", "num_return_sequences")
    each = next((kwargs[name] for name in names if isinstance(kwargs.get(name), int)), one)
    return max(1, times * max(one, each))


def _rate(pipeline: Any) -> int | None:
    """The samples a second that a pipeline's own settings name."""
    for holder in (pipeline, *(getattr(pipeline, name, None) for name in ("vocoder", "feature_extractor", "vae"))):
        for settings in (holder, getattr(holder, "config", None)):
            for name in _RATES:
                if isinstance(value := getattr(settings, name, None), int):
                    return value
    return None
