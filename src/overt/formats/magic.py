"""Formats that a fixed string at a fixed place gives away.

The strings are those of the formats' own specifications; most are also in the IANA media type registry or in
PRONOM. Of two that begin alike the longer one comes first. Formats without such a string (OBJ, raw PCM) are not
here, and those of which it says too little are in `overt.formats.others`.
"""

from __future__ import annotations

from typing import Final

from overt.formats.known import (
    ARCHIVE,
    BOOK,
    DOCUMENT,
    FILM,
    NO_MEDIUM,
    PICTURE,
    PICTURE_WITHOUT_PLACE,
    SCENE,
    SCENE_WITHOUT_PLACE,
    SOUND,
    SOUND_WITHOUT_PLACE,
    KnownFormat,
    known,
)

_OGG: Final = known(
    "ogv", "video/ogg", "Ogg 视频，或未知编码的 Ogg 音频", "an Ogg film, or Ogg sound of an unknown codec", FILM
)
SWF: Final = known("swf", "application/vnd.adobe.flash.movie", "Flash 动画", "a Flash film", FILM)
_MPEG: Final = known("mpeg", "video/mpeg", "MPEG 视频", "an MPEG film", FILM)
_MACHO: Final = known("mach-o", "application/x-mach-binary", "macOS 程序", "a macOS program", NO_MEDIUM)
FONT: Final = known("font", "font/sfnt", "字体", "a font", NO_MEDIUM)
_RAW_PHOTO: Final = known("raw", "image/x-raw", "相机原始图片", "a camera's raw picture", PICTURE)

