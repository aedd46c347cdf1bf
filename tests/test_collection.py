"""While many objects are made the collector of garbage rests, and does not visit them after."""

import gc
from collections.abc import Iterator

import pytest

from headwater.collection import without_collection


class Circle:
    """Something that only the collector can remove."""

    removed = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Circle.removed += 1


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    gc.collect()
    Circle.removed = 0
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_visited_within_nor_at_once_after() -> None:
    with without_collection():
        assert not gc.isenabled()
        for _ in range(5000):
            Circle()
        assert Circle.removed == 0
    assert gc.isenabled()
    gc.collect(1)  # the younger generations
    assert Circle.removed == 0
    gc.collect()
    assert Circle.removed == 5000


def test_a_collector_that_was_off_stays_off_even_after_an_error() -> None:
    gc.disable()
    with pytest.raises(KeyError), without_collection():
        raise KeyError
    assert not gc.isenabled()


def test_what_a_program_has_frozen_stays_frozen() -> None:
    gc.freeze()
    with without_collection():
        pass
    assert gc.get_freeze_count() > 0
