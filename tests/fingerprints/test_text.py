import random
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.fingerprints import text, words
from overt.fingerprints.words import read

# Both are of Overt's own documentation.
ZH = (
    "标识须在内容离开生成方之前添加，并在添加后读回；读不回来的文件不予发布。元数据在第一次转存时就可能丢失，"
    "留下的只有画面、声音和文字本身。因此除标识之外，还要为每个已发布的内容保留指纹：图片和视频帧用感知哈希，"
    "声音用频谱峰值，文本用归一化后的片段。指纹相似只说明两份内容相像，并不说明谁抄了谁，更不能单独作为结论；"
    "只有水印编号与指纹相互印证，登记才算确认。读取失败与没有标识是两回事，任何页面都不得把前者显示成后者。"
    "平台收到他人投诉时，可以把被投诉的内容记下来，日后再次上传时便能认出；被投诉者也有申诉的权利。"
    "数据按主体分别加密保存，销毁密钥即可删除一个人的资料，而其余的证明仍然完整。法律规定的期限按工作日计算，"
    "每一步都写明依据的条款。我们从不提供去除标识的功能，测试用的攻击只存在于测试与基准之中。"
)
EN = (
    "A label is put on before the content leaves its maker, and it is read back; a file whose label cannot be read is "
    "not released. Metadata may be lost the first time that somebody saves the file again, and what remains is the "
    "picture, the sound and the words themselves. This is why a fingerprint of every released content is kept beside "
    "its marks: perceptual hashes of pictures and frames, peaks in the spectrum of sound, and passages of texts after "
    "they were brought to one form. A fingerprint that matches says that two contents are alike and never who copied "
    "from whom, so it is no verdict when it stands alone. Only where the number in the watermark and the fingerprint "
    "agree does the register confirm. When a reader fails, that is not the same as finding nothing, and no page may "
    "show the one as the other. Platforms can remember what people complained about, so that another upload of it is "
    "recognised, and whoever was complained about may appeal. Personal data is kept under a key for each person; once "
    "the key is destroyed the person is gone while all proofs remain whole."
)
# Texts that have nothing to do with those: a recipe, a walk.
OTHER_ZH = (
    "先把面粉倒进盆里，加一小撮盐，温水分三次慢慢倒入，边倒边用筷子搅成絮状，再揉成光滑的面团，盖上湿布醒半个小时。"
    "这时候可以洗菜：韭菜择干净切碎，鸡蛋炒散放凉，虾皮用小火焙一焙，拌在一起，最后才放盐，免得出水。"
    "面醒好了搓成长条，切成小剂子，擀皮要中间厚边上薄。包的时候不要贪多，捏紧了下锅，水开点三次凉水，浮起来就熟了。"
)
OTHER_EN = (
    "We left the village shortly after breakfast and followed the river until the path climbed into the woods. It had "
    "rained during the night, and every branch was dripping; my sister counted eleven snails on one gate. Towards noon "
    "the mist lifted from the far side of the valley, and there was the old mill with its wheel still turning, though "
    "nobody had ground corn there for sixty years. We ate our sandwiches on the wall and threw the crusts to the ducks."
)


def shingles_worth(comparison):
    return round(1 / comparison.distance, 3)


def matched(said, kept):
    return shingles_worth(text.compare(text.queries(read(said)), text.fingerprint(read(kept))))


@pytest.mark.parametrize(("whole", "start"), [(ZH, 0), (ZH, 77), (ZH, 200), (EN, 0), (EN, 201), (EN, 640)])
def test_a_copy_of_150_characters_is_found(whole, start):
    part = whole[start : start + 150]
    assert matched(part, whole) >= 4
    # Inside another text, too, and whichever of the two was released.
    assert matched(OTHER_ZH + part + OTHER_EN, whole) >= 4
    assert matched(whole, OTHER_EN + part + OTHER_ZH) >= 4


def test_the_passages_are_shown_side_by_side():
    query, kept = read(OTHER_ZH + "\n" + ZH[60:240]), read("【前言】\n" + ZH)
    comparison = text.compare(text.queries(query), text.fingerprint(kept))
    span = comparison.spans[0]
    one, other = query.passage(*span.query), kept.passage(*span.reference)
    assert one == other
    assert len(one) > 150
    assert one in read(ZH).text
    assert comparison.of_query == query.steps
    assert 0.4 < comparison.share_of_query < 0.7
    assert comparison.share_of_reference < comparison.share_of_query


