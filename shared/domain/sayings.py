"""What the judge of answers knows of one language: how people agree, refuse and hesitate in it."""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sayings:
    """`plain` makes a text comparable (see `said`); the patterns are of such texts. An empty word adds nothing."""

    plain: Callable[[str], str]
    name: re.Pattern[str]
    """Finds, as its group, the customer's name in a read-back: "April" and "Domingo" are names too."""
    no_that_means_yes: re.Pattern[str]
    """Sayings that hold a refusing or a doubting word and mean yes."""
    hesitations: re.Pattern[str]
    """Sayings that hold a yes or a no and mean neither."""
    assents: re.Pattern[str]
    no_assents: Set[str]
    """What an assent is taken off for, but agrees to nothing by itself: "Is that right? I am."."""
    orders: re.Pattern[str]
    """An order to carry it out agrees; whether its verb is the read-back's own is seen with the other words."""
    refusals: re.Pattern[str]
    other_orders: re.Pattern[str]
    """A refusal where something else was read back."""
    hindrances: re.Pattern[str]
    """These keep an answer from agreeing even where the read-back holds them, as a message may."""
    empty: Set[str]
