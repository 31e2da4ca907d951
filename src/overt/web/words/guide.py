"""Words of the guide to a first set-up."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="开始使用 Overt 明示", en="Set up Overt"),
    "lead": Text(
        zh="共四步；之后创建管理员账号，并为第一个文件添加标识。关闭浏览器后，重新打开链接即可继续。",
        en="Four steps; then the administrator's account, and your first marked file. If you close the browser, open "
        "the link again to go on.",
    ),
    "progress": Text(zh="第 {number} 步，共 {count} 步", en="Step {number} of {count}"),
    "provider": Text(zh="服务提供者与适用法律", en="Who provides the service, and which law applies"),
    "keys": Text(zh="密钥与证书", en="Keys and certificate"),
    "generator": Text(zh="网关之后的生成服务", en="The generator behind the gateway"),
    "gate": Text(zh="闸口", en="The gate"),
    "go_on": Text(zh="继续", en="Continue"),
    "step_back": Text(zh="上一步", en="Back"),
    # Provider
    "producer": Text(zh="服务提供者", en="Provider"),
    "producer_hint": Text(
        zh="写入每个标识。27 位服务提供者编码；没有编码时，可用英文名称（字母、数字、连字符）。",
        en="It stands in every label: the 27-character provider code; without one, a name in ASCII (letters, digits, "
        "hyphens).",
    ),
    "code_title": Text(zh="什么是 27 位编码？", en="What is the 27-character code?"),
    "code_told": Text(
        zh="前 4 位 0011，接着 18 位统一社会信用代码，1 位服务类型（1 生成，2 传播），"
        "4 位模型或应用编号。校验码会自动核对。",
        en="0011, then the 18 characters of the unified social credit code, 1 for the service (1 generates, 2 "
        "distributes), 4 for the model or app. The check character is verified.",
    ),
    "contact": Text(zh="公众如何联系您（选填）", en="How the public reaches you (optional)"),
    "contact_hint": Text(
        zh="显示在征求同意和举报的页面，如 privacy@example.com",
        en="Shown on the pages of consent and reports, such as privacy@example.com",
    ),
    "rulebook": Text(zh="适用的法律", en="The law that applies"),
    # Keys
    "keys_lead": Text(
        zh="内容凭证（C2PA）需要证书签名。水印、账本和保险库的密钥随后自动生成，请备份。",
        en="Content credentials (C2PA) are signed with a certificate. The keys of watermark, ledger and vault are made "
        "for you: back them up.",
    ),
    "keys_test": Text(
        zh="先用测试证书：可立即试用，但任何人都不应信任它，正式使用前须更换",
        en="A test certificate: works at once, but nobody should trust it; replace it before real use",
    ),
    "keys_own": Text(
        zh="使用自己的证书链和私钥（PEM，私钥无口令）", en="My own chain and private key (PEM, no passphrase)"
    ),
    "chain": Text(zh="证书链", en="Certificate chain"),
    "key": Text(zh="私钥", en="Private key"),
    "own_held": Text(zh="已收到匹配的证书和私钥。", en="A certificate and key that fit are here."),
    # Generator
    "generator_lead": Text(
        zh="网关代替应用调用生成服务：请求先经闸口，产出自动添加标识。也可以先跳过，直接上传文件。",
        en="The gateway calls the generator for your applications: requests are gated and outputs marked. Leave it for "
        "later if you like, and upload files.",
    ),
    "upstream": Text(zh="生成服务的地址", en="The generator's address"),
    "upstream_hint": Text(
        zh="兼容 OpenAI HTTP 接口，如 https://api.openai.com/v1",
        en="Anything that speaks the OpenAI HTTP API, such as https://api.openai.com/v1",
    ),
    "credential": Text(zh="它的接口密钥（选填）", en="Its API key (optional)"),
    "credential_hint": Text(
        zh="只存入 keys 目录中仅本机账户可读的文件，不再显示",
        en="Kept in a file that your account alone can read; not shown again",
    ),
    "credential_held": Text(zh="已填写；留空即沿用", en="It is here; leave empty to keep it"),
    "try": Text(zh="试一次", en="Try it"),
    "later": Text(zh="以后再说", en="Later"),
    # Gate
    "gate_lead": Text(
        zh="闸口在合成前决定是否允许：谁在请求、请求什么、用途是什么、本人是否同意。",
        en="The gate decides before anything is synthesised: who asks, for what, why, and whether the person consents.",
    ),
    "gate_off": Text(
        zh="暂不开启：先熟悉操作，文件可直接添加标识；面向用户提供服务前应开启",
        en="Off for now: files can be marked at once while you look around; turn it on before users come",
    ),
    "gate_on": Text(
        zh="开启：没有许可决定，就不添加标识、不发布；需先登记用户账号，由运营人员请求决定",
        en="On: nothing is marked or released without a decision; it takes a user's account, and an operator who asks",
    ),
    "gate_changes": Text(
        zh="以后可在 overt.toml 的 [gate] 中修改。", en="You can change it later, under [gate] in overt.toml."
    ),
    "made_of": Text(zh="将要写入", en="What will be written"),
    "test_certificate": Text(zh="测试证书", en="A test certificate"),
    "own_certificate": Text(zh="自己的证书", en="Your own certificate"),
    "no_generator": Text(zh="以后再设", en="For later"),
    "make": Text(zh="完成配置", en="Finish"),
    "make_hint": Text(
        zh="需要几秒钟；接着创建管理员账号。", en="It takes some seconds; the administrator's account comes next."
    ),
}
