from overt.formats import Fault, Survey, named
from overt.language import Text
from overt.marks.metadata.reading import readings


def test_what_could_not_be_read_is_told_in_either_language_alone():
    faults = (
        Fault("PNG", Text(zh="文件在 IEND 块之前中断", en="the file ends before its IEND chunk")),
        Fault("EXIF", Text(zh="EXIF 数据不完整", en="the EXIF data are cut off")),
    )
    (reading,) = readings(Survey(faults=faults), named("png"))
    assert reading.state == "unreadable"
    assert reading.reason == Text(
        zh="元数据未能完整读取（PNG：文件在 IEND 块之前中断；EXIF：EXIF 数据不完整）",
        en="the metadata could not be read to its end "
        "(PNG: the file ends before its IEND chunk; EXIF: the EXIF data are cut off)",
    )