BY_MAGIC: Final[tuple[tuple[int, bytes, KnownFormat], ...]] = (
    # Pictures
    (0, b"II*\x00\x10\x00\x00\x00CR", _RAW_PHOTO),
    (0, b"FUJIFILMCCD-RAW", _RAW_PHOTO),
    (0, b"IIRO", _RAW_PHOTO),
    (0, b"IIU\x00", _RAW_PHOTO),
    (
        0,
        b"\x00\x00\x00\x0cjP  \r\n\x87\n",
        known("jp2", "image/jp2", "JPEG 2000 图片", "a JPEG 2000 picture", PICTURE),
    ),
    (0, b"\xff\x4f\xff\x51", known("jp2", "image/jp2", "JPEG 2000 图片", "a JPEG 2000 picture", PICTURE)),
    (0, b"8BPS", known("psd", "image/vnd.adobe.photoshop", "Photoshop 图片", "a Photoshop picture", PICTURE)),
    (0, b"v/1\x01", known("exr", "image/x-exr", "OpenEXR 图片", "an OpenEXR picture", PICTURE)),
    (0, b"#?RADIANCE\n", known("hdr", "image/vnd.radiance", "Radiance HDR 图片", "a Radiance HDR picture", PICTURE)),
    (0, b"qoif", known("qoi", "image/qoi", "QOI 图片", "a QOI picture", PICTURE_WITHOUT_PLACE)),
    (0, b"gimp xcf ", known("xcf", "image/x-xcf", "GIMP 图片", "a GIMP picture", PICTURE)),
    (0, b"DDS ", known("dds", "image/vnd-ms.dds", "DirectDraw 图片", "a DirectDraw picture", PICTURE_WITHOUT_PLACE)),
    (128, b"DICM", known("dicom", "application/dicom", "DICOM 医学影像", "a DICOM medical image", PICTURE)),
    # Sound
    (0, b"OggS\x00", _OGG),
    (0, b"#!AMR", known("amr", "audio/amr", "AMR 音频", "an AMR sound", SOUND_WITHOUT_PLACE)),
    (0, b"MThd\x00\x00\x00\x06", known("midi", "audio/midi", "MIDI 音乐", "MIDI music", SOUND)),
    (0, b"MAC ", known("ape", "audio/x-ape", "Monkey's Audio 音频", "a Monkey's Audio sound", SOUND)),
    (0, b"wvpk", known("wavpack", "audio/x-wavpack", "WavPack 音频", "a WavPack sound", SOUND)),
    (0, b"caff\x00\x01", known("caf", "audio/x-caf", "CAF 音频", "a Core Audio sound", SOUND)),
    (0, b"DSD \x1c\x00\x00\x00", known("dsf", "audio/x-dsf", "DSD 音频", "a DSD sound", SOUND)),
    (0, b".snd\x00\x00", known("au", "audio/basic", "AU 音频", "an AU sound", SOUND_WITHOUT_PLACE)),
    (0, b"#!SILK_V3", known("silk", "audio/x-silk", "SILK 语音", "a SILK voice message", SOUND_WITHOUT_PLACE)),
    (0, b"\x02#!SILK_V3", known("silk", "audio/x-silk", "SILK 语音", "a SILK voice message", SOUND_WITHOUT_PLACE)),
    # Films
    (
        0,
        b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel",
        known("asf", "video/x-ms-asf", "WMV/WMA 音视频", "a WMV film or WMA sound", FILM),
    ),
    (
        0,
        b".RMF\x00\x00\x00",
        known("rm", "application/vnd.rn-realmedia", "RealMedia 音视频", "a RealMedia film or sound", FILM),
    ),
    (0, b"\x00\x00\x01\xba", _MPEG),
    (0, b"\x00\x00\x01\xb3", _MPEG),
    # Documents
    (0, b"{\\rtf", known("rtf", "application/rtf", "RTF 文档", "an RTF document", DOCUMENT)),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        known(
            "ole2",
            "application/x-ole-storage",
            "旧版 Office 或 WPS 文档（DOC、XLS、PPT、WPS）",
            "an old Office or WPS document (DOC, XLS, PPT, WPS)",
            DOCUMENT,
        ),
    ),
    (0, b"%!PS", known("ps", "application/postscript", "PostScript 文档", "a PostScript document", BOOK)),
    (0, b"\xc5\xd0\xd3\xc6", known("ps", "application/postscript", "PostScript 图形", "a PostScript drawing", BOOK)),
    (0, b"AT&TFORM", known("djvu", "image/vnd.djvu", "DjVu 文档", "a DjVu document", BOOK)),
    (60, b"BOOKMOBI", known("mobi", "application/x-mobipocket-ebook", "Kindle 电子书", "a Kindle book", BOOK)),
    (
        0,
        b"ITSF\x03\x00\x00\x00",
        known("chm", "application/vnd.ms-htmlhelp", "CHM 帮助文档", "a CHM help file", BOOK),
    ),
    (0, b"CAJ\x00", known("caj", "application/x-caj", "CAJ 文档", "a CAJ document", BOOK)),
    # Scenes
    (0, b"Kaydara FBX Binary  \x00", known("fbx", "model/x-fbx", "FBX 三维场景", "an FBX scene", SCENE)),
    (0, b"BLENDER", known("blend", "application/x-blender", "Blender 三维场景", "a Blender scene", SCENE)),
    (0, b"ply\n", known("ply", "model/x-ply", "PLY 三维模型", "a PLY model", SCENE_WITHOUT_PLACE)),
    (0, b"ply\r\n", known("ply", "model/x-ply", "PLY 三维模型", "a PLY model", SCENE_WITHOUT_PLACE)),
    # Packages
    (0, b"Rar!\x1a\x07", known("rar", "application/vnd.rar", "RAR 压缩包", "a RAR package", ARCHIVE)),
    (0, b"7z\xbc\xaf'\x1c", known("7z", "application/x-7z-compressed", "7z 压缩包", "a 7z package", ARCHIVE)),
    (0, b"\x1f\x8b\x08", known("gzip", "application/gzip", "gzip 压缩文件", "a gzip file", ARCHIVE)),
    (0, b"\xfd7zXZ\x00", known("xz", "application/x-xz", "xz 压缩文件", "an xz file", ARCHIVE)),
    (0, b"(\xb5/\xfd", known("zstd", "application/zstd", "Zstandard 压缩文件", "a Zstandard file", ARCHIVE)),
    (0, b"\x04\x22\x4d\x18", known("lz4", "application/x-lz4", "LZ4 压缩文件", "an LZ4 file", ARCHIVE)),
    (
        0,
        b"MSCF\x00\x00\x00\x00",
        known("cab", "application/vnd.ms-cab-compressed", "CAB 压缩包", "a CAB package", ARCHIVE),
    ),
    (257, b"ustar", known("tar", "application/x-tar", "tar 文件包", "a tar package", ARCHIVE)),
    # No media
    (0, b"\x7fELF", known("elf", "application/x-elf", "Linux 程序", "a Linux program", NO_MEDIUM)),
    (0, b"\xfe\xed\xfa\xce", _MACHO),
    (0, b"\xfe\xed\xfa\xcf", _MACHO),
    (0, b"\xce\xfa\xed\xfe", _MACHO),
    (0, b"\xcf\xfa\xed\xfe", _MACHO),
    (
        0,
        b"\xca\xfe\xba\xbe",
        known("class", "application/java-vm", "Java 或 macOS 程序", "a Java or macOS program", NO_MEDIUM),
    ),
    (
        0,
        b"\x00asm\x01\x00\x00\x00",
        known("wasm", "application/wasm", "WebAssembly 程序", "a WebAssembly program", NO_MEDIUM),
    ),
    (
        0,
        b"SQLite format 3\x00",
        known("sqlite", "application/vnd.sqlite3", "SQLite 数据库", "an SQLite database", NO_MEDIUM),
    ),
    (0, b"OTTO\x00", FONT),
    (0, b"ttcf\x00", FONT),
    (0, b"wOFF", FONT),
    (0, b"wOF2", FONT),
    (0, b"PAR1", known("parquet", "application/vnd.apache.parquet", "Parquet 数据", "Parquet data", NO_MEDIUM)),
)
