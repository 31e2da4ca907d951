"""Verification of SM2 signatures on plain integers.

Source: GB/T 32918.2 (signature), GB/T 32918.5 (curve), GM/T 0009 (user id); SM3 from `cryptography`.
Verification alone: it handles no secret, so it need not take constant time. Signing is the extra `sm`'s (GmSSL).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
USER_ID = b"1234567812345678"
"""The user id that GM/T 0009 gives for those who name none."""


def sm3(message: bytes) -> bytes:
    """SM3 (GB/T 32905)."""
    state = Hash(SM3())
    state.update(message)
    return state.finalize()


def on_curve(point: Point) -> bool:
    """Whether a point satisfies the curve's equation."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x * x + A * x + B)) % P == 0


def lift_x(x: int) -> tuple[Point, ...]:
    """Both points with this x coordinate, the even y first; none where there are none."""
    if not 0 <= x < P:
        return ()
    square = (x * x * x + A * x + B) % P
    y = pow(square, (P + 1) // 4, P)  # P is 3 modulo 4.
    if y * y % P != square:
        return ()
    return ((x, y), (x, P - y)) if y % 2 == 0 else ((x, P - y), (x, y))


def verify(key: Point, message: bytes, r: int, s: int, user_id: bytes = USER_ID) -> bool:
    """Whether (r, s) is the signature of `key` over `message` (GB/T 32918.2, 7.1)."""
    if not (0 < r < N and 0 < s < N and on_curve(key)):
        return False
    t = (r + s) % N
    if t == 0:
        return False
    numbers = (A, B, *G, *key)
    identity = sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + b"".join(n.to_bytes(32, "big") for n in numbers))
    e = int.from_bytes(sm3(identity + message), "big")
    x = _x_of_sum(s, G, t, key)
    return x is not None and (e + x) % N == r


def _x_of_sum(s: int, first: Point, t: int, second: Point) -> int | None:
    """The x coordinate of s·first + t·second; None for the point at infinity."""
    one, two = (*first, 1), (*second, 1)
    table = {(1, 0): one, (0, 1): two, (1, 1): _add(one, two)}
    total: _Jacobian = (0, 1, 0)
    for bit in reversed(range(max(s.bit_length(), t.bit_length()))):
        total = _double(total)
        choice = (s >> bit & 1, t >> bit & 1)
        if choice in table:
            total = _add(total, table[choice])
    x, _, z = total
    return x * pow(z, -2, P) % P if z else None


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z or not y:
        return (0, 1, 0)
    squared = y * y % P
    s = 4 * x * squared % P
    m = 3 * (x - z * z) * (x + z * z) % P  # A is -3.
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * squared * squared) % P, 2 * y * z % P


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    (x1, y1, z1), (x2, y2, z2) = one, two
    if not z1 or not z2:
        return two if not z1 else one
    u1, u2 = x1 * z2 * z2 % P, x2 * z1 * z1 % P
    s1, s2 = y1 * z2 * z2 * z2 % P, y2 * z1 * z1 * z1 % P
    if u1 == u2:
        return _double(one) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P
