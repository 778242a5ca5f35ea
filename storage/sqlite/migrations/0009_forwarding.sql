-- Requests that wait to be sent on to an upstream (`exporters:`), in the order they came. json: as OTLP/JSON, else
-- protobuf. A ref never comes again: what became of one may be told late, and twice. packed: the body is in gzip. size: bytes of the body as it lies here.
CREATE TABLE outgoing (
    ref INTEGER PRIMARY KEY AUTOINCREMENT, exporter TEXT NOT NULL, project_ref INTEGER NOT NULL, signal TEXT NOT NULL,
    json INTEGER NOT NULL, packed INTEGER NOT NULL, items INTEGER NOT NULL, size INTEGER NOT NULL,
    queued_ns INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX outgoing_by_exporter ON outgoing (exporter, ref);

-- The exporters there ever were, with the sums of what waits for each. active: 1 for those of the last start.
CREATE TABLE exporter (
    name TEXT PRIMARY KEY, active INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,
    waiting_items INTEGER NOT NULL DEFAULT 0, waiting_bytes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What became of requests: sent, refused or dropped with the reason; `rejected` items of sent ones; `failed` attempts.
CREATE TABLE forwarded (
    exporter TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, requests INTEGER NOT NULL,
    items INTEGER NOT NULL, last_ns INTEGER NOT NULL, example TEXT NOT NULL,
    PRIMARY KEY (exporter, outcome, reason)
) WITHOUT ROWID;
