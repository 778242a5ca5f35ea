"""The SQLite engine behind the storage seam."""