def test_unrelated_texts_have_nothing_in_common():
    texts = [ZH, EN, OTHER_ZH, OTHER_EN]
    for one in texts:
        for other in texts:
            found = matched(one, other)
            assert found >= 8 if one is other else found <= 1


def test_another_script_variant_layout_and_case_is_the_same_text():
    pairs = {simplified: traditional for traditional, simplified in words.simplified().items()}
    traditional = "".join(pairs.get(each, each) for each in ZH)
    assert traditional != ZH
    assert text.compare(text.queries(read(traditional)), text.fingerprint(read(ZH))).share_of_query > 0.95
    broken = re.sub("(.{17})", "\\1\n  ", EN.upper().replace(" ", "  "))
    assert matched(broken.replace("\n  ", ""), EN) > 20
    assert matched("\u200b".join(ZH), ZH) > 20


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_light_rewording_is_found(share):
    chance = random.Random(7)
    own = EN.split(" ")
    said = " ".join(chance.choice(own) if chance.random() < share else word for word in own)
    assert matched(said, EN) >= 4
    said = re.sub(
        "[\u4e00-\u9fff]{2}", lambda two: chance.choice(OTHER_ZH) * 2 if chance.random() < share else two[0], ZH
    )
    assert matched(said, ZH) >= 4


def test_moved_and_inserted_sentences_are_found():
    for whole, other, end in ((ZH, OTHER_ZH, "。"), (EN, OTHER_EN, ". ")):
        mine, strange = whole.split(end), other.split(end)
        mixed = end.join(each for pair in zip(reversed(mine), strange * 4, strict=False) for each in pair)
        comparison = text.compare(text.queries(read(mixed)), text.fingerprint(read(whole)))
        assert shingles_worth(comparison) >= 4
        assert comparison.share_of_reference > 0.5


def test_a_reworded_whole_text_is_found_by_its_sketch_where_no_passage_stayed():
    said = " ".join("and" if number % 5 == 3 else word for number, word in enumerate(EN.split(" ")))
    comparison = text.compare(text.queries(read(said)), text.fingerprint(read(EN)))
    assert comparison.changed["resemblance"] > 0.2
    assert comparison.distance <= 0.34


def test_what_repeats_is_no_passage():
    table = "0 0 0 0 0 0 0 0 | " * 50
    assert len(text.fingerprint(read(table))) == 0
    assert matched(table, table) == 0.5


def test_short_texts_have_no_values():
    assert len(text.fingerprint(read("你好"))) == 0
    assert len(text.queries(read(""))) == 0
    empty = text.fingerprint(read(""))
    assert text.compare(empty, empty).distance == 2


def test_the_recipe_does_not_change():
    kept = text.fingerprint(read(ZH[:100]))
    assert kept.values.dtype == np.uint64
    assert [f"{value:016x}" for value in kept.values[:2].tolist()] == RECIPE
    assert kept.places[-1] == -text.BANDS


RECIPE = ["405daab242d201ff", "6967b9a360036c3a"]


@given(
    st.lists(st.sampled_from(list("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏")), min_size=60, max_size=120),
    st.integers(0, 30),
)
def test_every_shared_run_of_eleven_steps_has_a_common_term(characters, start):
    whole = "".join(characters)
    kept = set(text.fingerprint(read(whole)).values.tolist())
    run = read(whole[start : start + text.SHINGLE + text.WINDOW - 1])
    asked = text.queries(run)
    if len(asked) == text.WINDOW:  # None of its shingles repeats words too often.
        assert kept & set(asked.values.tolist())


@given(st.text(alphabet="ab 天地玄黄", max_size=120), st.text(alphabet="ab 天地玄黄", max_size=120))
def test_comparing_any_two_texts_gives_shares_and_spans_within_them(one, other):
    query, kept = read(one), read(other)
    comparison = text.compare(text.queries(query), text.fingerprint(kept))
    assert 0 < comparison.distance <= 2
    assert 0 <= comparison.share_of_reference <= 1
    for span in comparison.spans:
        assert 0 <= span.query[0] < span.query[1] <= query.steps + 1
