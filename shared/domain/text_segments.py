"""How many segments a text message is sent in: each is charged.

160 characters of the GSM alphabet (3GPP TS 23.038; nine more count twice), or 70 of any other text; a little
less in each when there are several, which carry a header.
"""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€")
_ALONE, _TOGETHER = (160, 153), (70, 67)


def segments(body: str) -> int:
    if set(body) <= _GSM | _TWICE:
        length, (alone, together) = len(body) + sum(each in _TWICE for each in body), _ALONE
    else:
        length, (alone, together) = len(body.encode("utf-16-be", "replace")) // 2, _TOGETHER
    return 1 if length <= alone else -(-length // together)
