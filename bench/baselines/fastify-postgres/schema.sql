-- The peer's tables: the same facts as a patient shard keeps, as one would lay them out in PostgreSQL.
-- Bodies stay in the row uncompressed: about 2 KB would otherwise be compressed on every write.
CREATE TABLE record (
  nhs_number text PRIMARY KEY,
  version integer NOT NULL,
  body text NOT NULL,
  hash text NOT NULL,
  family text NOT NULL,
  given text[] NOT NULL,
  birth_date text NOT NULL,
  gender text NOT NULL,
  postcode text NOT NULL
) WITH (fillfactor = 50, toast_tuple_target = 8160);
ALTER TABLE record ALTER COLUMN body SET STORAGE MAIN;
CREATE INDEX record_by_person ON record (birth_date, family);

-- One row a change: the new body, who and why, and a hash chain per record.
CREATE TABLE journal (
  nhs_number text NOT NULL,
  version integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  client text NOT NULL,
  request_id uuid NOT NULL,
  action text NOT NULL,
  body text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (nhs_number, version)
) WITH (toast_tuple_target = 8160);
ALTER TABLE journal ALTER COLUMN body SET STORAGE MAIN;

-- One row a record seen.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  client text NOT NULL,
  request_id uuid NOT NULL,
  action text NOT NULL,
  nhs_number text NOT NULL,
  version integer NOT NULL
);

-- One row an accepted change: what a repeat of the request is answered with (the body stands in the journal).
CREATE TABLE reply (
  client text NOT NULL,
  request_id uuid NOT NULL,
  fingerprint text NOT NULL,
  nhs_number text NOT NULL,
  version integer NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (client, request_id)
);
