"""How fast, how large, how steady: measurements as commands (`python -m bench --help`), one file a question.

    ingest    acknowledged spans a second at each door, beside the ceiling; latency, memory, CPU, start-up, file size
    growth    does the cost of a span grow with the size of its trace or session
    map       microseconds to decode and map a span, over real bodies
    query     milliseconds of each kind of question over a million spans, beside its budget

Run from the repository root; not part of the wheel.
"""
