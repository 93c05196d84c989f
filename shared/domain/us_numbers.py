"""Whether a number of the North American plan is one of the United States.

The plan's other countries answer to +1 too, some at prices that frauds live on. Source: the plan's list of area codes
that are not of the United States (Canada, the Caribbean, Bermuda), and those without a place.
"""

_CANADA = (
    "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 468 474 506 "
    "514 519 537 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 "
    "902 905 942"
)
_CARIBBEAN = "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876"
_NO_PLACE = "500 521 522 533 544 566 577 588 600 622 700 710 800 822 833 844 855 866 877 888 900"
_ELSEWHERE = frozenset(f"{_CANADA} {_CARIBBEAN} {_NO_PLACE}".split())


def is_us(phone: str) -> bool:
    """For a number in E.164 form."""
    return phone.startswith("+1") and len(phone) == 12 and phone[2:5] not in _ELSEWHERE
