CREATE DOMAIN e164 AS text CHECK (VALUE ~ '^\+[1-9][0-9]{6,14}$');

CREATE DOMAIN vin AS text CHECK (VALUE ~ '^[A-HJ-NPR-Z0-9]{17}$');

CREATE TABLE shop (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    name text NOT NULL,
    legal_name text NOT NULL,
    street text NOT NULL,
    city text NOT NULL,
    state text NOT NULL,
    zip text NOT NULL,
    zone text NOT NULL,
    desk_number e164 NOT NULL,
    voice text NOT NULL,
    lead_minutes integer NOT NULL CHECK (lead_minutes >= 0),
    horizon_days integer NOT NULL CHECK (horizon_days > 0),
    write_up_minutes integer NOT NULL CHECK (write_up_minutes > 0),
    load_percent integer NOT NULL CHECK (load_percent BETWEEN 1 AND 100),
    texts jsonb NOT NULL
);

CREATE TABLE opening_hours (
    weekday integer PRIMARY KEY CHECK (weekday BETWEEN 0 AND 6),
    opens time NOT NULL,
    closes time NOT NULL CHECK (closes > opens)
);

-- Days on which the shop is closed although its weekday is not: holidays of the shop file and what staff enter.
CREATE TABLE closures (
    day date PRIMARY KEY,
    reason text NOT NULL,
    source text NOT NULL CHECK (source IN ('shop_file', 'staff'))
);

CREATE TABLE bays (
    number integer PRIMARY KEY CHECK (number > 0),
    name text NOT NULL,
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE technicians (
    name text PRIMARY KEY,
    skills text[] NOT NULL CHECK (cardinality(skills) > 0),
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE services (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]+$'),
    name text NOT NULL,
    synonyms text[] NOT NULL,
    bay_minutes integer NOT NULL CHECK (bay_minutes BETWEEN 5 AND 600),
    promised_minutes integer NOT NULL CHECK (promised_minutes BETWEEN 5 AND 6000),
    price_from numeric(10, 2) NOT NULL CHECK (price_from >= 0),
    price_to numeric(10, 2) NOT NULL CHECK (price_to >= price_from),
    skill text NOT NULL,
    modes text[] NOT NULL CHECK (cardinality(modes) > 0 AND modes <@ ARRAY['wait', 'drop_off']),
    position integer NOT NULL,
    active boolean NOT NULL DEFAULT true
);
