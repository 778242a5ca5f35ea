"""Questions over the store and the shapes of their answers; knows nothing of HTTP or terminals."""
