"""`python -m seed.import customers.csv`: a workshop's real customers and cars. See `seed.customer_import`."""

from seed.customer_import import main

if __name__ == "__main__":
    raise SystemExit(main())
