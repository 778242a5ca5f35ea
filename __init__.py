"""sidetrace: OpenTelemetry spans in; traces, sessions and users out."""
