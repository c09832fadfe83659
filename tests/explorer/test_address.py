"""The address of the explorer's page holds the view, and bad addresses do no harm."""

import pytest

SIMPLEX = "w=0,2_-1.732051,-1_1.732051,-1&b=0_0_0&m=0,3_-2.598076,-1.5_2.598076,-1.5"
ROUND_TRIP = f"#{SIMPLEX}&s=0.7&o=0.5,-1.25&os=0.6&e=0.02&T=1.5&u=U_entropy&show=linear.field&r=8.5&step=4"


def test_the_address_holds_the_view(page):
    assert page.open(ROUND_TRIP).hash == ROUND_TRIP
    assert page.run("return [...document.querySelectorAll('input[name=layer]:checked')].map(i => i.value)") == [
        "linear",
        "field",
    ]
    page.run("location.hash = arguments[0]", ROUND_TRIP.replace("s=0.7", "s=1.1"))
    assert page.wait().text("#spread-value") == "1.10"


@pytest.mark.parametrize(
    "broken",
    [
        "#nonsense",
        ROUND_TRIP.replace("u=U_entropy", "u=<script>"),
        ROUND_TRIP.replace("b=0_0_0", "b=0_0"),
        ROUND_TRIP.replace("s=0.7", "s=NaN"),
        ROUND_TRIP.replace("w=0,2", "w=0"),
        ROUND_TRIP.replace("w=0,2_-1.732051,-1_1.732051,-1", "w=0,2"),
    ],
)
def test_an_address_that_says_nothing_shows_the_first_step(page, broken):
    start = page.hash
    assert page.open(broken).hash == start


def test_numbers_in_an_address_are_brought_into_their_limits(page):
    page.open(ROUND_TRIP.replace("s=0.7", "s=0").replace("e=0.02", "e=7").replace("o=0.5,", "o=1e9,"))
    state = page.state()
    assert (state["s"], state["e"], state["o"][0, 0]) == (0.1, 0.5, 50)
    assert state["r"] >= 50  # no handle is left outside the view


def test_following_the_skip_link_does_not_lose_the_view(page):
    start = page.open(ROUND_TRIP).hash
    assert page.click(".skip").hash == start
    assert page.run("return document.activeElement.id") == "plane"
