"""`python -m infra.local.vpic`."""

from infra.local.vpic.app import main

if __name__ == "__main__":
    main()
