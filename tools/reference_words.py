"""The words of the reference pages for things of the code that have none of their own.

`tools/reference.py` writes them into the pages; `tests/docs/test_reference.py` fails where a thing has no words.
"""

from __future__ import annotations

from overt.language import Text

LABELS = {
    "image": Text(
        zh="边或角上的一行文字，烧录在画面中", en="a line of text at an edge or corner, burnt into the picture"
    ),
    "jpeg": Text(
        zh="边或角上的一行文字；其余编码块保持不变（渐进式等少数编码除外）",
        en="a line of text at an edge or corner; other blocks stay as they are, but in progressive files",
    ),
    "jxl": Text(
        zh="边或角上的一行文字；图片改为无损编码",
        en="a line of text at an edge or corner; the picture becomes lossless",
    ),
    "gif": Text(
        zh="每一帧边或角上的一行文字；不涉及标识的帧保持不变",
        en="a line of text at an edge or corner of every frame; frames that leave it alone stay as they are",
    ),
    "tiff": Text(
        zh="每页边或角上的一行文字；其余条带保持不变；相机原始图片除外",
        en="a line of text at an edge or corner of every page; other strips stay as they are; not on raw pictures",
    ),
    "svg": Text(
        zh="置于最上层的文字牌，字形为路径，并附可读文字",
        en="a plate on top of the drawing, its glyphs as paths, with the words as text beside them",
    ),
    "svgz": Text(zh="只读取，不写入：请先解压", en="read, not written: unpack it first"),
    "heif": Text(
        zh="边或角上的一行文字，限 HEVC 编码", en="a line of text at an edge or corner, where the coding is HEVC"
    ),
    "audio": Text(
        zh="语音或节奏标识：开头、结尾或每轮对话开头",
        en="a spoken or rhythm label at the start, at the end, or at each turn of a dialogue",
    ),
    "aac": Text(
        zh="同其他声音；建议封装为 M4A：简单的播放器不识别流前的 ID3 标签",
        en="as for other sounds; wrapping as M4A is preferable: simple players know no ID3 tag before the stream",
    ),
    "video": Text(zh="起始画面上的文字，至少 2 秒", en="text on the starting picture, for at least 2 s"),
    "text": Text(
        zh="一行文字，在开头、结尾或两处；或上标 AI", en="a line at the start, the end or both; or the superscript AI"
    ),
    "document": Text(
        zh="PDF、幻灯片、工作表、书页：每页都有；文字文档：开头、结尾或两处",
        en="on every page, slide, sheet and chapter; in text documents at the start, the end or both",
    ),
    "xlsx": Text(
        zh="每张工作表上的文本框和页眉；不改动单元格",
        en="a text box on every sheet, and its header; no cell is changed",
    ),
    "ods": Text(zh="每张工作表上的文本框；不改动单元格", en="a text box on every sheet; no cell is changed"),
    **dict.fromkeys(
        ("pptx", "odp"),
        Text(
            zh="每张幻灯片上的文本框，首张字高不低于最短边 5%",
            en="a text box on every slide, on the first one in a picture's size",
        ),
    ),
    "epub": Text(zh="每个章节文件开头的横幅", en="a banner at the start of every chapter"),
    "pdf": Text(zh="每页一行文字", en="a line on every page"),
    "scene": Text(zh="起始画面中的文字牌（glTF、GLB）", en="a plate with text in the picture that opens (glTF, GLB)"),
    **dict.fromkeys(("usda", "usdc", "usdz"), Text(zh="无", en="none")),
    **dict.fromkeys(
        ("docx", "odt"),
        Text(zh="首行、末行或两处的文字；或上标 AI", en="a line at the start, the end or both; or the superscript AI"),
    ),
}
TITLES = {
    "jpeg": "JPEG", "png": "PNG", "webp": "WebP", "gif": "GIF", "tiff": "TIFF", "svg": "SVG", "svgz": "SVG",
    "heic": "HEIC", "heif": "HEIF", "avif": "AVIF", "jxl": "JPEG XL",
    "wav": "WAV", "aiff": "AIFF", "mp3": "MP3", "flac": "FLAC", "ogg": "Ogg", "opus": "Opus", "aac": "AAC",
    "m4a": "M4A",
    "mp4": "MP4 (MOV, M4V)", "mkv": "Matroska", "webm": "WebM", "flv": "FLV", "avi": "AVI",
    "text": "TXT", "markdown": "Markdown", "html": "HTML",
    "pdf": "PDF", "docx": "DOCX", "xlsx": "XLSX", "pptx": "PPTX", "odt": "ODT", "ods": "ODS", "odp": "ODP",
    "epub": "EPUB", "glb": "GLB", "gltf": "glTF", "usda": "USD", "usdc": "USD", "usdz": "USD",
}  # fmt: skip
"""Names of the formats as people write them."""
_FILM_NOTE = Text(
    zh="默认样式只重新编码起始画面（至下一个独立画面），其余逐字节不变；编码或封装特殊的影片会说明原因和转换命令",
    en="in the standard style only the start is encoded anew, up to the next picture that stands by itself; "
    "a film in an unusual coding is refused, with the command that converts it",
)
_SIGNED_NOTE = Text(
    zh="带数字签名或加密的文件拒绝写入：请在签名、加密之前标识",
    en="signed and encrypted files are refused: mark before signing",
)
NOTES = {
    "jpeg": Text(
        zh="只有标识下的编码块改变（需扩展 pictures）；渐进式文件会整体重新编码；不标识文件内的缩略图和附带图片",
        en="only the blocks under the label change (extra pictures), but progressive files are encoded again; "
        "thumbnails and further pictures inside the file have no label",
    ),
    "png": Text(
        zh="隔行或动态的 16 位 PNG 拒绝添加显式标识：请存为非隔行的静图",
        en="interlaced or animated PNG of 16 bits gets no label: save it as a still one without interlacing",
    ),
    "webp": Text(zh="简单形式的 WebP 会加上所需的文件头", en="a simple file is given the header that metadata needs"),
    "gif": Text(
        zh="帧与帧互相抹除、标识无法跟随的 GIF 会被拒绝：可存为 WebP 或 MP4",
        en="a GIF whose pictures take each other away is refused where no label can follow: save it as WebP or MP4",
    ),
    "tiff": Text(
        zh="相机原始图片（DNG）只带元数据标识；超过 4 GB 时请先转为 BigTIFF",
        en="camera raw (DNG) gets the metadata mark only; beyond 4 GB convert to BigTIFF first",
    ),
    "svg": Text(
        zh="未写明尺寸或自身隐藏的图形会被拒绝，并说明如何修改",
        en="a drawing that tells no size or hides itself is refused, with what to change",
    ),
    "svgz": Text(
        zh="只读取，不写入：先用 gunzip -S .svgz 解压，再标识",
        en="read, never written: unpack it first (gunzip -S .svgz), mark that",
    ),
    "heic": Text(
        zh="显式标识需扩展 media；带裁剪、奇数边长或影片的 HEIC 会被拒绝：可转为 JPEG 或 PNG",
        en="the label needs the extra media; pictures that are cropped for display, of odd sizes or with a film beside "
        "them are refused: convert to JPEG or PNG",
    ),
    "heif": Text(
        zh="没有主图的图像序列会被拒绝：请转为 MP4",
        en="an image sequence without a primary picture is refused: convert it to MP4",
    ),
    "avif": Text(
        zh="超过 8 位、带增益图或裁剪的图片拒绝添加显式标识：可转为 PNG",
        en="more than 8 bits, gain maps and crops get no label: convert to PNG",
    ),
    "jxl": Text(
        zh="显式标识需扩展 pictures，结果为无损，文件会变大；动图拒绝添加显式标识",
        en="the label needs the extra pictures and makes the picture lossless: the file grows; animations get none",
    ),
    "wav": Text(
        zh="原有采样逐字节不变；超过 4 GB 时请先转为 RF64；不认识的编码请转为 PCM 或 FLAC",
        en="samples stay byte for byte; beyond 4 GB convert to RF64 first; unknown codings to PCM or FLAC",
    ),
    "aiff": Text(
        zh="原有采样逐字节不变；超过 4 GB 或压缩编码的 AIFC 请转为 WAV",
        en="samples stay byte for byte; beyond 4 GB, or with compressed AIFC, convert to WAV",
    ),
    "mp3": Text(
        zh="原有音频帧逐字节不变；自由码率的 MP3 会被拒绝",
        en="frames stay byte for byte; free-format MP3 is refused",
    ),
    "flac": Text(
        zh="采样逐位不变，帧重新无损编码；查找表会去掉",
        en="samples stay bit for bit, frames are coded anew without loss; the seek table goes",
    ),
    "ogg": Text(
        zh="原有数据包逐字节不变；多个流并列或相接的文件请先拆分",
        en="packets stay byte for byte; files with several streams are refused: one stream each",
    ),
    "aac": Text(
        zh="建议先封装为 M4A（ffmpeg -i IN.aac -c copy OUT.m4a）：简单的播放器不识别流前的标签；非 LC 请先转换",
        en="better wrapped as M4A first (ffmpeg -i IN.aac -c copy OUT.m4a): simple players know no tag before the "
        "stream; other than LC is refused",
    ),
    "m4a": Text(
        zh="原有音频包逐字节不变；章节随声音移动",
        en="packets stay byte for byte; chapters move with the sound",
    ),
    "mp4": _FILM_NOTE,
    "mkv": Text(
        zh="同 MP4；含多个段的文件请先重新封装（ffmpeg -map 0 -c copy）",
        en="as MP4; a file of several segments is refused: remux it first (ffmpeg -map 0 -c copy)",
    ),
    "webm": Text(
        zh="同 MP4；标签通常写入文件头的空位，影片不移动", en="as MP4; tags take up the empty space at the head"
    ),
    "flv": Text(zh="同 MP4；索引随影片移动", en="as MP4; the index follows when the film moves"),
    "avi": Text(zh="同 MP4；索引随影片移动", en="as MP4; the indexes follow when the film moves"),
    "text": Text(
        zh="标识写在旁边的 NAME.aigc.json 中，含文本的哈希：两个文件一并发送；JSON、XML 和以 #! 开头的脚本不加首行",
        en="the mark lies beside the file in NAME.aigc.json with the text's hash: send both; JSON, XML and scripts "
        "that begin with #! get no line",
    ),
    "markdown": Text(
        zh="TOML 文件头（+++）只读取：请改为 YAML（---）",
        en="TOML front matter (+++) is read, not written: change it to YAML (---)",
    ),
    "html": Text(
        zh="横幅自带样式；框架集（frameset）请标识其中各页",
        en="the banner brings its own style; of a frameset, mark the pages inside",
    ),
    "pdf": Text(
        zh="整个文件由 qpdf 重写，各数据流逐字节不变；带签名或加密的 PDF 拒绝写入；最多 5,000 页",
        en="written whole by qpdf, each stream as it was; signed and encrypted files are refused; at most 5,000 pages",
    ),
    "docx": _SIGNED_NOTE,
    "xlsx": Text(
        zh="二进制工作簿（XLSB）只带元数据标识：请另存为 XLSX；带签名的文件拒绝写入",
        en="binary workbooks (XLSB) get the metadata mark only: save as XLSX; signed files are refused",
    ),
    "epub": Text(
        zh="带 DRM 或签名的书拒绝写入；多个版本中标识第一个",
        en="books with DRM or a signature are refused; of several renditions the first is marked",
    ),
    "glb": Text(
        zh="glTF 1.0 会被拒绝：请另存为 2.0；标识后超过 4 GB 请存为 glTF",
        en="glTF 1.0 is refused: save as 2.0; where it would pass 4 GB, save as glTF",
    ),
    **dict.fromkeys(
        ("usda", "usdc", "usdz"),
        Text(
            zh="无显式标识：请用 --only metadata，转换为 GLB，"
            "或在[网页查看框架](../how-to/label-what-is-shown.md)中展示",
            en="no label: use --only metadata; convert to GLB, or show it in the "
            "[viewer frame](../how-to/label-what-is-shown.md)",
        ),
    ),
}
"""What is refused in a format, with the way out, and what is worth knowing."""
MODALITIES = {
    "image": Text(zh="图片", en="picture"),
    "audio": Text(zh="声音", en="sound"),
    "video": Text(zh="视频", en="film"),
    "text": Text(zh="文本", en="text"),
    "document": Text(zh="文档", en="document"),
    "scene": Text(zh="虚拟场景", en="virtual scene"),
}
READERS = {
    **dict.fromkeys(
        ("jpeg", "png", "webp", "gif", "tiff", "svg", "heic", "heif", "avif", "jxl"), "exiftool -XMP-TC260:Aigc FILE"
    ),
    "svgz": "zcat FILE",
    "wav": "exiftool -u -U -b -Unknown_AIGC FILE",
    "mp3": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "flac": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "ogg": "ffprobe -v error -show_entries stream_tags=AIGC FILE",
    "opus": "ffprobe -v error -show_entries stream_tags=AIGC FILE",
    "m4a": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "aac": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "aiff": "grep -a -o '{\"Label[^}]*}' FILE",
    "mp4": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "mkv": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "webm": "exiftool -Aigc FILE",
    "flv": "exiftool -AIGC FILE",
    "avi": "ffprobe -v error -show_entries format_tags=AIGC FILE",
    "pdf": "pdfinfo -custom FILE",
    **dict.fromkeys(("docx", "xlsx", "pptx"), "exiftool -XML:AIGC FILE"),
    **dict.fromkeys(("odt", "ods", "odp"), "exiftool -a -XMP-meta:User-defined FILE"),
    "epub": "exiftool -a -XML:Meta FILE",
    "glb": "grep -a -o '\"AIGC[^}]*}' FILE",
    "gltf": "grep -o '\"AIGC[^}]*}' FILE",
    "usda": "grep AIGC FILE",
    **dict.fromkeys(
        ("usdc", "usdz"), "python -c 'from pxr import Sdf; print(Sdf.Layer.FindOrOpen(\"FILE\").customLayerData)'"
    ),
    "html": "exiftool -AIGC FILE",
    "markdown": "head FILE",
    "text": "cat FILE.aigc.json",
}
STYLES = {
    "standard": Text(
        zh="规则手册的文字；视频标在起始画面；声音前加语音标识",
        en="the rulebook's wording; the starting picture of a film; a spoken label before a sound",
    ),
    "bilingual": Text(zh="同 standard，中文之外再加英文", en="as standard, with English beside the Chinese"),
    "rhythm": Text(
        zh="同 standard，但声音用摩尔斯节奏代替语音", en="as standard, with the Morse rhythm instead of a voice"
    ),
    "closing": Text(zh="同 standard，但标识在内容之后", en="as standard, with the label behind the content"),
    "superscript": Text(
        zh="同 standard，但文本以角标 AI 代替一行文字",
        en="as standard, with the corner mark AI in texts instead of a line",
    ),
    "turns": Text(
        zh="用于对话：停顿一秒后的每轮开头都有语音标识",
        en="for dialogues: a spoken label before each turn, after a pause of a second",
    ),
    "corner": Text(
        zh="同 standard，起始画面之后在角上保留较小的标识，直至影片结束",
        en="as standard, and after the starting picture a smaller label in a corner to the end of the film",
    ),
    "whole-film": Text(zh="同 standard，但整部视频都带标识", en="as standard, with the label on the whole film"),
}
SETTINGS = {
    "producer": Text(
        zh="服务提供者：27 位编码，或 ASCII 名称；写入每个元数据标识",
        en="who provides the service: a 27-character code or an ASCII name; stands in every metadata label",
    ),
    "rulebook": Text(zh="适用的规则手册", en="the law that applies: the id of a rulebook"),
    "overrides": Text(
        zh="自行设定的数值（TOML 文件）；每份报告都会显示与规则手册的差异",
        en="TOML file of numbers that you set other than the rulebook; every report shows them",
    ),
    "store.url": Text(
        zh="数据库地址（`postgresql+psycopg://…`）；留空则用 `data` 中的文件",
        en="address of a database (`postgresql+psycopg://…`); a file in `data` where empty",
    ),
    "store.objects": Text(
        zh="对象的存放处：`s3://bucket/prefix` 或目录；留空则为 `data` 中的 `objects`",
        en="where objects lie: `s3://bucket/prefix`, or a folder; `objects` in `data` where empty",
    ),
    "ledger.key": Text(
        zh="签署检查点、决定和证据包的 Ed25519 私钥（PEM 文件）",
        en="PEM file of the Ed25519 key that signs checkpoints, decisions and bundles",
    ),
    "ledger.origin": Text(
        zh="账本名称，全球唯一（`example.com/overt`）；留空则由提供者名称得出",
        en="name of the log, unique in the world (`example.com/overt`); from the producer where empty",
    ),
    "ledger.former": Text(
        zh="以前的签名密钥（PEM 文件，公钥即可）；证据包会列出，使早先的决定仍可核验",
        en="PEM files of the keys that signed before, public ones suffice; bundles list them",
    ),
    "ledger.interval": Text(
        zh="服务运行时自动签署检查点的间隔（秒）；0 表示不自动签署",
        en="seconds between the checkpoints that a running service signs; 0: none by itself",
    ),
    "ledger.tsa": Text(
        zh="为检查点加盖时间戳的服务地址（RFC 3161）",
        en="address of a time-stamping authority (RFC 3161) for checkpoints",
    ),
    "ledger.witnesses": Text(
        zh="为检查点联署的见证人：每项为 `名称+哈希+公钥 地址`",
        en="witnesses that cosign checkpoints: `name+hash+key address` each",
    ),
    "ledger.sm": Text(
        zh="SM2 私钥（PEM 文件），用于国密（SM2、SM3）的并行账本",
        en="PEM file of an SM2 key for the twin with SM2 and SM3",
    ),
    "gate.words": Text(
        zh="自己的特征库文件，与随附的起始清单一并使用", en="feature libraries of your own, beside the starter list"
    ),
    "gate.engines": Text(zh="外部审核引擎的 TOML 文件", en="TOML files of outside engines that review"),
    "system": Text(
        zh="合成系统的名称和版本；写入登记和内容凭证",
        en="name and version of the synthesising system; stands in the record and in content credentials",
    ),
    "data": Text(zh="登记与账本所在目录", en="folder of the record and the ledger"),
    "keys": Text(zh="密钥与证书所在目录", en="folder of the keys and certificates"),
    "label.style": Text(
        zh="显式标识样式的名称，或自己的样式文件（`mine.toml`）",
        en="name of a label style, or a file of your own (`mine.toml`)",
    ),
    "security.sign": Text(
        zh="ReservedCode1 的内容：`none`、`digest`、`sm2`（需扩展 sm）或 `es256`",
        en="what stands in ReservedCode1: `none`, `digest`, `sm2` (needs the extra sm) or `es256`",
    ),
    "security.key": Text(
        zh="`sm2` 或 `es256` 的私钥文件（PEM）", en="file of the private key for `sm2` or `es256` (PEM)"
    ),
    "security.pinned": Text(
        zh="已知持有者的公钥：文件，或十六进制、Base64 形式",
        en="public keys whose holders are known: files, or keys in hex or Base64",
    ),
    "watermark.key": Text(
        zh="添加水印所用密钥的文件；没有则不添加", en="file of the key that watermarks are put on with; none without"
    ),
    "watermark.former": Text(zh="仍用于读取的旧密钥文件", en="files of older keys, whose watermarks are still read"),
    "watermark.presence": Text(
        zh="谁能看出文件带有水印（不含编号）：`public` 任何人，`own` 仅持有密钥者",
        en="who sees that a file is marked, without its id: `public` anyone, `own` whoever has the key",
    ),
    "credential.certificates": Text(
        zh="内容凭证签名证书链（PEM）", en="certificate chain that signs content credentials (PEM)"
    ),
    "credential.key": Text(zh="其私钥（PEM，无口令）", en="its private key (PEM, without a passphrase)"),
    "credential.command": Text(zh="代为签名的程序", en="a program that signs instead"),
    "credential.tsa": Text(zh="时间戳服务地址（RFC 3161）", en="address of a time-stamping authority (RFC 3161)"),
    "credential.trust": Text(zh="信任的证书机构（PEM）", en="authorities whose credentials are trusted (PEM)"),
    "credential.training": Text(
        zh="对训练与挖掘的表态：`allowed`、`notAllowed` 或 `constrained`",
        en="our word on training and mining: `allowed`, `notAllowed` or `constrained`",
    ),
    "trace.previews": Text(
        zh="是否保存小图、波形和文字开头，用于与副本并排比对；指纹始终保存",
        en="whether small pictures, wave forms and first words are kept to lie beside copies; fingerprints always are",
    ),
    "trace.index": Text(
        zh="查找图片和画面的索引：`bands`（自带）或 `faiss`（需扩展 search）",
        en="what looks pictures and frames up: `bands`, our own, or `faiss` (needs the extra search)",
    ),
    "dissemination.propagator": Text(
        zh="传播服务提供者：27 位编码，或 ASCII 名称；留空则同 producer",
        en="who distributes: a 27-character code or an ASCII name; the producer where it is empty",
    ),
    "dissemination.credential": Text(
        zh="内容凭证无法重新签名时：`update` 更新标识，`keep` 保留凭证",
        en="where a content credential cannot be signed anew: `update` the label, or `keep` the credential",
    ),
    "budget.max_bytes": Text(zh="可打开的最大文件", en="the largest file that is opened"),
    "budget.memory": Text(
        zh="一次处理可额外占用的内存；映射的文件不计",
        en="memory that a call may take beyond the idle worker's; a mapped file does not count",
    ),
    "budget.cpu_s": Text(zh="处理器时间（秒），所有线程合计", en="seconds of processor time, all threads together"),
    "budget.wall_s": Text(zh="经过的时间（秒）", en="seconds by the clock on the wall"),
    "budget.max_pixels": Text(
        zh="一张图片或一帧画面的像素数，按声明的尺寸", en="pixels of one picture or frame, by its declared size"
    ),
    "budget.max_duration_s": Text(
        zh="声音或视频的时长（秒），按声明的长度", en="seconds of sound or film, as declared"
    ),
    "budget.max_written": Text(zh="一次处理可写出的最大文件", en="the largest file that a call may write"),
    "budget.max_answer": Text(zh="经管道返回的答复大小", en="the answer that comes back through the pipe"),
    "consent.controller": Text(
        zh="以谁的名义征求同意；留空即服务提供者", en="in whose name people are asked; the producer where empty"
    ),
    "consent.reach": Text(
        zh="被询问者如何联系到您：地址、电话或邮箱；没有它就不能询问",
        en="how people reach whoever asks: an address, a phone number, an e-mail; nobody is asked without it",
    ),
    "consent.address": Text(
        zh="页面的公开网址（https://consent.example），用于链接和来源检查",
        en="public address of the pages (https://consent.example), for links and the origin check",
    ),
    "consent.liveness": Text(
        zh="核对录制内容的引擎的 TOML 文件；留空则由工作人员核对",
        en="TOML file of an engine that checks recordings; people of staff do where empty",
    ),
    "consent.matchers": Text(
        zh="认得拒绝者面部和声音的引擎的 TOML 文件",
        en="TOML files of engines that know the faces and voices of people who refuse",
    ),
    "gate.on": Text(
        zh="是否没有许可决定就不添加任何标识",
        en="whether nothing is marked without a decision that allows it",
    ),
    "gate.policy": Text(
        zh="自己的用途策略（Cedar 文件）；默认为随附策略",
        en="your own purposes' policy (Cedar); the shipped one if empty",
    ),
    "gate.levels": Text(
        zh="自己的身份级别表（TOML）；默认为随附的表",
        en="your own table of identity levels (TOML); the shipped one if empty",
    ),
    "gate.hours": Text(zh="许可决定的有效小时数", en="how many hours a decision that allows can be used"),
    "gate.label_duty": Text(
        zh="用户确认标识义务的文本：含 `version`、`zh`、`en` 的 TOML 文件",
        en="your wording of the labelling duty that users take on: TOML with `version`, `zh` and `en`",
    ),
    "gate.unseen": Text(
        zh="没有引擎可以审核的内容：`hold` 等待人工，`pass` 放行",
        en="material that no engine can look at: `hold` it for a person, or let it `pass`",
    ),
    "web.address": Text(
        zh="公开网址（https://overt.example），用于链接、Cookie 和同源检查",
        en="public address (https://overt.example), for links, cookies and the check of where forms come from",
    ),
    "web.workers": Text(
        zh="同时处理的文件数；0 表示每个处理器核心一个",
        en="files worked on at the same time; 0: one for each core",
    ),
    "web.four_eyes": Text(
        zh="每份检查授权是否须由第二人确认",
        en="whether a second person confirms each inspector's warrant",
    ),
    "web.uploads": Text(
        zh="同时存放在磁盘上的上传文件总字节数（所有访问者合计）",
        en="bytes of uploads on disk at the same time, of all visitors together",
    ),
    "web.patience": Text(
        zh="上传速度低于每秒 4 KiB 时的宽限秒数",
        en="seconds of grace for an upload that is slower than 4 KiB a second",
    ),
    "web.links": Text(
        zh="访问者是否可以请我们获取公网地址上的文件",
        en="whether visitors may have files fetched from public addresses",
    ),
    "web.reachable": Text(
        zh="公网之外也可获取文件的自有网络",
        en="networks of your own from which files may be fetched, too",
    ),
    "web.proxies": Text(
        zh="位于前面的自有代理层数，其 X-Forwarded-For 可信",
        en="proxies of yours in front, whose X-Forwarded-For is believed",
    ),
    "web.timezone": Text(
        zh="页面上时间所用的时区（如 Asia/Urumqi）；留空时，`cn` 规则手册下为 Asia/Shanghai，其他为 UTC",
        en="zone of the times on pages (Europe/Berlin); where empty, Asia/Shanghai under `cn`, otherwise UTC",
    ),
    "web.oidc.issuer": Text(
        zh="企业身份提供方的地址，从中读取发现文档；留空即不启用",
        en="address of the company's identity provider, from which its discovery document is read; none where empty",
    ),
    "web.oidc.client_id": Text(
        zh="身份提供方给我们的编号",
        en="how the provider calls us",
    ),
    "web.oidc.secret": Text(
        zh="存放客户端密钥的文件；公共客户端不填",
        en="file of the client's secret; none for a public client",
    ),
    "web.oidc.name": Text(
        zh="工作人员熟悉的名称，显示在登录按钮上",
        en="how staff know the provider, for the button",
    ),
    "gateway.upstream": Text(
        zh="生成服务的地址（https://api.openai.com/v1）", en="address of the generator (https://api.openai.com/v1)"
    ),
    "gateway.credential": Text(
        zh="生成服务的 API 密钥所在文件，仅供网关使用", en="file of the generator's API key, for the gateway alone"
    ),
    "gateway.pass_authorization": Text(
        zh="是否将客户端的 `Authorization` 转给生成服务；网关密钥此时置于 `Overt-Key`",
        en="whether a client's `Authorization` goes on to the generator; our key then is in `Overt-Key`",
    ),
    "gateway.adapters": Text(zh="其他接口的适配文件（TOML）", en="TOML files of generators with another interface"),
    "gateway.passed": Text(
        zh="可原样转发的地址（GET；`POST /v1/embeddings` 亦可）",
        en="addresses that pass as they are (GET; `POST /v1/embeddings` names another method)",
    ),
    "gateway.fetched": Text(
        zh="除生成服务自身外，可从中取得产出文件的主机",
        en="hosts beside the generator's own from which its answers' files are fetched",
    ),
    "gateway.public": Text(
        zh="文件链接中的网关地址；留空则用请求所用地址",
        en="address of the gateway in links to marked files; the one that was asked where empty",
    ),
    "gateway.purpose": Text(
        zh="请求和密钥均未声明时的用途", en="purpose of requests that name none, and whose key has none"
    ),
    "gateway.markup": Text(
        zh="聊天文本的格式，决定标识的写法：`markdown` 或 `text`",
        en="what chats write, `markdown` or `text`: decides how their label stands in the text",
    ),
    "gateway.hold_back": Text(
        zh="流式文本末尾等待后文审核的字符数",
        en="characters of a streamed text that wait for the review of what follows",
    ),
    "gateway.most_asked": Text(zh="请求的上限（MiB）", en="largest request, in MiB"),
    "gateway.most_answered": Text(zh="答复的上限（MiB）", en="largest answer, in MiB"),
    "gateway.seconds": Text(zh="生成服务最长静默时间（秒）", en="how long the generator may be silent, in seconds"),
    "gateway.at_once": Text(zh="同时处理的请求数", en="requests at the same time"),
    "gateway.workers": Text(zh="同时标识的内容数", en="contents that are marked at the same time"),
}
RULES = {
    "ai_element": Text(zh="人工智能要素（任一）", en="AI element, any of"),
    "generation_element": Text(zh="生成合成要素（任一）", en="generation element, any of"),
    "wording": Text(zh="图片和视频上的文字", en="wording on pictures and film"),
    "sentence": Text(zh="文本中和语音中的语句", en="sentence in text and speech"),
    "glyph_height_ratio": Text(zh="文字高度占最短边", en="text height, of the shortest side"),
    "reference_glyph": Text(zh="量取高度的字", en="glyph whose ink is measured"),
    "video_seconds": Text(zh="视频起始画面持续（秒）", en="label on the start of a film, seconds"),
    "speech_rate": Text(zh="语速（汉字/分钟）", en="pace of speech, Chinese characters a minute"),
    "rhythm": Text(zh="节奏（摩尔斯 AI）", en="rhythm (Morse for AI)"),
    "rhythm_gaps": Text(zh="间隔与长音（单位）", en="gaps and dash, in units"),
    "rhythm_unit_seconds": Text(zh="一个单位（秒）", en="one unit, seconds"),
    "rhythm_pitch": Text(zh="音高（赫兹）", en="pitch, Hz"),
    "key": Text(zh="字段名", en="name of the field"),
    "namespace": Text(zh="XMP 命名空间", en="XMP namespace"),
    "prefix": Text(zh="XMP 前缀", en="XMP prefix"),
    "label_values": Text(zh="Label 取值的含义", en="what a value of Label means"),
    "forbidden_note": Text(zh="允许的字符", en="characters allowed"),
}
MARKS = {
    "read": Text(zh="已读到引文", en="read in a source"),
    "read2": Text(zh="多处转述一致", en="several second-hand sources"),
    "memory": Text(zh="凭记忆", en="from memory"),
    "ours": Text(zh="自定", en="our choice"),
}
