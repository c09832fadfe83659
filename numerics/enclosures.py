"""Rigorous inequalities, roots and integrals by ball arithmetic.

A verdict holds for every real in the box, because `f` is evaluated on balls that cover it. Two things are
left to the writer of a proof. An inequality that becomes an equality at an end of the range (f(0) = 0) cannot
be decided by subdivision: divide the zero out first (prove f(x)/x > 0, written without cancellation). An
unbounded range is proved on a bounded box, with the tail stated as its own lemma.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal, NamedTuple, TypeAlias

from flint import acb, arb, ctx

from numerics.balls import Exact, arb_rational, as_fraction, ball, lower_bound
from softmax_geometry.checks import InputError

Box: TypeAlias = tuple[tuple[Fraction, Fraction], ...]
Point: TypeAlias = tuple[Fraction, ...]
Function: TypeAlias = Callable[..., Any]


class UnresolvedError(ArithmeticError):
    """A root or integral that could not be enclosed as asked; `enclosure` is the best rigorous one found."""

    def __init__(self, message: str, enclosure: arb) -> None:
        super().__init__(f"{message}; best enclosure {enclosure}")
        self.enclosure = enclosure


class Piece(NamedTuple):
    """A sub-box and a lower bound of f on it, lowered by a relative 2⁻¹⁰ so that it can be confirmed."""

    box: Box
    lower: Fraction


@dataclass(frozen=True, repr=False)
class Certificate:
    """The outcome of `prove_positive`, with all that is needed to check it again.

    `proved`: the pieces tile the box and f ≥ lower > 0 on each. `refuted`: f ≤ 0 rigorously at `witness`.
    `undecided`: neither within the box budget; `unresolved` is the smallest sub-box left.
    """

    verdict: Literal["proved", "refuted", "undecided"]
    box: Box
    precision: int
    pieces: tuple[Piece, ...]
    witness: Point | None = None
    unresolved: Box | None = None

    @property
    def proved(self) -> bool:
        """Whether f > 0 on the whole box."""
        return self.verdict == "proved"

    @property
    def refuted(self) -> bool:
        """Whether f ≤ 0 at `witness`."""
        return self.verdict == "refuted"

    @property
    def lower(self) -> Fraction:
        """A rigorous positive lower bound of f on the whole box.

        Raises
        ------
        InputError
            If the certificate is not a proof.
        """
        if not self.proved:
            raise InputError(f"certificate: expected the verdict proved, got {self.verdict}")
        return min(piece.lower for piece in self.pieces)

    def recheck(self, f: Function, precision: int, derivative: Function | None = None) -> bool:
        """Whether the verdict is confirmed from scratch at another precision (bits).

        A proof is confirmed if its pieces tile the box exactly (in rational arithmetic) and every stated
        bound holds again; a refutation, if f ≤ 0 at the witness, inside the box. Undecided confirms nothing.
        Pass the same `derivative` as in the proof.
        """
        with ctx.workprec(precision):
            if self.verdict == "refuted":
                return (
                    self.witness is not None
                    and len(self.witness) == len(self.box)
                    and all(low <= x <= high for x, (low, high) in zip(self.witness, self.box, strict=True))
                    and _value(f, [arb_rational(x) for x in self.witness]) <= 0
                )
            return (
                self.verdict == "proved"
                and _tile([piece.box for piece in self.pieces], self.box)
                and all(0 < p.lower <= _lower_bound(f, derivative, p.box) for p in self.pieces)
            )

    def __repr__(self) -> str:
        detail = ""
        if self.proved:
            detail = f", f >= {float(self.lower):.3g}"
        elif self.witness is not None:
            detail = f", f <= 0 at ({', '.join(map(str, self.witness))})"
        elif self.unresolved is not None:
            sides = (f"[{float(low):.9g}, {float(high):.9g}]" for low, high in self.unresolved)
            detail = f", unresolved {' x '.join(sides)}"
        return f"Certificate({self.verdict}, {len(self.pieces)} boxes{detail})"


def prove_positive(
    f: Function,
    box: Sequence[tuple[Exact, Exact]],
    *,
    derivative: Function | None = None,
    precision: int = 80,
    max_boxes: int = 20_000,
) -> Certificate:
    """Decide f > 0 on a box by adaptive subdivision.

    Parameters
    ----------
    f : callable
        f(x), f(x, y) or f(x, y, z): takes balls (`arb`), returns a ball. Use arb's own methods (`x.exp()`)
        and no branch on a comparison, which is False both ways where the ball does not decide it.
    box : sequence of (lower, upper)
        One closed range per argument, exact rationals: `[(0, "1/2"), (1, 3)]`.
    derivative : callable, optional
        The gradient: takes the same balls, returns a ball (one argument) or a sequence of balls. Adds the
        mean-value form f(m) + ∇f(X)·(X − m), whose error falls with the square of the box width.
        It is taken on trust: `numerics.expressions.BallFunction` derives it from a sympy expression.
    precision : int
        Working precision in bits.
    max_boxes : int
        How many sub-boxes may be examined before the verdict is `undecided`.

    Returns
    -------
    Certificate
        proved, refuted (with a rational point where f ≤ 0 rigorously) or undecided.

    Raises
    ------
    InputError
        If the box is not 1 to 3 exact ranges, or f does not return a ball.

    Examples
    --------
    >>> prove_positive(lambda x: x.exp() - 1 - x, [("1/100", 5)])
    Certificate(proved, 292 boxes, f >= 5.61e-07)
    >>> prove_positive(lambda x: x.exp() - 1 - x, [("1/100", 5)], derivative=lambda x: x.exp() - 1)
    Certificate(proved, 12 boxes, f >= 1.4e-05)
    >>> prove_positive(lambda x: x.exp() - 2 - x, [("1/100", 5)])
    Certificate(refuted, 0 boxes, f <= 0 at (1/100))
    """
    whole = _as_box(box)
    pieces: list[Piece] = []
    queue = deque([whole])
    examined = 0
    with ctx.workprec(precision):
        for corner in product(*whole):
            if _value(f, [arb_rational(x) for x in corner]) <= 0:
                return Certificate("refuted", whole, precision, (), witness=corner)
        while queue:
            if examined >= max_boxes:
                smallest = min(queue, key=lambda b: max(_relative_widths(b, whole)))
                return Certificate("undecided", whole, precision, tuple(pieces), unresolved=smallest)
            part = queue.popleft()
            examined += 1
            lower = _lower_bound(f, derivative, part)
            if lower > 0:
                pieces.append(Piece(part, lower * Fraction(1023, 1024)))
                continue
            middle = _middle(part)
            if _value(f, [arb_rational(x) for x in middle]) <= 0:
                return Certificate("refuted", whole, precision, tuple(pieces), witness=middle)
            queue.extend(_halves(part, whole))
    return Certificate("proved", whole, precision, tuple(pieces))


def enclose_root(
    f: Function, bracket: tuple[Exact, Exact], *, width: Exact = Fraction(1, 2**60), precision: int = 120
) -> arb:
    """A ball that contains a root of a continuous f, by bisection with certified signs.

    The root is the only one in the bracket if f is strictly monotone there, which is a separate
    `prove_positive` on its derivative.

    Raises
    ------
    InputError
        If the signs at the ends of the bracket are not certified to be opposite.
    UnresolvedError
        If a sign could not be certified at eight times the precision before `width` was reached.

    Examples
    --------
    >>> root = enclose_root(lambda x: x * x - 2, (1, 2))
    >>> root.overlaps(arb(2).sqrt()), root.str(12, radius=False)
    (True, '1.41421356237')
    """
    ((low, high),) = _as_box([bracket])
    target = as_fraction(width, "width")
    left, right = _sign(f, low, precision), _sign(f, high, precision)
    if left is None or right is None or left * right > 0:
        raise InputError(f"bracket: expected certified opposite signs at {low}, {high}, got {left}, {right}")
    with ctx.workprec(precision):
        if left == 0 or right == 0:
            return arb_rational(low if left == 0 else high)
        while high - low > target:
            middle = (low + high) / 2
            sign = _sign(f, middle, precision)
            if sign is None:
                raise UnresolvedError(f"the sign at {float(middle):.17g} is not certified", ball(low, high))
            if sign == 0:
                return arb_rational(middle)
            low, high = (middle, high) if sign == left else (low, middle)
        return ball(low, high)


def enclose_integral(f: Function, lower: Exact | arb, upper: Exact | arb, *, precision: int = 80) -> arb:
    """A ball that contains ∫ f over a bounded range, by Arb's rigorous adaptive Gauss–Legendre rule.

    f(x, analytic) takes a complex ball (`acb`) and is written with acb methods. Where f has a branch cut
    (sqrt, log, non-integer powers) it must forward the flag, `x.sqrt(analytic=analytic)`, or the result is
    wrong; compositions of exp, sin, erfc, products and quotients ignore it.

    Raises
    ------
    UnresolvedError
        If no finite enclosure is found.

    Examples
    --------
    >>> enclose_integral(lambda x, _: x.exp(), 0, 1)
    [1.71828182845905 +/- 4.77e-15]
    """
    with ctx.workprec(precision):
        a = lower if isinstance(lower, arb) else arb_rational(lower)
        b = upper if isinstance(upper, arb) else arb_rational(upper)
        value = (b - a) * acb.integral(lambda t, analytic: f(a + (b - a) * t, analytic), 0, 1)
        if not value.is_finite():
            raise UnresolvedError("no finite enclosure of the integral", value.real)
        return value.real


def _as_box(box: Sequence[tuple[Exact, Exact]]) -> Box:
    if not 1 <= len(box) <= 3:
        raise InputError(f"box: expected 1 to 3 ranges (lower, upper), got {len(box)}")
    ranges = []
    for i, ends in enumerate(box):
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise InputError(f"box[{i}]: expected a range (lower, upper), got {ends!r}")
        low, high = (as_fraction(end, f"box[{i}]") for end in ends)
        if low > high:
            raise InputError(f"box[{i}]: expected lower ≤ upper, got ({low}, {high})")
        ranges.append((low, high))
    return tuple(ranges)


def _value(f: Function, arguments: list[arb]) -> arb:
    value = f(*arguments)
    if isinstance(value, int):
        return arb(value)
    if not isinstance(value, arb):
        raise InputError(f"f: expected a function that returns a ball (arb), got {type(value).__name__}")
    return value


def _lower_bound(f: Function, derivative: Function | None, box: Box) -> Fraction:
    """A lower bound of f on the box; −1 where none is finite and positive."""
    arguments = [ball(low, high) for low, high in box]
    bounds = [_value(f, arguments)]
    if derivative is not None:
        slopes = derivative(*arguments)
        slopes = [slopes] if isinstance(slopes, arb | int) else list(slopes)
        if len(slopes) != len(box):
            raise InputError(f"derivative: expected {len(box)} components, got {len(slopes)}")
        middle = _middle(box)
        linear = _value(f, [arb_rational(x) for x in middle])
        for slope, centre, (low, high) in zip(slopes, middle, box, strict=True):
            linear = linear + slope * ball(low - centre, high - centre)
        bounds.append(linear)
    return max((lower_bound(b) for b in bounds if b.is_finite()), default=Fraction(-1))


def _middle(box: Box) -> Point:
    return tuple((low + high) / 2 for low, high in box)


def _relative_widths(box: Box, whole: Box) -> list[Fraction]:
    return [(b - a) / (B - A) if B > A else Fraction(0) for (a, b), (A, B) in zip(box, whole, strict=True)]


def _halves(box: Box, whole: Box) -> Iterator[Box]:
    """Bisect the side that is widest relative to the whole box, the first of equals."""
    widths = _relative_widths(box, whole)
    axis = widths.index(max(widths))
    low, high = box[axis]
    middle = (low + high) / 2
    for side in ((low, middle), (middle, high)):
        yield (*box[:axis], side, *box[axis + 1 :])


def _tile(boxes: list[Box], whole: Box) -> bool:
    """Whether the boxes are the leaves of a bisection of `whole`: no gap, no overlap, no remainder."""
    leaves = set(boxes)
    if len(leaves) != len(boxes) or any(len(box) != len(whole) for box in boxes):
        return False
    smallest = min((_volume(box, whole) for box in boxes), default=Fraction(0))
    if smallest <= 0:
        return False
    open_boxes = [whole]
    while open_boxes:
        box = open_boxes.pop()
        if box in leaves:
            leaves.remove(box)
        elif _volume(box, whole) <= smallest:
            return False
        else:
            open_boxes.extend(_halves(box, whole))
    return not leaves


def _volume(box: Box, whole: Box) -> Fraction:
    volume = Fraction(1)
    for width, (low, high) in zip(_relative_widths(box, whole), whole, strict=True):
        volume *= width if high > low else 1
    return volume


def _sign(f: Function, x: Fraction, precision: int) -> int | None:
    """The certified sign of f(x), trying up to eight times the precision; None if it stays open."""
    for bits in (precision, 2 * precision, 4 * precision, 8 * precision):
        with ctx.workprec(bits):
            value = _value(f, [arb_rational(x)])
            if value > 0 or value < 0 or value == 0:
                return (value > 0) - (value < 0)
    return None
