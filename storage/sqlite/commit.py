"""What one commit does: spans in, and the rows of their traces, sessions and users brought up to date with them.

Everything here runs inside one write transaction, on the writer's thread. The cost of a span does not depend on how
much is stored already: every look-up is by index, and what is read of a trace is its one row, the named observations
and the named claims. The one exception is an observation that changes in a way that its trace cannot follow in place
(`amending`), which rebuilds its trace.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain

from ...mapping import legacy
from ...mapping.mapper import Mapper
from ...mapping.observation import Observation
from ...proto.log import LogRecord
from ...proto.span import Span
from ..store import Written
from . import amending, calls, claims, events, fulltext, lineage, logs, scores, traces
from .arrival import Arrival, Folded, Request
from .bulk import insert_many
from .claims import CHILD, ORPHAN, TOLD, Ballot, Outcome
from .joining import NOTHING, Joining, Texts
from .lineage import CHANGE, Family, Node
from .logs import INPUT, OUTPUT, Log, Logs, log_row
from .membership import Members, metadata_keys
from .refs import Refs
from .rollups import SESSION, USER, Rollups
from .rows import LEVEL_NUMBER, OBSERVATION_COLUMNS, SPAN_COLUMNS, Restorer, Row, content, observation_row, span_row
from .tallies import Tallies
from .traces import TraceRow

INSERT_SPAN = f"INSERT INTO span ({', '.join(SPAN_COLUMNS)})"
INSERT_OBSERVATION = f"INSERT INTO observation ({', '.join(OBSERVATION_COLUMNS)})"

FORGET_MARKS = """
DELETE FROM mark WHERE project_ref = ? AND kind = 'session' AND NOT EXISTS
(SELECT 1 FROM rollup r WHERE r.project_ref = mark.project_ref AND r.kind = 'session' AND r.id = mark.id)
"""
"""A session that comes again under a deleted one's id is another: no link and no bookmark waits for it."""


