"""What the menu offers: the lists that may hold something for somebody, by their roles and their places."""

from __future__ import annotations

import pytest
from demo_site import DemoSite, make_site

MENU = {  # who, whether the list of a form for primary schools only is theirs
    "p-ferrand": False,  # teaches in a collège
    "p-tournier": False,  # heads one
    "p-delmas": True,
    "p-marchand": True,
    "p-vidal": True,
    "p-morel": False,
}


@pytest.fixture(scope="module")
def site() -> DemoSite:
    return make_site()


@pytest.mark.parametrize("who", MENU)
def test_a_list_shows_where_its_place_may_hold_it(site: DemoSite, who: str) -> None:
    page = site.visitor(who).get("/fiches/livret").body.decode()
    assert ('href="/fiches/aide_ecole"' in page) is MENU[who]
