"""In which time zones a person in the United States may be, by what is known of them: a ZIP code, or a number's area.

Where a ZIP prefix or an area code lies in two zones it means both; of numbers of special areas (toll-free and the like)
nothing is known. Zones that keep the same clock today stand for each other, so that Indiana is New York here. Sources:
the numbering plan's and the postal service's public tables. When somebody may be called is not known here.
"""

import re
from collections.abc import Iterator, Mapping

_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_ARIZONA, _ALASKA, _HAWAII = "America/Phoenix", "America/Anchorage", "Pacific/Honolulu"
_ISLANDS, _GUAM, _SAMOA = "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago"

ALL = (_EASTERN, _CENTRAL, _MOUNTAIN, _ARIZONA, _PACIFIC, _ALASKA, _HAWAII)
"""The zones of the states: where somebody may be of whom nothing is known."""

_AREAS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((_EASTERN,),
     "201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 305 313 "
     "315 317 321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 434 436 440 443 445 "
     "463 470 472 475 478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 609 610 614 616 617 "
     "631 640 645 646 656 667 678 679 680 681 686 689 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 "
     "765 770 771 772 774 781 786 802 803 804 810 813 814 826 828 835 838 839 843 845 848 854 856 857 859 860 862 863 "
     "864 865 878 904 908 910 912 914 917 919 929 934 941 943 947 948 954 959 973 978 980 984 989"),
    ((_CENTRAL,),
     "205 210 214 217 218 219 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 325 327 331 334 337 "
     "346 353 361 402 405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 "
     "608 612 615 618 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 806 815 816 "
     "817 830 832 847 861 870 872 901 903 913 918 920 924 936 938 940 945 952 956 972 975 979 985"),
    ((_EASTERN, _CENTRAL), "270 364 423 448 574 606 812 850 906 930 931"),
    ((_MOUNTAIN,), "303 307 385 406 435 505 575 719 720 801 915 970 983"),
    ((_CENTRAL, _MOUNTAIN), "308 605 620 701 785"),
    ((_ARIZONA,), "480 520 602 623"),
    ((_ARIZONA, _MOUNTAIN), "928"),
    ((_PACIFIC,),
     "206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564 619 626 628 650 657 "
     "661 669 702 707 714 725 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951 971"),
    ((_MOUNTAIN, _PACIFIC), "208 458 541 775 986"),
    ((_ALASKA,), "907"),
    ((_HAWAII,), "808"),
    ((_ISLANDS,), "340 787 939"),
    ((_GUAM,), "670 671"),
    ((_SAMOA,), "684"),
)  # fmt: skip

# The first three digits; of overlapping entries the later one holds.
_PREFIXES: tuple[tuple[tuple[str, ...], str], ...] = (
    ((_EASTERN,), "005 010-089 100-268 270-319 320-349 373-374 376-379 398-399 400-418 425-462 465-475 478-499"),
    ((_ISLANDS,), "006-009"),
    ((_CENTRAL,),
     "324-325 350-369 370-372 375 380-397 420-424 463-464 476-477 500-528 530-567 570-573 580-584 587 600-658 660-676 "
     "680-689 700-714 716-749 750-797"),
    ((_EASTERN, _CENTRAL), "323-324 373 385 400 425-427 465 475 479 498-499"),
    ((_CENTRAL, _MOUNTAIN), "574-576 585-586 588 677-679 690-692"),
    ((_MOUNTAIN,), "577 590-599 693 798-834 836-837 840-847 870-885"),
    ((_ARIZONA,), "850-859 863-864"),
    ((_ARIZONA, _MOUNTAIN), "860 865"),
    ((_MOUNTAIN, _PACIFIC), "835 838 898 979"),
    ((_PACIFIC,), "889-897 900-961 970-978 980-994"),
    ((_HAWAII,), "967-968"),
    ((_GUAM,), "969"),
    ((_ALASKA,), "995-999"),
)  # fmt: skip


def _numbers(listed: str) -> Iterator[str]:
    for each in listed.split():
        first, _, last = each.partition("-")
        yield from (f"{number:03d}" for number in range(int(first), int(last or first) + 1))


def _table(rows: tuple[tuple[tuple[str, ...], str], ...]) -> Mapping[str, tuple[str, ...]]:
    return {number: zones for zones, listed in rows for number in _numbers(listed)}


_BY_AREA, _BY_PREFIX = _table(_AREAS), _table(_PREFIXES)


def zones_of(zip_code: str | None, phone: str) -> tuple[str, ...]:
    """Where a customer may be: by the ZIP code, else by the number's area, else anywhere in the states."""
    by_zip = _BY_PREFIX.get(zip_code[:3]) if zip_code else None
    area = re.fullmatch(r"\+1(\d{3})\d{7}", phone)
    return by_zip or (_BY_AREA.get(area[1]) if area else None) or ALL
