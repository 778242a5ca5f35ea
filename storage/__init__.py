"""The model at rest: one writer, many readers, behind one seam (`store`)."""