class Commit:
    """One write transaction's work; made anew for each."""

    def __init__(self, db: sqlite3.Connection, refs: Refs, mapper: Mapper) -> None:
        self._db = db
        self._refs = refs
        self._mapper = mapper
        self._restorer = Restorer(db)
        self._rollups = Rollups(db)
        self._spans: list[Row] = []
        self._observations: list[Row] = []
        self._orphans: list[Row] = []
        self._marked: list[Row] = []
        self._hidden: list[Row] = []
        self._before: dict[tuple[str, str], events.Told] | None = None
        """Where events are what is written: what there were of them before about each observation, by trace and id."""
        self._contradictions: dict[int, list[tuple[str, str]]] = {}
        """By project: words of events that telemetry does not bear out."""
        self._outcomes: list[Outcome] = []
        self._tags: list[Row] = []
        self._scores: list[Row] = []
        self._log_problems: dict[int, list[tuple[str, str]]] = {}
        self._judged: dict[tuple[int, str], list[Log]] = {}
        """By project and response id, of arriving reports and of log records without a trace: those records."""
        self._logs = Logs(db, mapper, self._restorer)
        self._rows: list[TraceRow] = []

    def write(self, requests: Sequence[Request]) -> list[Written]:
        """Write all requests; the caller commits. Returns what was done for each."""
        counts = [[0, 0, 0] for _ in requests]
        arrivals = self._sort(requests, counts)
        new_logs = self._take_logs(requests, arrivals)
        self._look_up(list(arrivals.values()))
        for arrival in arrivals.values():
            if arrival.observations:
                self._hear(arrival)
                self._sift(arrival, counts)
        self._finish(arrivals)
        written = [Written(stored, repeated, replaced) for stored, repeated, replaced in counts]
        tallies = Tallies(self._db)
        for project in dict.fromkeys(request.project for request in requests):
            ref = self._refs.project(project)
            own = [number for number, request in enumerate(requests) if request.project == project]
            sent = [requests[number] for number in own]
            mapped = (o.problems for request in sent for o in request.observations if o.problems)
            problems = chain(mapped, [self._contradictions.get(ref, ())])
            rejected = [rejected for request in sent for rejected in request.rejected]
            tallies.add(problems, rejected, [written[number] for number in own], ref)
            received = sum(len(request.records) for request in sent)
            if received:
                tallies.add_logs(received, new_logs.get(ref, 0), self._log_problems.get(ref, ()), ref)
        return written

    def rebuild(self, project_ref: int, trace_ids: Sequence[str]) -> int:
        """Map the stored spans of traces again and make their rows anew; return how many spans that were."""
        arrivals = {(project_ref, trace_id): Arrival(project_ref, trace_id) for trace_id in trace_ids}
        self._look_up(list(arrivals.values()))
        for arrival in arrivals.values():
            if arrival.row is not None:
                self._take_apart(arrival)
        mapped = [o for arrival in arrivals.values() for o in arrival.observations.values()]
        self._finish(arrivals)
        Tallies(self._db).add((o.problems for o in mapped if o.problems), (), (), project_ref)
        return len(mapped)

    def heed(self, project: str, changes: Sequence[events.Change]) -> None:
        """Write what ingestion events have changed: what they say alone, and what they say about telemetry's spans."""
        self._before = {(one.span.trace_id, one.span.span_id): one.before for one in changes}
        self.write([Request(project, [self._mapper.map(one.span) for one in changes], [])])

    def withdraw(self, project_ref: int, trace_ids: Sequence[str]) -> int:
        """Delete traces with all that belongs to them; return how many there were."""
        arrivals = {(project_ref, trace_id): Arrival(project_ref, trace_id) for trace_id in trace_ids}
        self._look_up(list(arrivals.values()))
        gone = [arrival for arrival in arrivals.values() if arrival.row is not None]
        for arrival in gone:
            self._clear(arrival)
            scores.delete_of_trace(self._db, project_ref, arrival.trace_id)
        named = [(project_ref, arrival.trace_id) for arrival in gone]
        self._db.executemany("DELETE FROM log WHERE project_ref = ? AND trace_id = ?", named)
        self._db.executemany("DELETE FROM mark WHERE project_ref = ? AND kind = 'trace' AND id = ?", named)
        events.forget(self._db, project_ref, [arrival.trace_id for arrival in gone])
        self._finish(arrivals, gone)
        self._db.execute(FORGET_MARKS, (project_ref,))
        return len(gone)

    def _finish(self, arrivals: dict[tuple[int, str], Arrival], gone: Sequence[Arrival] = ()) -> None:
        """Bring all that arrivals touch up to date: traces, then their sessions and users."""
        self._settle_natives(arrivals)
        folded = [self._fold(arrival) for arrival in arrivals.values() if not arrival.idle]
        self._rollups.look_up({key for one in folded for key in one.rollups()})
        for one in folded:
            self._share(one)
        for arrival in gone:
            self._leave(arrival)
        self._store()
        moved = {
            one.arrival.project_ref
            for one in folded
            if one.arrival.before and one.arrival.before.session_ref not in (None, one.row.session_ref)
        }
        for project_ref in moved:
            self._db.execute(FORGET_MARKS, (project_ref,))
        self._judge_calls(arrivals)

    def _judge_calls(self, arrivals: dict[tuple[int, str], Arrival]) -> None:
        """Give judgements that came without a trace to the calls that they name; the reports are in the file by now."""
        if not self._refs.has_logs:
            return
        for arrival in arrivals.values():
            if arrival.observations or arrival.lost:
                reported = arrival.reports(native=False) | arrival.reports(native=True) | arrival.lost
                for response_id in reported:
                    self._judged.setdefault((arrival.project_ref, response_id), [])
        named: dict[int, set[str]] = {}
        for project_ref, response_id in self._judged:
            named.setdefault(project_ref, set()).add(response_id)
        for project_ref, response_ids in named.items():
            for response_id in logs.untraced(self._db, project_ref, response_ids):
                place = calls.report_of(self._db, project_ref, response_id)
                told = self._judged[project_ref, response_id]
                if not scores.settled(self._db, project_ref, response_id, place):
                    told = self._logs.of_calls(project_ref, None, [response_id])
                if place is not None:
                    scores.move(self._db, [row for log in told for row in scores.of_call(project_ref, log, *place)])

    def _take_logs(self, requests: Sequence[Request], arrivals: dict[tuple[int, str], Arrival]) -> dict[int, int]:
        """Store new log records and add them to what arrives for their traces; return how many are new, by project."""
        new: dict[int, int] = {}
        by_project: dict[int, dict[str, tuple[Row, LogRecord]]] = {}
        for request in requests:
            if request.records:
                project_ref = self._refs.project(request.project)
                rows = by_project.setdefault(project_ref, {})
                for record in request.records:
                    row = log_row(record, self._refs.next_log(), project_ref, self._refs)
                    rows.setdefault(row[2], (row, record))
        for project_ref, rows in by_project.items():
            for row in logs.store(self._db, project_ref, [row for row, _ in rows.values()]):
                new[project_ref] = new.get(project_ref, 0) + 1
                record = rows[row[2]][1]
                log = Log.of(record, row[2], self._mapper)
                self._log_problems.setdefault(project_ref, []).extend(log.meaning.problems)
                if record.trace_id:
                    self._scores.extend(scores.of_log(project_ref, log))
                    key = (project_ref, record.trace_id)
                    arrival = arrivals.get(key)
                    if arrival is None:
                        arrival = arrivals[key] = Arrival(project_ref, record.trace_id)
                    arrival.logs.append(log)
                elif log.meaning.response_id is not None:
                    self._judged.setdefault((project_ref, log.meaning.response_id), []).append(log)
        return new

    def _settle_natives(self, arrivals: dict[tuple[int, str], Arrival]) -> None:
        """Let native reports yield where an instrumentation reports their call, in whatever trace of the project."""
        projects: dict[int, list[Arrival]] = {}
        for arrival in arrivals.values():
            if arrival.observations or arrival.lost:
                projects.setdefault(arrival.project_ref, []).append(arrival)
        for project_ref, touched in projects.items():
            reported = {one for arrival in touched for one in arrival.reports(native=False)}
            native = {one for arrival in touched for one in arrival.reports(native=True)}
            lost = {one for arrival in touched for one in arrival.lost} - reported
            if native or lost:
                elsewhere = calls.reported(self._db, project_ref, native | lost)
                for arrival in touched:
                    arrival.yielding = arrival.reports(native=True) & (elsewhere | reported)
                lost -= elsewhere
            flips = calls.natives(self._db, project_ref, reported, yielding=False) if reported else []
            flips += calls.natives(self._db, project_ref, lost, yielding=True) if lost else []
            missing: list[Arrival] = []
            for flip in flips:
                key = (project_ref, flip.trace_id)
                if key not in arrivals:
                    arrivals[key] = Arrival(project_ref, flip.trace_id)
                    missing.append(arrivals[key])
                arrivals[key].flips.append(flip)
            self._look_up(missing)

    def _sort(self, requests: Sequence[Request], counts: list[list[int]]) -> dict[tuple[int, str], Arrival]:
        """Gather observations by trace, the first or better of each id."""
        arrivals: dict[tuple[int, str], Arrival] = {}
        for number, request in enumerate(requests):
            project_ref = self._refs.project(request.project)
            for o in request.observations:
                key = (project_ref, o.span.trace_id)
                arrival = arrivals.get(key)
                if arrival is None:
                    arrival = arrivals[key] = Arrival(project_ref, o.span.trace_id)
                held = arrival.observations.setdefault(o.span.span_id, o)
                if held is o:
                    arrival.origin[o.span.span_id] = number
                elif self._beats(o, held, counts[number]):
                    arrival.observations[o.span.span_id] = o
        return arrivals

    @staticmethod
    def _beats(new: Observation, held: Observation, count: list[int]) -> bool:
        """Say whether a span stands in for another one of the same id, and count it."""
        ours, theirs = content(new.span), content(held.span)
        count[1 if ours == theirs else 2] += 1
        # the span is telemetry's, whichever came first; what events say about it is heeded (`_hear`, `_compare`)
        return (not legacy.is_folded(new.span), ours) > (not legacy.is_folded(held.span), theirs)

    def _look_up(self, arrivals: list[Arrival]) -> None:
        by_project: dict[int, dict[str, Arrival]] = {}
        for arrival in arrivals:
            by_project.setdefault(arrival.project_ref, {})[arrival.trace_id] = arrival
        for project_ref, named in by_project.items():
            for trace_id, row in traces.load(self._db, project_ref, named).items():
                named[trace_id].row = row
                named[trace_id].before = row.copy()
            for trace_id in events.described(self._db, project_ref, named):
                named[trace_id].described = True

    def _sift(self, arrival: Arrival, counts: list[list[int]]) -> None:
        """Drop what the file has already; rebuild the trace when something it has must give way."""
        if arrival.row is None:
            arrival.row = TraceRow(self._refs.next_trace(), arrival.project_ref, arrival.trace_id)
        else:
            named = {*arrival.observations, *(o.span.parent_span_id for o in arrival.observations.values())}
            self._know(arrival, named)
            again = arrival.known.keys() & arrival.observations.keys()
            if again:
                self._compare(arrival, again, counts)
        for number in arrival.origin.values():
            counts[number][0] += 1
        if arrival.described:
            for id in arrival.origin:
                self._note(arrival, arrival.observations[id])

    def _compare(self, arrival: Arrival, again: set[str], counts: list[list[int]]) -> None:
        """Let what has changed of stored observations take their places: in place if their trace can follow."""
        assert arrival.row is not None
        spans = self._restorer.spans(arrival.row.ref, arrival.trace_id, again)
        told = self._told(arrival, spans)
        self._know(arrival, {span.parent_span_id for span in spans})
        stored = amending.load(self._db, arrival.row.ref, (arrival.known[id] for id in again))
        fits = not (self._refs.has_logs and logs.about(self._db, arrival.project_ref, arrival.trace_id))
        for span in spans:
            id, events_now = span.span_id, told.get(span.span_id, [])
            events_before = (self._before or {}).get((span.trace_id, id), events_now)
            new = arrival.observations[id]
            better = self._beats(new, Observation(span), counts[arrival.origin.pop(id)])
            if legacy.is_folded(span):
                better |= self._before is not None and content(new.span) != content(span)
            elif legacy.is_folded(new.span):
                better = events_now != events_before
                new = arrival.observations[id] = self._meaning(span, events_now)
            if better:
                self._note(arrival, new)
                fits = fits and amending.fits(stored[id], self._meaning(span, events_before), new, arrival.known)
            else:
                del arrival.observations[id], stored[id]
        if stored and fits:
            arrival.amended = stored
            fulltext.forget(self._db, [one.node.ref for one in stored.values()])
            amending.remove(self._db, stored.values())
        elif stored:
            self._take_apart(arrival)

    def _know(self, arrival: Arrival, ids: set[str]) -> None:
        """Look up observations of a stored trace that are not known yet."""
        assert arrival.row is not None
        missing = ids - (arrival.looked_up or set())
        if missing or arrival.looked_up is None:
            arrival.known |= lineage.load(self._db, arrival.row.ref, missing)
            arrival.looked_up = (arrival.looked_up or set()) | missing

    def _hear(self, arrival: Arrival) -> None:
        """Take in what events say about the spans that arrive."""
        arriving = [o.span for o in arrival.observations.values()]
        told = self._told(arrival, arriving)
        for span in arriving:
            if span.span_id in told:
                arrival.observations[span.span_id] = self._meaning(span, told[span.span_id])

    def _told(self, arrival: Arrival, spans: Iterable[Span]) -> dict[str, events.Told]:
        """Return what events say about spans of telemetry, by id."""
        ids = [span.span_id for span in spans if not legacy.is_folded(span)] if arrival.described else []
        if not ids:
            return {}
        return events.about(self._db, arrival.project_ref, arrival.trace_id, events.OBSERVATION, ids)

    def _meaning(self, span: Span, told: events.Told) -> Observation:
        """Return what a span means, together with what events say about it if it is telemetry's."""
        return legacy.heed(self._mapper, span, told) if told else self._mapper.map(span)

    def _note(self, arrival: Arrival, o: Observation) -> None:
        """Note for `doctor` where events contradict telemetry."""
        found = [problem for problem in o.problems if problem[0] == legacy.ANOTHER_PARENT]
        self._contradictions.setdefault(arrival.project_ref, []).extend(found)

    def _take_apart(self, arrival: Arrival) -> None:
        """Make the trace's stored spans part of the arrival, and delete all rows of the trace but its own."""
        assert arrival.row is not None
        stored = self._restorer.spans(arrival.row.ref, arrival.trace_id)
        spans = [span for span in stored if span.span_id not in arrival.observations]
        told = self._told(arrival, spans)
        for span in spans:
            arrival.observations[span.span_id] = self._meaning(span, told.get(span.span_id, []))
        self._clear(arrival)

    def _clear(self, arrival: Arrival) -> None:
        """Delete all rows of a stored trace but its own, and note what it had."""
        assert arrival.row is not None
        db, ref = self._db, arrival.row.ref
        arrival.members = Members.load(db, ref)
        arrival.lost = {
            row[0]
            for row in db.execute("SELECT response_id FROM observation WHERE trace_ref = ? AND chosen > 0", (ref,))
        }
        scores.forget(db, arrival.project_ref, arrival.trace_id)
        fulltext.forget(db, [row[0] for row in db.execute("SELECT ref FROM observation WHERE trace_ref = ?", (ref,))])
        db.execute("DELETE FROM span WHERE ref IN (SELECT ref FROM observation WHERE trace_ref = ?)", (ref,))
        for table in ("observation", "claim", "contender", "orphan", "trace_tag"):
            db.execute(f"DELETE FROM {table} WHERE trace_ref = ?", (ref,))
        arrival.row = TraceRow(ref, arrival.project_ref, arrival.trace_id)
        arrival.known, arrival.looked_up = {}, None

    def _fold(self, arrival: Arrival) -> Folded:
        """Bring one trace up to date with what arrived for it."""
        row = arrival.row
        assert row is not None
        exists = arrival.before is not None and arrival.members is None
        if exists and arrival.looked_up is None:
            arrival.looked_up = set()
        family = Family(self._db, row.ref, arrival.known, arrival.looked_up if exists else None)
        for one in arrival.amended.values():
            amending.discount(row, one)
        nodes = [(o, self._node(o, arrival)) for o in arrival.observations.values()]
        for _, node in nodes:
            family.add(node)
        awaited = exists and row.orphan_count > 0 and bool(nodes)
        adopted = lineage.adopt(self._db, row.ref, arrival.observations) if awaited else []
        ballot = Ballot()
        for o, node in nodes:
            self._vote(row, o, node, family, ballot)
        for orphan in adopted:
            row.orphan_count -= 1
            ballot.adopt(orphan.node, orphan.claims)
            family.carry(family.same(orphan.node))
        for _, node in nodes:
            family.carry(node)
        reports = self._choose(arrival, row, nodes, family, exists)
        texts = self._join(arrival, row, reports, ballot, exists)
        self._count(row, nodes, family, texts)
        outcome = claims.resolve(self._db, row.ref, ballot, exists)
        row.settle(outcome.now)
        self._outcomes.append(outcome)
        self._rows.append(row)
        return Folded(arrival, row, outcome, exists)

    def _node(self, o: Observation, arrival: Arrival) -> Node:
        """Return the node of a new observation; one that reports a call takes part in the choice between reports."""
        node = lineage.node_of(o, self._refs.next_observation())
        if node.id in arrival.amended:
            held = arrival.amended[node.id].node
            node.below, node.pairs = held.below, held.pairs
        if o.response_id is not None and not node.aggregate and node.reports:
            node.response_id = o.response_id
            node.call_kind = calls.kind_of(o)
            if o.native and o.response_id in arrival.yielding:
                node.call_kind |= calls.YIELDS
        return node

    def _choose(
        self, arrival: Arrival, row: TraceRow, nodes: list[tuple[Observation, Node]], family: Family, exists: bool
    ) -> list[Node]:
        """Settle which reports of the same calls count; return all that were chosen among."""
        reports = [node for _, node in nodes if node.response_id is not None]
        if reports and exists:
            held = calls.chosen(self._db, row.ref, {node.response_id for node in reports if node.response_id})
            reports.extend(family.same(node) for node in held)
        calls.choose(reports)
        if arrival.flips:
            held_natives = lineage.load(self._db, row.ref, [flip.id for flip in arrival.flips])
            for flip in arrival.flips:
                if flip.id in held_natives:
                    family.same(held_natives[flip.id]).call_kind ^= calls.YIELDS
        return reports

    def _join(
        self, arrival: Arrival, row: TraceRow, reports: list[Node], ballot: Ballot, exists: bool
    ) -> dict[str, Texts]:
        """Take in what log records say: their claims, and the texts of observations, which are returned by id."""
        if not self._refs.has_logs:
            return {}
        joining = Joining(self._db, self._logs, row.ref, row.project_ref, row.id, exists)
        known = arrival.logs if exists else self._logs.of_trace(row.project_ref, row.id)
        for log in known:
            ballot.add(claims.of_log(log.meaning.claims, log.time_ns, log.span_id, log.digest), orphan=False)
            ballot.contest(log.meaning.claims)
        if not exists:
            self._scores.extend(score for log in known for score in scores.of_log(row.project_ref, log))
        texts, changed = joining.settle(arrival.observations.values(), known, reports)
        if changed:
            refs = [change[-1] for change in changed]
            fulltext.forget(self._db, refs)
            fulltext.written(self._db, refs)
            self._db.executemany("UPDATE span SET input = ?, output = ?, joined = NULLIF(?, 0) WHERE ref = ?", changed)
        return texts

    def _vote(self, row: TraceRow, o: Observation, node: Node, family: Family, ballot: Ballot) -> None:
        """Enter the claims of a new observation, and put it on the waiting list if its parent is unknown."""
        alone = bool(node.parent_id) and not family.knows(node.parent_id)
        rank = o.root_rank if o.root_rank < ORPHAN else ORPHAN if alone else CHILD
        said_rank = None
        if legacy.is_trace(o.span):
            # what an application really did is the root, where there is any
            rank, said_rank = CHILD, TOLD
        made = claims.entries(o, node, rank, said_rank)
        ballot.add(made, orphan=rank == ORPHAN)
        ballot.contest(o.claims)
        if alone:
            row.orphan_count += 1
            waiting = claims.dump(made) if rank == ORPHAN else None
            self._orphans.append((row.ref, node.start_ns, node.id, node.parent_id, node.ref, waiting))

    def _count(
        self, row: TraceRow, nodes: list[tuple[Observation, Node]], family: Family, texts: dict[str, Texts]
    ) -> None:
        """Add the new observations to the trace's sums and to the rows to write; recount those that changed."""
        refs = self._refs
        dated = row.is_dated(self._db)
        for o, node in nodes:
            level = LEVEL_NUMBER[o.level]
            if legacy.is_trace(o.span):
                self._hidden.append((node.ref,))
                # it may be told long after the trace has ended
                row.widen(o.start_ns, 0 if dated else o.end_ns)
            else:
                row.observation_count += 1
                if o.start_ns and not dated:
                    row.end_ns, dated = 0, True
                row.widen(o.start_ns, o.end_ns)
            row.error_count += level == 3
            row.warning_count += level == 2
            row.level = max(row.level, level)
            row.count(1, node, node.counted)
            told = texts.get(node.id, NOTHING)
            if told.joined & INPUT:
                o.input_made = told.input
            if told.joined & OUTPUT:
                o.output_made = told.output
            resource_ref, scope_ref = refs.resource(o.span.resource), refs.scope(o.span.scope)
            self._spans.append(span_row(o, node.ref, resource_ref, scope_ref, refs.key, told.joined))
            self._observations.append(observation_row(o, node, row.ref))
            if o.evaluations:
                self._scores.extend(scores.of_observation(row.project_ref, o))
        for node in family.changed():
            before, now = node.before[1] if node.before else 0, node.counted
            row.count(-1, node, before & ~now)
            row.count(1, node, now & ~before)
            self._marked.append((*node.state[:1], now, *node.state[2:], node.ref))

    def _share(self, folded: Folded) -> None:
        """Move the trace's share of its session and user."""
        arrival, row, outcome, exists = folded
        before = arrival.before
        tags = {tag for o in arrival.observations.values() for tag in o.tags}
        keys = metadata_keys(outcome.now)
        old = arrival.members or (Members.named(self._db, row.ref, tags, outcome.before) if exists else Members())
        new = old.plus(tags, keys) if exists else Members(tags, keys)
        self._tags.extend((row.ref, tag) for tag in (new.tags - old.tags if exists else new.tags))
        for key in folded.rollups():
            setattr(row, f"{key[1]}_ref", self._rollups.ref(key))
        share, had = row.share, before.share if before else None
        refs = (row.session_ref, row.user_ref)
        were = (before.session_ref, before.user_ref) if before else (None, None)
        for kind, ref, was in zip((SESSION, USER), refs, were, strict=True):
            self._rollups.move(kind, was, had, ref, share)
            if ref == was:
                self._rollups.members(ref, old, new)
            elif exists:
                whole = Members.load(self._db, row.ref)
                self._rollups.members(was, whole, Members())
                self._rollups.members(ref, Members(), whole.plus(tags, keys))
            else:
                self._rollups.members(was, old, Members())
                self._rollups.members(ref, Members(), new)
        if refs != were:
            self._rollups.pair(*were, -1)
            self._rollups.pair(*refs, 1)

    def _leave(self, arrival: Arrival) -> None:
        """Take a deleted trace out of its session and user."""
        before, members = arrival.before, arrival.members
        assert before is not None
        assert members is not None
        for kind, ref in ((SESSION, before.session_ref), (USER, before.user_ref)):
            self._rollups.move(kind, ref, before.share, None, None)
            self._rollups.members(ref, members, Members())
        self._rollups.pair(before.session_ref, before.user_ref, -1)
        self._db.execute("DELETE FROM trace WHERE ref = ?", (before.ref,))

    def _store(self) -> None:
        """Write all rows of the commit, table by table."""
        db = self._db
        insert_many(db, INSERT_SPAN, self._spans)
        insert_many(db, INSERT_OBSERVATION, self._observations)
        fulltext.written(db, [row[0] for row in self._observations])
        if self._marked:
            db.executemany(CHANGE, self._marked)
        if self._hidden:
            db.executemany("UPDATE observation SET hidden = 1 WHERE ref = ?", self._hidden)
        insert_many(db, "INSERT INTO orphan", self._orphans)
        insert_many(db, "INSERT INTO trace_tag", self._tags)
        claims.store(db, self._outcomes)
        traces.store(db, self._rows)
        self._rollups.store()
        scores.store(db, self._scores)
