"""Area codes of the United States with the zone and the first three digits of the ZIP codes of their largest city.

Only areas that lie in one zone where that city is; those around the workshop come first. Of each area code the numbers
555-0100 to 555-0199 are never assigned to anybody. 708 is left out, so that there are strangers near the workshop.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    zip3: str
    zone: str


_BY_ZONE = (
    ("America/Chicago",
     "217:627 309:616 618:622 312:606 773:606 815:611 630:605 847:600 314:631 636:633 573:652 417:658 816:641 "
     "660:653 608:537 414:532 262:531 920:543 715:544 515:503 319:524 563:528 712:511 641:504 612:554 651:551 952:553 "
     "507:559 218:558 320:563 402:681 531:681 316:672 913:661 785:666 405:731 918:741 501:722 479:729 870:724 901:381 "
     "615:372 731:383 205:352 256:358 334:361 251:366 601:392 662:388 228:395 504:701 225:708 318:711 337:705"),
    ("America/Indiana/Indianapolis", "317:462 260:468 765:479"),
    ("America/Kentucky/Louisville", "502:402"),
    ("America/Detroit", "313:482 616:495"),
    ("America/New_York",
     "216:441 614:432 513:452 419:436 859:405 865:379 404:303 912:314 704:282 919:276 803:292 410:212 202:200 215:191 "
     "412:152 212:100 718:112 716:142 585:146 203:065 401:029 617:021 413:011 305:331 407:328 813:336 904:322"),
    ("America/Denver", "303:802 719:809 505:871 801:841 307:820 406:591 915:799"),
    ("America/Chicago",
     "214:752 972:750 817:761 713:770 210:782 512:787 361:784 806:794 325:796 409:777 903:757 956:785 224:600 331:605 "
     "779:611 872:606 447:627 730:622"),
    ("America/Phoenix", "602:850 520:857"),
    ("America/Los_Angeles", "213:900 415:941 619:921 503:972 206:981 509:992 702:891"),
    ("America/Anchorage", "907:995"),
    ("Pacific/Honolulu", "808:968"),
)  # fmt: skip

AREAS = tuple(
    {
        code: Area(code, zip3, zone)
        for zone, listed in _BY_ZONE
        for code, _, zip3 in (each.partition(":") for each in listed.split())
    }.values()
)
