"""What a person reads before they answer, in words that need no law and no technology. The words stand here alone.

Source: PIPL art. 14 (informed, voluntary, explicit), 17 (who, what for, how, how long, rights), 23, 28–30 (separate
consent, necessity, effects); Deep Synthesis Provisions art. 14(2). The text that was shown is kept under the person's
key, and its SHA-256 stands in the signed consent: proof of what the person was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from overt.gate.consent.model import Scope, Told
from overt.gate.model import Likeness
from overt.language import Language, Text
from overt.rulebook.model import Rulebook

VERSION: Final = "1"
"""Of the words below. It is part of the text, and so of its hash."""

LIKENESS: Final[dict[Likeness, Text]] = {
    "face": Text(zh="您的脸", en="your face"),
    "voice": Text(zh="您的声音", en="your voice"),
    "body": Text(zh="您的身体和动作", en="your body and how you move"),
    "name": Text(zh="您的姓名", en="your name"),
}
_TECHNIQUES: Final = {
    "face_replacement": Text(zh="换脸：把您的脸放到别的画面里", en="Put your face into other pictures or films"),
    "face_manipulation": Text(
        zh="改变您的表情或口型，让您看起来在说或做没有说过、做过的事",
        en="Change your expression or your lips, so that you seem to say or do what you did not",
    ),
    "person_attribute_editing": Text(
        zh="改变您的样子，例如年龄、发型、妆容", en="Change how you look, such as your age or your hair"
    ),
    "pose_manipulation": Text(zh="改变您的姿势和动作", en="Change how you stand and move"),
    "face_generation": Text(zh="生成像您的新面孔画面", en="Make new pictures of a face like yours"),
    "voice_conversion": Text(zh="用您的声音说别人说的话", en="Make your voice say what somebody else said"),
    "voice_editing": Text(zh="改变您的声音，例如语气、语速、用词", en="Change how your voice sounds, or what it says"),
    "text_to_speech": Text(zh="让电脑用您的声音读文字", en="Let a computer read texts in your voice"),
    "image_generation": Text(zh="生成有您形象的新图片", en="Make new pictures that show you"),
    "video_generation": Text(zh="生成有您形象的新视频", en="Make new films that show you"),
    "video_editing": Text(zh="修改有您的视频", en="Change films that show you"),
    "three_d_reconstruction": Text(zh="为您建立三维模型", en="Build a three-dimensional model of you"),
    "digital_simulation": Text(zh="制作像您的数字人", en="Build a digital figure like you"),
    "passage_generation": Text(zh="用您的名义写文字", en="Write texts in your name"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a scope's names mean to the person who reads them."""

    likeness: dict[Likeness, Text]
    techniques: dict[str, Text]
    purposes: dict[str, Text]


