"""The doors for telemetry: gRPC and HTTP, one way in."""
