-- Indexes for conditions on what stands beside a trace (whole.py); 2 % of a file, most of it for metadata.

CREATE INDEX observation_by_model ON observation (model, trace_ref) WHERE model IS NOT NULL;
CREATE INDEX observation_debug ON observation (trace_ref) WHERE level = 0;
CREATE INDEX trace_tag_by_tag ON trace_tag (tag);
CREATE INDEX score_by_name ON score (project_ref, name, data_type, trace_id, value) WHERE trace_id IS NOT NULL;
-- Long members of metadata are found by their key alone, so that no document is stored twice.
CREATE INDEX claim_metadata ON claim (field, value)
    WHERE field >= 'metadata.' AND field < 'metadata/' AND length(value) <= 256;
CREATE INDEX claim_long ON claim (field)
    WHERE field >= 'metadata.' AND field < 'metadata/' AND length(value) > 256;