def words(scope: Scope, rulebook: Rulebook, purposes: Mapping[str, Text]) -> Words:
    """The words of a scope; `purposes` are those of the set-up's policy."""
    return Words(
        {each: LIKENESS[each] for each in scope.likeness},
        {each: technique(each, rulebook) for each in scope.techniques},
        {each: purposes.get(each) or Text(zh=each, en=each) for each in scope.purposes},
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One question that people have, and the answer."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What is shown, in one language."""

    language: Language
    title: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All of it, as it is hashed and kept."""
        lines = [f"overt notice {VERSION} {self.language}", self.title]
        for part in self.parts:
            lines += ["", part.question, *part.answers]
        return "\n".join(lines) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8."""
        return sha256(self.text.encode()).hexdigest()


def technique(name: str, rulebook: Rulebook) -> Text:
    """What a technique does to somebody, in plain words; the law's own word where there are none."""
    return _TECHNIQUES.get(name) or rulebook.techniques.get(name) or Text(zh=name, en=name)


def notice(
    scope: Scope, told: Told, words: Words, *, controller: str, reach: str, until: datetime, language: Language
) -> Notice:
    """The notice of a request. `reach` is how the controller is reached, `until` the last day for an answer."""
    texts = _parts(scope, told, words, controller, reach, until)
    title = Text(
        zh="有人想用人工智能制作与您有关的内容，请您决定",
        en="Somebody wants to use you in something made by AI. It is for you to decide",
    )
    return Notice(
        language,
        title.in_(language),
        tuple(
            Part(question.in_(language), tuple(each.in_(language) for each in answers)) for question, answers in texts
        ),
    )


def _parts(
    scope: Scope, told: Told, words: Words, controller: str, reach: str, until: datetime
) -> Iterator[tuple[Text, list[Text]]]:
    likeness = [LIKENESS[each] for each in scope.likeness]
    yield (
        Text(zh="谁在询问您？", en="Who is asking?"),
        [
            _same(told.asker),
            Text(
                zh=f"制作和保管由 {controller} 负责。联系方式：{reach}",
                en=f"{controller} makes it and answers for it. You can reach them at: {reach}",
            ),
        ],
    )
    yield Text(zh="要制作什么？", en="What will be made?"), [_same(told.made)]
    yield (
        Text(zh="会用到您的什么？", en="What of you will be used?"),
        [
            Text(
                zh=f"{'、'.join(each.zh for each in likeness)}。",
                en=f"{', '.join(each.en for each in likeness).capitalize()}.",
            ),
            *_necessity(scope),
        ],
    )
    yield Text(zh="会怎样制作？", en="How will it be made?"), list(words.techniques.values())
    yield Text(zh="用来做什么？", en="What for?"), list(words.purposes.values())
    yield (
        Text(zh="多久、多少次？", en="For how long, and how often?"),
        [
            Text(
                zh=f"从您同意之日起 {scope.days} 天，最多制作 {scope.uses} 份。之后须重新询问您。",
                en=f"For {scope.days} days from when you agree, and at most {_count(scope.uses)}. "
                "After that you must be asked again.",
            )
        ],
    )
    yield Text(zh="会在哪里出现？", en="Where may it be shown?"), [_same(told.shown)]
    yield from _rights(until)


def _necessity(scope: Scope) -> list[Text]:
    if set(scope.likeness) == {"name"}:
        return []
    return [
        Text(
            zh="没有它就做不出来。脸和声音能认出您是谁，所以法律要求单独征得您的同意。",
            en="It cannot be made without that. A face or a voice shows who you are: that is why the law wants "
            "you to be "
            "asked separately.",
        ),
        Text(
            zh="请您现在录一小段，只为确认是您本人在答复。它会加密保存，不会用来制作内容。",
            en="You are asked for a short recording, only to make sure that it is you who answers. It is kept "
            "encrypted "
            "and is not used to make anything.",
        ),
    ]


def _rights(until: datetime) -> Iterator[tuple[Text, list[Text]]]:
    yield (
        Text(zh="有什么无法挽回？", en="What cannot be undone?"),
        [
            Text(
                zh="做好的内容会标明由人工智能生成。但一旦公开，别人可能保存或转发，我们无法保证全部收回。",
                en="What is made will say that AI made it. Once it is public, others may copy it and pass it on: "
                "nobody "
                "can promise to get every copy back.",
            )
        ],
    )
    yield (
        Text(zh="可以反悔吗？", en="Can I change my mind?"),
        [
            Text(
                zh="可以，随时可以，不需要理由。打开同一个链接，按一下“撤回”即可。之后立即停止制作；"
                "已经做好的会列入公开的撤回名单，我们会要求收到它的人停止使用。",
                en="Yes, at any time and without a reason. Open this same link and press “Withdraw” once. Nothing "
                "more is "
                "made from then on; what was made is put on a public recall list, and those who received it are "
                "asked to "
                "stop using it.",
            ),
            Text(
                zh="您也可以要求查看、复制、更正或删除关于您的信息。",
                en="You can also ask to see, copy, correct or delete what is kept about you.",
            ),
        ],
    )
    yield (
        Text(zh="不同意会怎样？", en="What if I say no?"),
        [
            Text(
                zh="不会有任何不利。您不需要说明理由，也不会被反复询问。"
                f"如果 {until:%Y-%m-%d} 前没有答复，就当作没有同意。",
                en="Nothing bad happens to you. You need no reason, and nobody will ask you again and again. "
                f"No answer by {until:%Y-%m-%d} counts as no.",
            )
        ],
    )


def _count(uses: int) -> str:
    return "one content" if uses == 1 else f"{uses} contents"


def _same(words: str) -> Text:
    """The operator's own words, which stand as they are in both languages."""
    return Text(zh=words, en=words)
