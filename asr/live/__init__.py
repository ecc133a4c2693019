"""A session: capture, recording on disk, streaming recognition, endpoints, events."""
